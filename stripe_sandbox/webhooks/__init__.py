"""Outgoing webhooks: signing, and delivery by threads of their own."""
