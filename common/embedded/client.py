"""What a user of the servers does: count itself in, make sure of a keeper, learn the addresses."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, cast

from common.embedded import postgres, redis
from common.embedded.errors import EmbeddedError
from common.embedded.locks import FileLock, hold_shared, try_hold_exclusive, wait_for_exclusive
from common.embedded.paths import APP_ROLE, OWNER_ROLE, Places, make_local, places
from common.embedded.processes import is_alive

START_SECONDS = 120.0
# What changes the schema runs as its owner; everything else, tests included, as the application's role.
OWNER_COMMANDS = frozenset(
    {"migrate", "makemigrations", "createcachetable", "sqlmigrate", "optimizemigration"}
)

_users_lock: FileLock | None = None


class KeeperState(TypedDict):
    """What the keeper publishes once its servers are up."""

    pid: int
    errors: dict[str, str]


@dataclass(frozen=True)
class Services:
    """Where the servers are, whoever runs them."""

    database_url: str
    owner_database_url: str
    redis_url: str


def needs_owner_role(argv: Sequence[str]) -> bool:
    """True for `manage.py migrate` and the like."""
    return len(argv) > 1 and argv[1] in OWNER_COMMANDS and Path(argv[0]).stem in {"manage", "django-admin"}


def ensure_services(environ: Mapping[str, str] = os.environ) -> Services:
    """Addresses of PostgreSQL and Redis, starting the embedded ones for what `environ` does not name.

    DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL win. The embedded servers stay up at least as long as
    this process and its forks, and stop seconds after their last user. Raises EmbeddedError.
    """
    database = environ.get("DATABASE_URL", "")
    redis_url = environ.get("REDIS_URL", "")
    where = places()
    needed = {name for name, given in (("postgres", database), ("redis", redis_url)) if not given}
    if needed:
        _ensure_running(where, needed)
    return Services(
        database_url=database or postgres.url(where, APP_ROLE),
        owner_database_url=environ.get("DATABASE_OWNER_URL", "")
        or database
        or postgres.url(where, OWNER_ROLE),
        redis_url=redis_url or redis.url(where),
    )


def release_services(wait_seconds: float = 10.0) -> bool:
    """Count this process out; if nobody else is left, have the servers stopped now and wait for it.

    True when they are stopped, False when others still use them (or nothing was held).
    """
    global _users_lock
    where = places()
    if _users_lock is None:
        return False
    _users_lock.close()
    _users_lock = None
    alone = try_hold_exclusive(where.users_lock)
    if alone is None:
        return False
    alone.close()
    hurry_keeper(where)
    keeper = wait_for_exclusive(where.keeper_lock, wait_seconds)
    if keeper is not None:
        keeper.close()
    return keeper is not None


def servers_run() -> bool:
    """A keeper has its servers up: for a long-lived user that wants to know when to ask again."""
    return _keeper_pid(places()) is not None


def hurry_keeper(where: Places) -> None:
    """Have the keeper look at once, and without its grace, whether anybody still uses the servers."""
    keeper = _keeper_pid(where)
    if keeper is not None:
        os.kill(keeper, signal.SIGUSR1)


def _ensure_running(where: Places, needed: set[str]) -> None:
    global _users_lock
    make_local(where)
    if _users_lock is None or not _users_lock.is_current:
        _users_lock = hold_shared(where.users_lock)
    errors = _wait_for_keeper(where)
    said = [errors[name] for name in sorted(needed) if name in errors]
    if said:
        raise EmbeddedError("\n".join(said))


def _wait_for_keeper(where: Places) -> dict[str, str]:
    """Start a keeper unless one lives, and wait until its servers are up. Returns its errors by server."""
    deadline = time.monotonic() + START_SECONDS
    starts = 0
    while time.monotonic() < deadline:
        lock = try_hold_exclusive(where.keeper_lock)
        if lock is not None:
            starts += 1
            if starts > 3:
                lock.close()
                raise EmbeddedError(f"The embedded servers do not stay up; see {where.log}/keeper.log.")
            _spawn_keeper(where, lock)
        state = _read_state(where)
        if state is not None and is_alive(state["pid"]):
            return state["errors"]
        time.sleep(0.03)
    raise EmbeddedError(f"The embedded servers did not come up in {START_SECONDS:.0f} s; see {where.log}.")


def _spawn_keeper(where: Places, lock: FileLock) -> None:
    """Start the keeper and hand it the lock that stands for its life."""
    where.keeper_state.unlink(missing_ok=True)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    log_path = where.log / "keeper.log"
    with log_path.open("ab") as log:
        subprocess.run(  # it returns at once, the keeper has detached itself
            [sys.executable, "-m", "common.embedded.keeper"],
            cwd=where.checkout,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[lock.fd],
            check=False,
        )
    lock.close()


def _read_state(where: Places) -> KeeperState | None:
    try:
        return cast(KeeperState, json.loads(where.keeper_state.read_text()))
    except (OSError, ValueError):
        return None


def _keeper_pid(where: Places) -> int | None:
    state = _read_state(where)
    return state["pid"] if state and _keeper_holds(where) and is_alive(state["pid"]) else None


def _keeper_holds(where: Places) -> bool:
    lock = try_hold_exclusive(where.keeper_lock)
    if lock is None:
        return True
    lock.close()
    return False
