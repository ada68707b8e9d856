"""The parts of the stack that can be killed and started again, each with its ways to die."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import redis

from common.embedded.paths import Places
from common.embedded.postgres import Postgres
from common.embedded.redis import Redis
from marketplace.demo.children import Guarded, Program

SNAPSHOT_AGE = 1.0  # seconds between what Redis remembers and its death


class Part(Protocol):
    """Started by the main thread alone: Linux ends a server with the thread that began it."""

    def start(self) -> None: ...

    def is_ready(self) -> bool: ...

    def has_ended(self) -> bool:
        """By itself: nobody killed it."""
        ...


@dataclass(frozen=True)
class Death:
    """One way for a part to die."""

    name: str
    part: Part
    kill: Callable[[], None]


class ProgramPart:
    """A program of the site under its guard, as the demo runs it."""

    def __init__(
        self, program: Program, environ: Mapping[str, str], log: Path, is_up: re.Pattern[str]
    ) -> None:
        self.program = program
        self.environ = environ
        self.log = log
        self._is_up = is_up
        self._process: Guarded | None = None
        self._began_at = 0

    def start(self) -> None:
        self._began_at = self.log.stat().st_size if self.log.exists() else 0
        self._process = Guarded(
            self.program.command, self.environ, self.log, stop_seconds=self.program.stop_seconds
        )

    def is_ready(self) -> bool:
        """Up, as told by what it has written since it was started."""
        if self._process is None or self.has_ended():
            return False
        with self.log.open("rb") as file:
            file.seek(self._began_at)
            return bool(self._is_up.search(file.read().decode(errors="replace")))

    def has_ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def kill(self) -> None:
        """SIGKILL for the program with all its children."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class RedisPart:
    """Keeps nothing on disk by itself. Some kills leave it a snapshot, with the messages of a moment ago."""

    def __init__(self, where: Places) -> None:
        self.where = where
        self.server = Redis(where)

    def start(self) -> None:
        self.server.start()

    def is_ready(self) -> bool:
        return self.server.is_running

    def has_ended(self) -> bool:
        return self.server.process is not None and not self.server.is_running

    def kill_with_memory(self) -> None:
        """What was done since the snapshot will be in the queues once more."""
        with redis.Redis(unix_socket_path=str(self.where.redis_socket)) as client:
            client.save()
        time.sleep(SNAPSHOT_AGE)
        self._kill()

    def kill_without_memory(self) -> None:
        (self.where.redis_dir / "dump.rdb").unlink(missing_ok=True)
        self._kill()

    def stop(self) -> None:
        self.server.stop()

    def _kill(self) -> None:
        if self.server.process is not None:
            _kill_and_bury(self.server.process)
            self.server.process = None


class PostgresPart:
    """The cluster of this run alone."""

    def __init__(self, where: Places) -> None:
        self.server = Postgres(where)

    def start(self) -> None:
        """Waits for the end of crash recovery."""
        self.server.start()

    def is_ready(self) -> bool:
        return self.server.is_running

    def has_ended(self) -> bool:
        return self.server.process is not None and not self.server.is_running

    def kill(self) -> None:
        """The postmaster and every backend at once; stopped first, so that it starts no other meanwhile."""
        process = self.server.process
        if process is None:
            return
        os.kill(process.pid, signal.SIGSTOP)
        for pid in children_of(process.pid):
            os.kill(pid, signal.SIGKILL)
        _kill_and_bury(process)
        self.server.process = None

    def stop(self) -> None:
        self.server.stop()


def children_of(pid: int) -> list[int]:
    """The processes whose parent is `pid`; it must stand still."""
    if Path("/proc/self/stat").exists():
        return [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if _parent_of(folder) == pid]
    listed = subprocess.run(
        ["/bin/ps", "-axo", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    pairs = [line.split() for line in listed]
    return [int(child) for child, parent in pairs if int(parent) == pid]


def _parent_of(folder: Path) -> int | None:
    try:
        return int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return None


def _kill_and_bury(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
