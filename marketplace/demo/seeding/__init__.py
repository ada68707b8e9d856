"""Filling the demo: people, listings, ninety days of sales made through the Stripe sandbox, and reviews.

Each step leaves alone what is there already, so that an interrupted seed goes on where it stopped.
"""
