"""One signed POST to one endpoint."""

import http.client
import time
import urllib.error
import urllib.request

from .signing import signature_header

_TIMEOUT_SECONDS = 20
_HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    "Accept": "*/*; q=0.5, application/xml",
}


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Stripe counts a redirect as a failure; so does the sandbox."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        """Follow nothing."""


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)


def post_event(url: str, body: bytes, *, secret: str) -> int | None:
    """Send the body signed as of now (the machine's time); return the HTTP status, or None if nothing
    answered.
    """
    header = signature_header(secret=secret, timestamp=int(time.time()), body=body)
    headers = _HEADERS | {"Stripe-Signature": header}
    request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310  (loopback http only)
    try:
        with _OPENER.open(request, timeout=_TIMEOUT_SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except (OSError, http.client.HTTPException):
        return None
