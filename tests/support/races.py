"""Rivals at the same moment, on real threads and connections; and the same race with its lock left out."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import Any, TypeVar
from unittest.mock import patch

from django.db import connection, connections
from django.db.models import QuerySet

Result = TypeVar("Result")
MEETING_SECONDS = 5


def at_once(rivals: int, act: Callable[[int], Result]) -> list[Result | Exception]:
    """What `act` returned or raised for each rival. Each has a thread and connections of its own."""
    start = threading.Barrier(rivals)
    outcomes: list[Any] = [None] * rivals

    def run(number: int) -> None:
        start.wait()
        try:
            outcomes[number] = act(number)
        except Exception as error:
            outcomes[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(rivals)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@contextmanager
def rival_before(statement: str, act: Callable[[], Any]) -> Iterator[None]:
    """Right before our next statement with these words somebody else acts, on a connection of their own."""
    rival = threading.Thread(target=lambda: (act(), connections.close_all()))

    def execute_after(execute: Any, sql: str, *args: Any) -> Any:
        if statement in sql and rival.ident is None:
            rival.start()
            rival.join()
        return execute(sql, *args)

    with connection.execute_wrapper(execute_after):
        yield
    assert rival.ident is not None, f"nothing with {statement} was executed"


@contextmanager
def lock_skipped(where: ModuleType, lock: str, *, rivals: int) -> Iterator[None]:
    """The negative control: `lock`, as the module `where` calls it, only reads, and all rivals read before
    the first of them writes.
    """
    meeting = threading.Barrier(rivals)
    locking = getattr(where, lock)

    def read(*args: Any, **named: Any) -> Any:
        found = locking(*args, **named)
        with suppress(threading.BrokenBarrierError):
            meeting.wait(MEETING_SECONDS)
        return found

    unlocked = patch.object(QuerySet, "select_for_update", lambda rows, **_options: rows.all())
    with unlocked, patch.object(where, lock, read):
        yield
