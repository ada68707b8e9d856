"""Outgoing webhooks: telling a seller's own programs what happened. See docs/webhooks.md."""
