"""What happens by itself when time passes: sessions expire, bank debits settle."""

import sys
import threading
import traceback

from .payments import settle_all_due
from .resources.balance import fold_available
from .resources.checkout_sessions import expire_all_due
from .sandbox import Sandbox

_EVERY_SECONDS = 1.0


def run_due(sandbox: Sandbox) -> dict[str, int]:
    """Do what the sandbox's clock says is due; return what was done."""
    happened = {"expired": expire_all_due(sandbox), "settled": settle_all_due(sandbox)}
    fold_available(sandbox)
    return happened


class Timer:
    """A thread that runs `run_due` every second."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="timers", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join(timeout=5)

    def _loop(self) -> None:
        while not self._stop.wait(_EVERY_SECONDS):
            try:
                run_due(self._sandbox)
            except Exception:  # a failed round must not end time
                traceback.print_exc(file=sys.stderr)
