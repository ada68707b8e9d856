"""The demo's long-lived processes: started under a guard, watched, started again, stopped."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

CHECKOUT = Path(__file__).resolve().parent.parent.parent
GUARD = CHECKOUT / "common" / "guard.py"
LOG_DIR = CHECKOUT / ".local" / "log"
LARGEST_LOG = 5_000_000
RESTART_PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)
HEALTHY_AFTER = 60.0  # seconds of life after which earlier deaths are forgotten
WORTH_SHOWING = re.compile(r"\b(WARNING|WARN|ERROR|CRITICAL)\b|Traceback|^\w*(Error|Exception)\b")
LINES_AT_A_TIME = 10


@dataclass(frozen=True)
class Program:
    """What to run. `stop_seconds` is how long it may finish its work when told to stop."""

    name: str
    command: Sequence[str]
    stop_seconds: float


class Child:
    """One program's process, over all its restarts."""

    def __init__(self, program: Program, environ: Mapping[str, str]) -> None:
        self.program = program
        self.environ = environ
        self.log_path = LOG_DIR / f"{program.name}.log"
        self._process: Guarded | None = None
        self._log: IO[bytes] | None = None
        self._started_at = 0.0
        self._start_again_at: float | None = None
        self._deaths = 0

    @property
    def name(self) -> str:
        return self.program.name

    def start(self) -> None:
        if self._log is None:
            _shorten(self.log_path)
            self.log_path.touch()
            self._log = self.log_path.open("rb")
            self._log.seek(0, os.SEEK_END)
        self._process = Guarded(
            self.program.command, self.environ, self.log_path, stop_seconds=self.program.stop_seconds
        )
        self._started_at = time.monotonic()
        self._start_again_at = None

    def look(self) -> str | None:
        """See to the process; returns a line to say when it has died."""
        if self._start_again_at is not None:
            if time.monotonic() >= self._start_again_at:
                self.start()
            return None
        code = self._process.poll() if self._process is not None else None
        if code is None:
            return None
        if time.monotonic() - self._started_at > HEALTHY_AFTER:
            self._deaths = 0
        pause = RESTART_PAUSES[min(self._deaths, len(RESTART_PAUSES) - 1)]
        self._deaths += 1
        self._start_again_at = time.monotonic() + pause
        return (
            f"ended (exit code {code}); starting it again in {pause:.0f} s. "
            f"Its output: {self.log_path.relative_to(CHECKOUT)}"
        )

    def new_warnings(self) -> list[str]:
        """Lines since the last look that a person should see; of a flood, only the beginning."""
        if self._log is None:
            return []
        lines = self._log.read().decode(errors="replace").splitlines()
        worth = [line.rstrip() for line in lines if WORTH_SHOWING.search(line)]
        if len(worth) > LINES_AT_A_TIME:
            hidden = len(worth) - LINES_AT_A_TIME
            worth[LINES_AT_A_TIME:] = [f"… and {hidden} more: {self.log_path.relative_to(CHECKOUT)}"]
        return worth

    def ask_to_stop(self) -> None:
        self._start_again_at = None
        if self._process is not None:
            self._process.ask_to_stop()

    def wait(self) -> None:
        """Wait for its end after ask_to_stop."""
        if self._process is not None:
            self._process.wait()


class Guarded:
    """A command that ends with us (common/guard.py), its output appended to a file, away from our Ctrl-C."""

    def __init__(
        self, command: Sequence[str], environ: Mapping[str, str], log_path: Path, *, stop_seconds: float
    ) -> None:
        self._stop_seconds = stop_seconds
        guard = [
            sys.executable,
            str(GUARD),
            "--parent",
            str(os.getpid()),
            "--stop-seconds",
            str(stop_seconds),
        ]
        with log_path.open("ab") as log:
            self._guard = subprocess.Popen(  # noqa: S603 - our own programs
                [*guard, "--", *command],
                cwd=CHECKOUT,
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )

    @property
    def group(self) -> int:
        """The process group of the guard, the command and all they start."""
        return self._guard.pid

    def poll(self) -> int | None:
        """The exit code once it has ended; what it left behind is then gone as well."""
        if self._guard.returncode is None and self._guard.poll() is not None:
            self.kill()
        return self._guard.returncode

    def ask_to_stop(self) -> None:
        if self.poll() is None:
            self._guard.terminate()

    def wait(self) -> int:
        """Wait for the end. After ask_to_stop that takes `stop_seconds` and a little more at most."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._guard.wait(self._stop_seconds + 1.5)
        self.kill()
        return self._guard.wait()

    def kill(self) -> None:
        """SIGKILL for the guard, the command and all they started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.group, signal.SIGKILL)


def _shorten(log: Path) -> None:
    """Keep one older file, so that a demo left running for weeks does not fill the disk at restarts."""
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".log.1"))
