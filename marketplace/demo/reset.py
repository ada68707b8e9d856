"""`make demo-reset`: remove the demo's data. Stops nothing, so it refuses while anybody uses it."""

import os
import shutil
import sys

from common.embedded import EmbeddedError, wipe_services
from common.embedded.locks import try_hold_exclusive
from marketplace.demo.programs import LOCAL
from marketplace.demo.supervisor import LOCK

FILES = ("demo.json", "stripe_webhooks.json", "stripe_port", "secret_key", "stripe_sandbox.sqlite3*")
FOLDERS = ("mailbox", "media", "log")


def reset_demo() -> int:
    """Returns the exit code."""
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    lock = try_hold_exclusive(LOCK)
    if lock is None:
        sys.stderr.write("A demo of this checkout runs. Stop it first (Ctrl-C); nothing was removed.\n")
        return 1
    given = [name for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)]
    if given:
        sys.stderr.write(f"{' and '.join(given)} is set: empty that server yourself; nothing was removed.\n")
        return 1
    try:
        wipe_services()
    except EmbeddedError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for pattern in FILES:
        for path in LOCAL.glob(pattern):
            path.unlink(missing_ok=True)
    for folder in FOLDERS:
        shutil.rmtree(LOCAL / folder, ignore_errors=True)
    sys.stdout.write("The demo's data is gone. `make demo` starts over.\n")
    return 0
