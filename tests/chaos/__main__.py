"""`make chaos`: purchases through the real stack while its processes are killed. Ends 1 if money is wrong."""

import argparse
import random
import signal
import sys
from types import FrameType

from common.embedded.locks import try_hold_exclusive
from tests.chaos import report
from tests.chaos.run import Run, Wanted, say
from tests.chaos.stack import FOLDER, Stack


class StopRequested(BaseException):
    """Ctrl-C or SIGTERM."""


def main() -> int:
    wanted = _parse()
    FOLDER.mkdir(parents=True, exist_ok=True)
    lock = try_hold_exclusive(FOLDER / "lock")
    if lock is None:
        sys.stderr.write("Another `make chaos` runs in this checkout, or is still being stopped.\n")
        return 1
    _listen_for_stop()
    stack = Stack()
    outcome = None
    try:
        outcome = Run(stack, wanted).live_through()
    except StopRequested:
        say("\nStopping …")
    finally:
        _ignore_stop()
        stack.stop()
    if outcome is None:
        stack.remove_data()
        return 130
    figures, verdict = outcome
    file = report.keep(FOLDER, figures, verdict)
    say(report.table(figures, verdict))
    say(f"JSON: {file}")
    if not verdict.is_clean:
        say(f"NOT RIGHT. Logs and PostgreSQL's data are kept: {stack.where.log}, {stack.where.postgres_data}")
        return 1
    stack.remove_data()
    say("Every payment was delivered once or given back, none is lost, and the books are right to the cent.")
    return 0


def _parse() -> Wanted:
    parser = argparse.ArgumentParser(prog="tests.chaos", description=__doc__)
    parser.add_argument("--purchases", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=300.0, help="how long parts are killed")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="of who does what when")
    parser.add_argument("--kill", default="", help="only parts whose names hold this, e.g. redis")
    return Wanted(**vars(parser.parse_args()))


def _listen_for_stop() -> None:
    def on_signal(_number: int, _frame: FrameType | None) -> None:
        _ignore_stop()
        raise StopRequested

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)


def _ignore_stop() -> None:
    """Stopping takes seconds and must not be cut short by a second Ctrl-C."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
