"""Disputes and our answers to them."""
