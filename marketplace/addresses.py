"""Where a request comes from, by one rule for limits and for the access log."""

import ipaddress

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle


def client_address(request: HttpRequest | Request) -> str | None:
    """The sender's address: what the proxy says behind one (BEHIND_PROXY), the connection's otherwise.

    None where that is no address, as on a unix socket.
    """
    ident = BaseThrottle().get_ident(request)  # type: ignore[arg-type]  # it reads headers and META only
    try:
        return str(ipaddress.ip_address(str(ident).split("%")[0]))
    except ValueError:
        return None
