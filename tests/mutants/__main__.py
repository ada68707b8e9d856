import argparse
import queue
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import Mutant, NotApplicable, applied, misfit
from tests.mutants.table import Row, line, write
from tests.mutants.workshop import CHECKOUT, Outcome, located, run, workshop

Item, Result = TypeVar("Item"), TypeVar("Result")
Copies = queue.SimpleQueue[Path]
SHARES = 8


def main() -> int:
    arguments = _parse()
    chosen = [mutant for mutant in MUTANTS if _is_wanted(mutant, arguments.only)]
    for mutant in chosen:
        located(mutant.tests)
    if misfits := [text for mutant in chosen if (text := misfit(mutant, CHECKOUT))]:
        print(*misfits, sep="\n\n")
        return 1
    if arguments.list:
        for mutant in chosen:
            print(f"{','.join(map(str, mutant.checks)):>6} | {mutant.protection}")
        return 0
    if arguments.write and arguments.only:
        sys.exit("The table is written by a whole run.")
    began = time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the copies are removed also then
    copies: Copies = queue.SimpleQueue()
    with ExitStack() as stack:
        for _ in range(arguments.parallel):
            copies.put(stack.enter_context(workshop()))
        failed = [] if arguments.no_baseline else _baseline(chosen, copies)
        if failed:
            print("Red without any mutant:", *failed, sep="\n  ")
            return 1
        rows = _try_all(chosen, copies)
    wrong = [row for row in rows if not row.is_as_said]
    for row in wrong:
        print(f"\n{row.result}: {row.mutant.protection}\n{row.outcome.trouble}")
    print(f"\n{len(rows)} protections taken out, {len(wrong)} not noticed, {time.monotonic() - began:.0f} s")
    if arguments.write and not wrong:
        write(rows)
    return 1 if wrong else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutants", description=sys.modules["tests.mutants"].__doc__
    )
    parser.add_argument("--only", default="", help="checks (8,17) or words of protections (lock)")
    parser.add_argument("--list", action="store_true", help="say what would be taken out")
    parser.add_argument("--parallel", type=int, default=2, metavar="N", help="so many copies at a time (2)")
    parser.add_argument(
        "--no-baseline", action="store_true", help="do not run the tests without mutants first"
    )
    parser.add_argument("--write", action="store_true", help="write the table into docs/money.md")
    return parser.parse_args()


def _is_wanted(mutant: Mutant, only: str) -> bool:
    words = [word.strip() for word in only.split(",") if word.strip()]
    numbers = {int(word) for word in words if word.isdigit()}
    texts = [word for word in words if not word.isdigit()]
    if not words:
        return True
    return bool(numbers & set(mutant.checks)) or any(text in mutant.protection for text in texts)


def _baseline(mutants: Sequence[Mutant], copies: Copies) -> list[str]:
    """Names of tests that fail although nothing was taken out."""
    tests = sorted(set(located([test for mutant in mutants for test in mutant.tests])))
    print(f"{len(tests)} tests without mutants …", flush=True)
    shares = [share for number in range(SHARES) if (share := tests[number::SHARES])]
    outcomes = list(_each(shares, copies, lambda share, copy: run(copy, share)))
    return [f"{each.failed} {each.trouble}" for each in outcomes if each.failed or each.trouble]


def _try_all(mutants: Sequence[Mutant], copies: Copies) -> list[Row]:
    def look(mutant: Mutant, copy: Path) -> Row:
        row = Row(mutant, _try(mutant, copy))
        print(line(row), flush=True)
        return row

    return list(_each(mutants, copies, look))


def _each(items: Sequence[Item], copies: Copies, work: Callable[[Item, Path], Result]) -> Iterator[Result]:
    """`work` on each item in a copy that nobody else is using, as many at a time as there are copies."""

    def one(item: Item) -> Result:
        copy = copies.get()
        try:
            return work(item, copy)
        finally:
            copies.put(copy)

    pool = ThreadPoolExecutor(copies.qsize())
    try:
        yield from pool.map(one, items)
    finally:
        pool.shutdown(cancel_futures=True)


def _try(mutant: Mutant, copy: Path) -> Outcome:
    try:
        with applied(mutant, copy) as sql:
            return run(copy, located(mutant.tests), sql=sql)
    except NotApplicable as error:
        return Outcome("", 0.0, trouble=str(error))


if __name__ == "__main__":
    sys.exit(main())
