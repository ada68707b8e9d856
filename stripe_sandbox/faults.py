"""Failures on order: the next matching requests time out, answer 500, or lose their answer after the
effect.
"""

import fnmatch
import random
import threading
from dataclasses import dataclass

KINDS = ("error", "reset", "timeout", "delay")
MOMENTS = ("before", "during", "after")


ENDLESS = 10**9


@dataclass
class Fault:
    """One order.

    `moment`: `before` the request is looked at, `during` the work but before its effect, or `after` the
    effect. A 5xx of the last two is kept under the idempotency key and replayed, as Stripe keeps its own;
    a lost connection hides an answer that is kept as it was.

    With a `probability` below 1 each matching request throws dice that begin with `seed`, so that the same
    requests meet the same failures; `times` counts the failures.
    """

    verb: str = "*"
    path: str = "*"
    kind: str = "error"
    moment: str = "before"
    status: int = 500
    seconds: float = 0.0
    times: int = 1
    code: str = "sandbox_fault"
    probability: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)

    @property
    def spoils(self) -> bool:
        """Whether the client gets no good answer; a delay only makes it wait."""
        return self.kind != "delay"

    @property
    def is_kept(self) -> bool:
        """Whether the failure is the answer to every later request with the same key."""
        return self.kind == "error" and self.status >= 500

    def strikes(self, verb: str, path: str, moment: str) -> bool:
        """Say whether this order concerns the request at this moment, and use it up by one if so."""
        concerned = (
            self.times > 0
            and self.moment == moment
            and self.verb in {"*", verb}
            and fnmatch.fnmatchcase(path, self.path)
            and (self.probability >= 1 or self._dice.random() < self.probability)
        )
        self.times -= concerned
        return concerned


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
        """Return the order that applies now; of several the oldest."""
        if not self._pending:
            return None
        with self._lock:
            struck = next((fault for fault in self._pending if fault.strikes(verb, path, moment)), None)
            self._pending = [fault for fault in self._pending if fault.times > 0]
        return struck
