"""The sandbox's own time: the machine's clock plus an offset, kept in the database.

Moving it is how tests let a session expire in no time and how the demo dates its seeded sales in the past.
"""

import time

from .store import Store


class Clock:
    """Whole seconds since the epoch, as Stripe gives them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._offset = int(store.setting("clock_offset", 0))

    def now(self) -> int:
        """Return the sandbox's time in seconds since the epoch."""
        return int(time.time()) + self._offset

    @property
    def offset(self) -> int:
        """Seconds that the sandbox is ahead of the machine (negative: behind)."""
        return self._offset

    def set_offset(self, seconds: int) -> None:
        """Move the clock; the offset outlives a restart."""
        self._offset = seconds
        self._store.set_setting("clock_offset", seconds)
