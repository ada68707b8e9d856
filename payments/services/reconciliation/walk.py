"""How far each of Stripe's lists has been read, and reading on from there in pieces that are kept."""

import datetime
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from django.db import DataError, IntegrityError
from django.db.models import QuerySet

from payments.models import Finding, FindingSource, Order, ReconciliationRun, StripeCursor
from payments.services.findings import Difference, findings_note, findings_resolve
from payments.services.reconciliation.advice import advice_on

# Of what is open, a run looks at so many again.
LOOKED_AT_AGAIN = 200

# What one order or movement may fail with unforeseen. It must not keep all others from being compared.
UNFORESEEN = (ValueError, TypeError, LookupError, ArithmeticError, DataError, IntegrityError)

T = TypeVar("T")

# Stripe may list something a little after the time it bears, and a run may meet work that is under way.
OVERLAP = datetime.timedelta(hours=1)
# Younger movements may still be on their way into our books.
GRACE = datetime.timedelta(minutes=5)
# After each such piece the place is kept, so that a run that is cut off is not begun again from the start.
PIECE = datetime.timedelta(days=1)


@dataclass
class Walk:
    """One run as it goes: its row, its time, and what it has found."""

    row: ReconciliationRun
    now: datetime.datetime
    say: Callable[[str], None]
    deadline: float | None = None
    met: dict[tuple[str, str], Difference] = field(default_factory=dict)
    kept: set[tuple[str, str]] = field(default_factory=set)

    @property
    def is_over(self) -> bool:
        """Whether the time allowed is used up; the next run goes on."""
        return self.deadline is not None and time.monotonic() > self.deadline

    def pieces(
        self, name: str, *, until: datetime.datetime, earliest: datetime.datetime | None = None
    ) -> Iterator[tuple[datetime.datetime, datetime.datetime]]:
        """What is unread of a list, piece by piece. The cursor follows when the next one is asked for."""
        place = position(name)
        start = min(place or _beginning(until), until)
        start = max(start, earliest) if earliest else start
        while not self.is_over:
            end = min(start + PIECE, until)
            self.say(f"{name}: {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}")
            yield start, end
            cursor_move(name, end)
            if end >= until:
                return
            start = end

    def note(self, differences: list[Difference]) -> None:
        """Remember what was met; it is kept when the step is done, so that people get one mail of a kind."""
        for each in differences:
            if (each.kind, each.subject) not in self.met:
                self.say(f"! {each.kind} {each.subject}: {each.detail}")
                self.met[each.kind, each.subject] = each

    def keep(self) -> None:
        """Write down what was met since last time, and tell people of what is new."""
        new = [each for key, each in self.met.items() if key not in self.kept]
        if new:
            findings_note(source=FindingSource.RECONCILIATION, differences=new, advice=advice_on)
            self.kept.update((each.kind, each.subject) for each in new)

    def resolve(self, looked_at: list[Finding]) -> None:
        """Close those that were open before, were looked at again, and are no more."""
        self.keep()
        findings_resolve(source=FindingSource.RECONCILIATION, met=self.met, among=looked_at)


def position(name: str) -> datetime.datetime | None:
    """How far a list has been read, by Stripe's clock; None if it never was."""
    return StripeCursor.objects.filter(name=name).values_list("position", flat=True).first()


def cursor_move(name: str, place: datetime.datetime) -> None:
    StripeCursor.objects.update_or_create(name=name, defaults={"position": place})


def open_findings(*kinds: str) -> list[Finding]:
    """What runs found and is not closed."""
    return list(_open(*kinds))


def findings_to_look_at(*kinds: str) -> list[Finding]:
    """The same, so many as a run may ask Stripe about one by one, longest not looked at first."""
    return list(_open(*kinds).order_by("last_seen_at", "pk")[:LOOKED_AT_AGAIN])


def _open(*kinds: str) -> QuerySet[Finding]:
    return Finding.objects.filter(source=FindingSource.RECONCILIATION, kind__in=kinds, resolved_at=None)


def chunks(items: Iterable[T], size: int = 100) -> Iterator[list[T]]:
    """What is listed page by page, so many at a time: one question to the database for each."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _beginning(until: datetime.datetime) -> datetime.datetime:
    """Where books begin: at the first order. Ids sort by time, so this asks an index."""
    first = Order.objects.order_by("pk").values_list("created_at", flat=True).first()
    return first or until
