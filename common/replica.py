"""Which database the catalogue is read from: a streaming replica where there is one, else the primary.

Only reads that may lag ask `reading_alias()`, and only while a request that allows it is answered: whatever
sells, pays or decides reads the primary. Whoever has just changed something gets a cookie with the position
of the primary's log; until the replica has come so far, that browser reads from the primary. Programs,
which keep no cookies, always do.
"""

import logging
import re
import time
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.db import DatabaseError, connections, transaction
from django.http import HttpRequest, HttpResponse

PRIMARY, REPLICA = "default", "replica"
COOKIE = "log_position"
# Longer than a replica should ever lag.
COOKIE_SECONDS = 900
# A replica that does not answer is left alone for so long.
PAUSE_SECONDS = 15
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_POSITION = re.compile(r"[0-9A-F]{1,8}/[0-9A-F]{1,8}")
_may_lag: ContextVar[bool] = ContextVar("may_lag", default=False)
_paused_until = 0.0

logger = logging.getLogger(__name__)


def reading_alias() -> str:
    """The database for a read that may lag behind by what a replica lags."""
    if not _may_lag.get() or transaction.get_connection(PRIMARY).in_atomic_block:
        return PRIMARY
    return REPLICA


class ReplicaReads:
    """Middleware: says for each request whether its catalogue may come from the replica."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_safe = request.method in _SAFE
        token = _may_lag.set(is_safe and _replica_serves(request))
        try:
            response = self.get_response(request)
        finally:
            _may_lag.reset(token)
        if not is_safe and "Authorization" not in request.headers and response.status_code < 500:
            _position_remember(response)
        return response


def _replica_serves(request: HttpRequest) -> bool:
    if REPLICA not in settings.DATABASES or "Authorization" in request.headers:
        return False
    position = request.COOKIES.get(COOKIE, "")
    if position and not _POSITION.fullmatch(position):
        return False
    return _has_replayed(position or "0/0")


def _has_replayed(position: str) -> bool:
    """Whether the replica answers and has come so far; one that was promoted has no log to replay."""
    global _paused_until
    if time.monotonic() < _paused_until:
        return False
    try:
        with connections[REPLICA].cursor() as cursor:
            cursor.execute("SELECT coalesce(pg_last_wal_replay_lsn() >= %s::pg_lsn, true)", [position])
            return bool(cursor.fetchone()[0])
    except DatabaseError as error:
        connections[REPLICA].close()
        _paused_until = time.monotonic() + PAUSE_SECONDS
        logger.warning("The replica does not answer (%s); reading from the primary", type(error).__name__)
        return False


def _position_remember(response: HttpResponse) -> None:
    with connections[PRIMARY].cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn()::text")
        position = cursor.fetchone()[0]
    response.set_cookie(
        COOKIE,
        position,
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
