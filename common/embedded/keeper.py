"""The keeper: one detached process per checkout that owns the embedded servers' lives.

Whoever uses the servers holds a shared lock on `users.lock`. The keeper starts both servers, then tries
now and then for the exclusive lock: getting it means nobody is left, so it stops both and ends. A lock
dies with its holder, so even a SIGKILL of every user leaves nothing running for more than seconds.

The keeper's own life is the exclusive lock on `keeper.lock`, handed down by the process that started it,
so that there is never a moment in which two could start. If the keeper is killed:

- Linux tells the servers (a parent-death signal), and they end in order;
- everywhere its witness, a fork that waits on a pipe for its end, stops them. The witness shares
  `keeper.lock`, so the next start waits until all is clean;
- and should all three be killed, the next keeper stops what it finds by its own data folder's pid file.
"""

import contextlib
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType

from common.embedded.errors import EmbeddedError
from common.embedded.locks import FileLock
from common.embedded.paths import Places, places
from common.embedded.postgres import Postgres
from common.embedded.redis import Redis

LOOK_EVERY = 0.5
GRACE = 3.0  # so that manage.py commands in a row share one start
RESTART_PAUSES = (0.0, 1.0, 2.0, 5.0, 10.0)


class Keeper:
    """Starts the servers, keeps them up while they are used, and stops them."""

    def __init__(self, where: Places) -> None:
        self.where = where
        self.redis = Redis(where)
        self.postgres = Postgres(where)
        self.errors: dict[str, str] = {}
        self.hurry = False
        self.ending = False
        self._restarts = 0
        self._woken, writing = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)

    def run(self) -> None:
        signal.signal(signal.SIGUSR1, self._on_hurry)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_end)
        users = FileLock.open(self.where.users_lock)
        try:
            for name, start in self._starters().items():
                self._try_start(name, start)
            self._publish()
            self._wait_for_last_user(users)
        finally:
            self.where.keeper_state.unlink(missing_ok=True)
            self.stop()
        # The exclusive lock on users.lock, if we have it, ends with the process: starters wait until then.

    def stop(self) -> None:
        self.redis.stop()
        self.postgres.stop()

    def _starters(self) -> dict[str, Callable[[], None]]:
        return {"postgres": self.postgres.start, "redis": self.redis.start}

    def _try_start(self, name: str, start: Callable[[], None]) -> bool:
        """Start one server; a failure is told to those who need it (they may have a URL of their own)."""
        try:
            start()
        except (EmbeddedError, OSError) as error:
            _say(f"{name}: {error}")
            self.errors[name] = str(error)
            return False
        self.errors.pop(name, None)
        _say(f"{name} is up")
        return True

    def _publish(self) -> None:
        state = {"pid": os.getpid(), "errors": self.errors}
        making = self.where.keeper_state.with_suffix(".making")
        making.write_text(json.dumps(state))
        making.rename(self.where.keeper_state)

    def _wait_for_last_user(self, users: FileLock) -> None:
        idle_since: float | None = None
        while not self.ending:
            if not users.is_current:
                _say("users.lock was removed; nobody can be counted on it any more")
                return
            if not users.try_exclusive():
                idle_since = None
                self.hurry = False
                self._restart_fallen()
            else:
                idle_since = idle_since or time.monotonic()
                if self.hurry or time.monotonic() - idle_since >= GRACE:
                    _say("nobody uses the servers any more")
                    return
                users.release()
            self._sleep(LOOK_EVERY)

    def _restart_fallen(self) -> None:
        """Bring back a server that died under its users."""
        running = {"postgres": self.postgres.is_running, "redis": self.redis.is_running}
        for name, start in self._starters().items():
            if running[name] or name in self.errors:
                continue
            _say(f"{name} has died; starting it again")
            time.sleep(RESTART_PAUSES[min(self._restarts, len(RESTART_PAUSES) - 1)])
            self._restarts += 1
            if not self._try_start(name, start):
                # Old backends may still be on their way out: look again instead of giving up.
                self.errors.pop(name, None)

    def _sleep(self, seconds: float) -> None:
        """Sleep unless a signal comes or has come."""
        select.select([self._woken], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            os.read(self._woken, 512)

    def _on_hurry(self, _number: int, _frame: FrameType | None) -> None:
        self.hurry = True

    def _on_end(self, _number: int, _frame: FrameType | None) -> None:
        self.ending = True


def start_witness(where: Places) -> None:
    """Fork a process that outlives the keeper by as long as it takes to stop its servers."""
    reading, writing = os.pipe()
    if os.fork() != 0:
        os.close(reading)  # `writing` stays open, here alone, until this process ends
        return
    os.close(writing)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
        signal.signal(number, signal.SIG_IGN)
    while os.read(reading, 1):
        pass
    Redis(where).stop()
    Postgres(where).stop()
    os._exit(0)


def main() -> None:
    """Entry point. The caller has put the locked keeper.lock on a descriptor it lets us inherit."""
    where = places()
    if os.fork() != 0:
        os._exit(0)  # so that init, not the first user, is our parent and reaps us
    os.setsid()
    start_witness(where)
    Keeper(where).run()


def _say(text: str) -> None:
    sys.stdout.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} [{os.getpid()}] {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
