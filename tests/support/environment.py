"""Give each test process what it must not share: a slot with a database, a Redis database and ports.

Several people and xdist workers test one checkout at the same time. A slot is a number held by a file lock,
so it is free again however its process ends.
"""

import os
import socket
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from common.embedded import ensure_services
from common.embedded.locks import FileLock, try_hold_exclusive
from common.embedded.redis import DATABASES as REDIS_DATABASES
from common.translations import compile_translations

CHECKOUT = Path(__file__).resolve().parent.parent.parent
FIRST_PORT = 22000  # below the range systems hand out to clients
PORTS_PER_SLOT = 36
# Known in advance, for tests that sign a webhook themselves and need no sandbox.
WEBHOOK_SECRET = "whsec_test_promptfair"
# Where tests listen for webhooks. 127.0.0.1 stays forbidden.
RECEIVERS = "127.0.0.2/32"
CONNECT_WEBHOOK_SECRET = "whsec_test_promptfair_connect"


@dataclass(frozen=True)
class Slot:
    """One test process's share of the checkout."""

    number: int
    lock: FileLock
    site_port: int
    stripe_port: int
    mcp_port: int
    port_locks: tuple[FileLock, ...]

    @property
    def database_name(self) -> str:
        return f"test_promptfair_{self.number}"

    @property
    def folder(self) -> Path:
        return CHECKOUT / ".local" / "test" / str(self.number)

    @property
    def site_url(self) -> str:
        return f"http://127.0.0.1:{self.site_port}"

    @property
    def mcp_url(self) -> str:
        return f"http://127.0.0.1:{self.mcp_port}/mcp"

    @property
    def stripe_url(self) -> str:
        return f"http://127.0.0.1:{self.stripe_port}"


@cache
def prepare_environment() -> Slot:
    """Claim a slot and describe it in os.environ, before Django's settings are read."""
    services = ensure_services()
    compile_translations()
    slot = _claim_slot()
    os.environ.update(
        PROMPTFAIR_ENV="test",
        DATABASE_URL=services.database_url,
        DATABASE_OWNER_URL=services.owner_database_url,
        REDIS_URL=_with_redis_database(services.redis_url, slot.number),
        CACHE_PREFIX=f"test-{slot.number}",
        CELERY_PREFIX=f"test-{slot.number}-",
        CELERY_BEAT_SCHEDULE=str(slot.folder / "celerybeat-schedule"),
        DECISION_UNDO_SECONDS="0",
        MAILBOX_DIR=str(slot.folder / "mailbox"),
        MEDIA_ROOT=str(slot.folder / "media"),
        PUBLIC_URL=slot.site_url,
        MCP_URL=slot.mcp_url,
        MCP_UPSTREAM=slot.mcp_url,
        WEBHOOK_ALLOWED_NETWORKS=RECEIVERS,
        STRIPE_API_BASE=slot.stripe_url,  # nothing listens there until the fixture starts it
        STRIPE_SECRET_KEY="sk_test_promptfair",
        STRIPE_WEBHOOK_SECRET=WEBHOOK_SECRET,
        STRIPE_CONNECT_WEBHOOK_SECRET=CONNECT_WEBHOOK_SECRET,
        # Playwright keeps an event loop in the tests' thread; Django would refuse the ORM beside it.
        DJANGO_ALLOW_ASYNC_UNSAFE="true",
    )
    return slot


def _claim_slot() -> Slot:
    run = CHECKOUT / ".local" / "run"
    run.mkdir(parents=True, exist_ok=True)
    for number in range(1, REDIS_DATABASES):
        lock = try_hold_exclusive(run / f"test-slot-{number}.lock")
        if lock is not None:
            first, share = FIRST_PORT + number * PORTS_PER_SLOT, PORTS_PER_SLOT // 3
            site, site_lock = _claim_port(first, first + share)
            stripe, stripe_lock = _claim_port(first + share, first + 2 * share)
            mcp, mcp_lock = _claim_port(first + 2 * share, first + PORTS_PER_SLOT)
            slot = Slot(number, lock, site, stripe, mcp, port_locks=(site_lock, stripe_lock, mcp_lock))
            slot.folder.mkdir(parents=True, exist_ok=True)
            return slot
    raise RuntimeError(f"All {REDIS_DATABASES - 1} test slots of this checkout are in use.")


def _claim_port(first: int, end: int) -> tuple[int, FileLock]:
    """A free port, and a lock on it: other checkouts have the same numbers, and ours listens only later."""
    folder = Path(tempfile.gettempdir()) / f"promptfair-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    for port in range(first, end):
        lock = try_hold_exclusive(folder / f"{port}.lock")
        if lock is not None and _is_free(port):
            return port, lock
        if lock is not None:
            lock.close()
    raise RuntimeError(f"No free port from {first} to {end - 1}.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _with_redis_database(url: str, number: int) -> str:
    """The same server, another of its databases."""
    if url.startswith("unix://"):
        return f"{url.partition('?')[0]}?db={number}"
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/{number}"
