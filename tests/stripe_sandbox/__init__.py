"""The Stripe double, driven as a real process by the real SDK and by plain HTTP."""
