import argparse
import queue
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import groupby
from typing import TypeVar

from tests.mutants import kept
from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import Mutant, NotApplicable, applied, misfit, sql_of
from tests.mutants.table import Row, line, write
from tests.mutants.workshop import CHECKOUT, Copy, Outcome, located, run, workshop

Item, Result = TypeVar("Item"), TypeVar("Result")
Copies = queue.SimpleQueue[Copy]


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
    if arguments.again:
        kept.forget()
    began = time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the copies are removed also then
    with ExitStack() as stack:
        copies: Copies = queue.SimpleQueue()
        for _ in range(arguments.parallel):
            copies.put(stack.enter_context(workshop()))
        rows = _try_all(chosen, _baseline(chosen, copies), copies)
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
    parser.add_argument("--again", action="store_true", help="believe no outcome of an earlier run")
    parser.add_argument("--write", action="store_true", help="write the tables into the documents")
    return parser.parse_args()


def _is_wanted(mutant: Mutant, only: str) -> bool:
    words = [word.strip() for word in only.split(",") if word.strip()]
    numbers = {int(word) for word in words if word.isdigit()}
    texts = [word for word in words if not word.isdigit()]
    if not words:
        return True
    return bool(numbers & set(mutant.checks)) or any(text in mutant.protection for text in texts)


def _baseline(mutants: Sequence[Mutant], copies: Copies) -> dict[str, str]:
    """Tests that fail although nothing was taken out, or stand beside such; and why."""
    tests = sorted(set(located([test for mutant in mutants for test in mutant.tests])))
    by_file = [list(group) for _, group in groupby(tests, key=lambda test: test.partition("::")[0])]
    print(f"{len(tests)} tests of {len(by_file)} files without mutants …", flush=True)

    def look(keyed: tuple[str, list[str]], copy: Copy) -> dict[str, str]:
        key, group = keyed
        outcome = kept.kept(key) or run(copy, group)
        if outcome.is_green:
            kept.keep(key, outcome)
            return {}
        return dict.fromkeys(
            group, f"red without any mutant: {outcome.failed} {outcome.why} {outcome.trouble}"
        )

    found = _each([(kept.key_of_tests(group), group) for group in by_file], copies, look)
    return {test: why for each in found for test, why in each.items()}


def _try_all(mutants: Sequence[Mutant], failing: Mapping[str, str], copies: Copies) -> list[Row]:
    def look(keyed: tuple[str, Mutant], copy: Copy) -> Row:
        key, mutant = keyed
        why = "; ".join({failing[test] for test in located(mutant.tests) if test in failing})
        row = Row(mutant, Outcome("", 0.0, trouble=why) if why else kept.kept(key) or _try(mutant, copy))
        if row.is_as_said:
            kept.keep(key, row.outcome)
        print(line(row), flush=True)
        return row

    return list(_each([(kept.key_of_mutant(mutant), mutant) for mutant in mutants], copies, look))


def _each(items: Sequence[Item], copies: Copies, work: Callable[[Item, Copy], Result]) -> Iterator[Result]:
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


def _try(mutant: Mutant, copy: Copy) -> Outcome:
    try:
        with applied(mutant, copy.path) as before:
            return run(copy, located(mutant.tests), sql=sql_of(mutant), before=before)
    except NotApplicable as error:
        return Outcome("", 0.0, trouble=str(error))


if __name__ == "__main__":
    sys.exit(main())
