"""One signed POST to one endpoint."""

import http.client
import time
from urllib.parse import urlsplit

from .signing import signature_header

_TIMEOUT_SECONDS = 20
_HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    "Accept": "*/*; q=0.5, application/xml",
    "Connection": "close",
}


def post_event(url: str, body: bytes, *, secret: str) -> int | None:
    """Send the body signed as of now (the machine's time); return the HTTP status, or None if nothing
    answered. A redirect is not followed: Stripe counts it as a failure.
    """
    header = signature_header(secret=secret, timestamp=int(time.time()), body=body)
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=_TIMEOUT_SECONDS)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, _HEADERS | {"Stripe-Signature": header})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
