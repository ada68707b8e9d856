"""Which addresses a server of ours may be sent to by somebody else's URL: public ones, and no others.

A name is resolved once and the connection goes to the very address that was judged, so that a name which
changes its answer between the look and the leap (DNS rebinding) gains nothing.
"""

import ipaddress
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_URL_LENGTH = 2000
RESOLVE_SECONDS = 5.0
# The system's resolver knows no timeout of ours; a page does not wait for a name server of somebody else's.
_resolvers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="resolver")
# IPv6 that carries an IPv4 address: what is embedded may be private, and no receiver needs these.
_CARRIERS = [
    ipaddress.ip_network(network)
    for network in ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/32", "2001::/32", "2002::/16")
]


class Refused(Exception):
    """The URL may not be asked. `code` says why, and is all that is told."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Target:
    """Where a request goes: `address` is what is connected to, `host` what it is called."""

    address: str
    port: int
    host: str
    path: str
    is_https: bool

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_https else 80) else f"{host}:{self.port}"


def target_of(url: str) -> Target:
    """Where `url` leads right now. Raises Refused (`bad_url`, `not_https`, `not_found`, `not_public`).

    Every address that the name has must be public. Plain http is for WEBHOOK_ALLOWED_NETWORKS only.
    """
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise Refused("bad_url") from None
    is_plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if not (is_plain and host and len(url) <= MAX_URL_LENGTH and parts.scheme in ("http", "https")):
        raise Refused("bad_url")
    if "@" in parts.netloc or port == 0 or "%" in host:
        raise Refused("bad_url")
    is_https = parts.scheme == "https"
    port = port or (443 if is_https else 80)
    addresses = resolve(host, port)
    if not addresses:
        raise Refused("not_found")
    if not all(is_public(address) or is_allowed(address) for address in addresses):
        raise Refused("not_public")
    if not is_https and not all(map(is_allowed, addresses)):
        raise Refused("not_https")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(str(addresses[0]), port, host, path, is_https)


def resolve(host: str, port: int) -> list[Address]:
    """Every address of a name, in the system's order; none for a name that there is not, or not soon."""
    asking = _resolvers.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        found = asking.result(timeout=RESOLVE_SECONDS)
    except (OSError, UnicodeError):
        return []
    return [ipaddress.ip_address(str(sockaddr[0]).partition("%")[0]) for *_, sockaddr in found]


def is_public(address: Address) -> bool:
    """Whether it is an address of the public internet, and of one machine there."""
    if isinstance(address, ipaddress.IPv6Address) and (
        address.is_site_local or any(address in network for network in _CARRIERS)
    ):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def is_allowed(address: Address) -> bool:
    """Whether the operator has opened its network (WEBHOOK_ALLOWED_NETWORKS)."""
    networks = map(ipaddress.ip_network, settings.WEBHOOK_ALLOWED_NETWORKS)
    return any(address.version == network.version and address in network for network in networks)
