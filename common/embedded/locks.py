"""File locks that die with their holders: the only thing here that a SIGKILL cannot leave behind."""

import fcntl
import os
import time
from pathlib import Path


class FileLock:
    """An flock on a path. It notices when the file was replaced under it (`rm -rf .local`)."""

    def __init__(self, path: Path, fd: int) -> None:
        self.path = path
        self.fd = fd

    @classmethod
    def open(cls, path: Path) -> "FileLock":
        return cls(path, os.open(path, os.O_RDWR | os.O_CREAT, 0o600))

    @property
    def is_current(self) -> bool:
        """The file we hold is still the one that others will open."""
        try:
            return os.path.samestat(os.fstat(self.fd), os.stat(self.path))
        except FileNotFoundError:
            return False

    def try_exclusive(self) -> bool:
        return self._flock(fcntl.LOCK_EX | fcntl.LOCK_NB)

    def share(self) -> None:
        """Wait until it can be shared; a holder of the exclusive lock is about to end."""
        self._flock(fcntl.LOCK_SH)

    def release(self) -> None:
        self._flock(fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self.fd)

    def _flock(self, operation: int) -> bool:
        try:
            fcntl.flock(self.fd, operation)
        except BlockingIOError:
            return False
        return True


def hold_shared(path: Path) -> FileLock:
    """A shared lock on the file that stands at `path` now."""
    while True:
        lock = FileLock.open(path)
        lock.share()
        if lock.is_current:
            return lock
        lock.close()


def try_hold_exclusive(path: Path) -> FileLock | None:
    """The exclusive lock on `path`, or None while another process has it."""
    lock = FileLock.open(path)
    if lock.try_exclusive() and lock.is_current:
        return lock
    lock.close()
    return None


def wait_for_exclusive(path: Path, seconds: float) -> FileLock | None:
    """The exclusive lock on `path`, or None when it was not free within `seconds`."""
    deadline = time.monotonic() + seconds
    while (lock := try_hold_exclusive(path)) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    return lock
