"""Ports of the demo: the web server's is the user's choice, the sandbox's is ours and stays."""

import hashlib
import os
import socket
from pathlib import Path

from marketplace.demo.children import CHECKOUT
from marketplace.demo.programs import LOCAL

STRIPE_PORTS = range(12111, 12211)


def is_free(port: int) -> bool:
    """Nobody listens there. Asked without SO_REUSEPORT, with which granian's workers share a port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def stripe_ports(checkout: Path) -> list[int]:
    """The sandbox's ports in the order to try them: two checkouts that start at once begin at two places."""
    start = int.from_bytes(hashlib.sha256(os.fsencode(checkout)).digest()[:4]) % len(STRIPE_PORTS)
    return [*STRIPE_PORTS[start:], *STRIPE_PORTS[:start]]


def kept_stripe_port() -> int:
    """The sandbox's port of the last run if it is free: payment pages in orders and mails name it."""
    path = LOCAL / "stripe_port"
    kept = int(path.read_text()) if path.exists() else None
    if kept is not None and is_free(kept):
        return kept
    port = next(port for port in stripe_ports(CHECKOUT) if is_free(port))
    path.write_text(str(port))
    return port
