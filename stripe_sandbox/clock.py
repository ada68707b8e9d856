"""The sandbox's own time: the machine's clock plus an offset, kept in the database.

Moving it is how tests let a session expire in no time and how the demo dates its seeded sales in the past.
While it stands, what happens does not hang on how quick the machine is.
"""

import time

from .store import Store


class Clock:
    """Whole seconds since the epoch, as Stripe gives them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._offset = int(store.setting("clock_offset", 0))
        self._stands_at: int | None = None

    def now(self) -> int:
        """Return the sandbox's time in seconds since the epoch."""
        machine = int(time.time()) if self._stands_at is None else self._stands_at
        return machine + self._offset

    @property
    def offset(self) -> int:
        """Seconds that the sandbox is ahead of the machine (negative: behind)."""
        return self._offset

    def set_offset(self, seconds: int) -> None:
        """Move the clock; the offset outlives a restart."""
        self._offset = seconds
        self._store.set_setting("clock_offset", seconds)

    def stand_at(self, seconds: int | None) -> None:
        """Take the machine's clock to stand there; with None it runs again, as it does after a restart."""
        self._stands_at = seconds
