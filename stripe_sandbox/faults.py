"""Failures on order: the next matching requests time out, answer 500, or lose their answer after the
effect.
"""

import fnmatch
import threading
from dataclasses import dataclass

KINDS = ("error", "reset", "timeout", "delay")
MOMENTS = ("before", "during", "after")


@dataclass
class Fault:
    """One order.

    `moment`: `before` the request is looked at, `during` (so that the failure is kept under the idempotency
    key, as Stripe keeps its 500s), or `after` the effect and its saved answer, when only the answer is
    lost.
    """

    verb: str = "*"
    path: str = "*"
    kind: str = "error"
    moment: str = "before"
    status: int = 500
    seconds: float = 0.0
    times: int = 1
    code: str = "sandbox_fault"

    def matches(self, verb: str, path: str, moment: str) -> bool:
        """Say whether this order concerns the request at this moment."""
        return (
            self.times > 0
            and self.moment == moment
            and self.verb in {"*", verb}
            and fnmatch.fnmatchcase(path, self.path)
        )


class Faults:
    """The orders not yet used up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Order a failure."""
        with self._lock:
            self._pending.append(fault)

    def clear(self) -> None:
        """Forget all orders."""
        with self._lock:
            self._pending.clear()

    def take(self, verb: str, path: str, moment: str) -> Fault | None:
        """Return the order that applies now, used up by one."""
        with self._lock:
            for fault in self._pending:
                if fault.matches(verb, path, moment):
                    fault.times -= 1
                    return fault
        return None
