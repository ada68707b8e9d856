"""Run one command so that it cannot outlive the process that asked for it. Stands alone: no imports of ours.

    python common/guard.py --parent PID [--stop-seconds N] -- COMMAND ARGUMENT…

A process cannot clean up after its own SIGKILL, and servers such as granian and celery have children that
only their main process ends. So each of our long-lived children has a guard between it and its parent. The
guard watches the parent. When that is gone, or when the guard is told to stop, it sends SIGTERM to the
command and gives it time. Guard and command share a process group, whose number is the guard's: the parent
kills that group once the guard has ended; without a parent the guard does, itself included. On Linux the
command also gets a parent-death signal, for the case that both are killed.
"""

import argparse
import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from types import FrameType

PR_SET_PDEATHSIG = 1
LOOK_EVERY = 0.5


def main() -> int:
    arguments = _parse(sys.argv[1:])
    wishes = Wishes(arguments.parent)
    command = subprocess.Popen(arguments.command, preexec_fn=_die_with_guard)  # noqa: S603 - the caller's own
    while command.poll() is None and not wishes.stop:
        wishes.wait(LOOK_EVERY)
    if command.poll() is None:
        command.terminate()
        deadline = time.monotonic() + arguments.stop_seconds
        while command.poll() is None and time.monotonic() < deadline:
            wishes.wait(deadline - time.monotonic())
    if wishes.is_orphan and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    if command.poll() is None:
        command.kill()
    code = command.wait()
    return code if code >= 0 else 128 - code


class Wishes:
    """What wakes the guard: a signal to it, its command's end, its parent's end. It sleeps otherwise."""

    def __init__(self, parent: int) -> None:
        self.parent = parent
        self.signaled = False
        self.reading, writing = os.pipe()
        os.set_blocking(self.reading, False)
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    @property
    def stop(self) -> bool:
        return self.signaled or self.is_orphan

    @property
    def is_orphan(self) -> bool:
        return os.getppid() != self.parent

    def wait(self, seconds: float) -> None:
        select.select([self.reading], [], [], max(seconds, 0))
        with contextlib.suppress(BlockingIOError):
            os.read(self.reading, 512)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.signaled = True


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run a command that must not outlive its parent.")
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--stop-seconds", type=float, default=5.0)
    parser.add_argument("command", nargs="+")
    return parser.parse_args(argv)


def _die_with_guard() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main())
