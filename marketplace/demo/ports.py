"""Ports of the demo: the web server's is the user's choice, the sandbox's and MCP's are ours and stay."""

import hashlib
import os
import socket
from pathlib import Path

from marketplace.demo.children import CHECKOUT
from marketplace.demo.programs import LOCAL

STRIPE_PORTS = range(12111, 12211)
MCP_PORTS = range(12311, 12411)


def is_free(port: int) -> bool:
    """Nobody listens there. Asked without SO_REUSEPORT, with which granian's workers share a port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def in_order(ports: range, checkout: Path) -> list[int]:
    """Ports in the order to try them: two checkouts that start at once begin at two places."""
    start = int.from_bytes(hashlib.sha256(os.fsencode(checkout)).digest()[:4]) % len(ports)
    return [*ports[start:], *ports[:start]]


def kept_stripe_port() -> int:
    """The sandbox's port of the last run if it is free: payment pages in orders and mails name it."""
    return _kept("stripe_port", STRIPE_PORTS)


def kept_mcp_port() -> int:
    """The MCP server's port of the last run if it is free: AI clients were told it."""
    return _kept("mcp_port", MCP_PORTS)


def _kept(name: str, ports: range) -> int:
    path = LOCAL / name
    kept = int(path.read_text()) if path.exists() else None
    if kept is not None and is_free(kept):
        return kept
    port = next(port for port in in_order(ports, CHECKOUT) if is_free(port))
    path.write_text(str(port))
    return port
