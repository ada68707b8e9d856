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
PATIENCE_SECONDS = 0.7


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


class Rival:
    """Somebody who acts once, on a connection of their own. `outcome` is what that returned or raised."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self.outcome: Any = None
        self._act = act
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self.outcome = self._act()
        except Exception as error:
            self.outcome = error
        finally:
            connections.close_all()

    @property
    def has_begun(self) -> bool:
        return self._thread.ident is not None

    def begin(self) -> None:
        """Come back when the rival is done, or has waited for a lock of ours for long enough."""
        self._thread.start()
        self._thread.join(PATIENCE_SECONDS)

    def end(self) -> None:
        self._thread.join()


@contextmanager
def rival_before(statement: str, act: Callable[[], Any]) -> Iterator[Rival]:
    """Right before our next statement with these words somebody else acts."""
    rival = Rival(act)

    def execute_after(execute: Any, sql: str, *args: Any) -> Any:
        if statement in sql and not rival.has_begun:
            rival.begin()
        return execute(sql, *args)

    with connection.execute_wrapper(execute_after):
        yield rival
    assert rival.has_begun, f"nothing with {statement} was executed"
    rival.end()


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
