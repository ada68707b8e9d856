"""Real PostgreSQL and Redis from pip wheels, for the demo, development and tests. Imports no Django.

`ensure_services()` is all most callers need. How it lives and dies: keeper.py. Where it keeps its files:
paths.py. In production DATABASE_URL and REDIS_URL are set and nothing here starts anything.
"""

from common.embedded.client import (
    Services,
    ensure_services,
    needs_owner_role,
    release_services,
    servers_run,
)
from common.embedded.errors import EmbeddedError
from common.embedded.wipe import wipe_services

__all__ = [
    "EmbeddedError",
    "Services",
    "ensure_services",
    "needs_owner_role",
    "release_services",
    "servers_run",
    "wipe_services",
]
