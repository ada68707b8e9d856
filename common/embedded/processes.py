"""Find out about processes and end them, without mistaking a stranger's for ours."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def command_line(pid: int) -> list[str]:
    """The arguments a process was started with; empty when there is none."""
    proc = Path("/proc") / str(pid) / "cmdline"
    if Path("/proc/self/cmdline").exists():
        try:
            return [os.fsdecode(part) for part in proc.read_bytes().split(b"\0") if part]
        except OSError:
            return []
    listed = subprocess.run(  # noqa: S603 - a pid is all that varies
        ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listed.stdout.split()


def die_with_parent(number: int) -> Callable[[], None]:
    """For `preexec_fn`: ask Linux to send the child signal `number` when its parent dies.

    Other systems have nothing like it; there the keeper's witness does the work (see keeper.py).
    """
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    parent = os.getpid()

    def ask() -> None:
        if libc is None:
            return
        libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            os.kill(os.getpid(), number)

    return ask


def end_process(pid: int, steps: list[tuple[signal.Signals, float]], reap: Callable[[], object]) -> bool:
    """Send each signal in turn and wait up to its seconds for the process to go. True when gone.

    `reap` is called while waiting, so that a child of ours does not stay as a zombie.
    """
    for number, seconds in steps:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        if wait_until(lambda: (reap(), not is_alive(pid))[1], seconds):
            return True
    return not is_alive(pid)


def wait_until(condition: Callable[[], bool], seconds: float, pause: float = 0.02) -> bool:
    """Poll `condition`; False when it did not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def _is_zombie(pid: int) -> bool:
    try:
        status = (Path("/proc") / str(pid) / "stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] == "Z"
