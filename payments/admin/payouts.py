"""Sellers' accounts at Stripe, payouts and what was taken back of them."""
