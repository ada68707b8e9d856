"""Throw the embedded servers' data away."""

import shutil

from common.embedded.client import hurry_keeper
from common.embedded.errors import EmbeddedError
from common.embedded.locks import try_hold_exclusive, wait_for_exclusive
from common.embedded.paths import make_local, places

STOP_SECONDS = 15.0


def wipe_services() -> None:
    """Remove PostgreSQL's cluster, once nobody uses it. Raises EmbeddedError while somebody does.

    Redis keeps nothing on disk. Users that come meanwhile wait until the files are gone.
    """
    where = places()
    make_local(where)
    users = try_hold_exclusive(where.users_lock)
    if users is None:
        raise EmbeddedError(
            "Other processes of this checkout use PostgreSQL and Redis (tests, manage.py). "
            "End them and try again; nothing was removed."
        )
    users.close()
    hurry_keeper(where)
    keeper = wait_for_exclusive(where.keeper_lock, STOP_SECONDS)
    if keeper is None:
        raise EmbeddedError("PostgreSQL and Redis do not stop, so somebody uses them. Nothing was removed.")
    shutil.rmtree(where.postgres_data, ignore_errors=True)
    keeper.close()
