"""The `Stripe-Signature` header: HMAC-SHA256 over `{timestamp}.{body}`."""

import hashlib
import hmac


def signature_header(*, secret: str, timestamp: int, body: bytes) -> str:
    """Return the header's value for a body signed at a moment with the endpoint's secret."""
    signed = f"{timestamp}.".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"
