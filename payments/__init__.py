"""Orders, what they grant, and where the money went. Only `payments.gateway` speaks to Stripe."""
