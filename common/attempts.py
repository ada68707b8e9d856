"""Work that is a row: claimed for a while, tried again with growing pauses, never forgotten.

A claim is a lease, not a lock: a killed worker's claim runs out by itself, and no transaction stays
open while a mail server or Stripe is asked. Real time on purpose: moving the demo's clock must not
move retries.
"""

import datetime
from typing import Any, TypeVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

LEASE = datetime.timedelta(seconds=20)
LONGEST_PAUSE = datetime.timedelta(hours=1)


class Attempted(models.Model):
    """Columns of a row that stands for work to be done."""

    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True


Work = TypeVar("Work", bound=Attempted)


def pause_after(attempts: int) -> datetime.timedelta:
    """20 s for the first tries, then doubling up to an hour."""
    doublings = max(0, min(attempts, 12) - 2)
    return min(LEASE * (1 << doublings), LONGEST_PAUSE)


def attempt_claim(model: type[Work], pk: Any, *, waiting: Q) -> Work | None:
    """Take the row for one attempt: exactly one of any number of rivals gets it."""
    return row_claim(model._default_manager.filter(pk=pk), waiting=waiting)


def row_claim(rows: models.QuerySet[Work], *, waiting: Q) -> Work | None:
    """Take the one row that `rows` names, with what it selects beside it, as it stood when it was taken."""
    now = timezone.now()
    row = rows.filter(waiting, next_attempt_at__lte=now).first()
    if row is None:
        return None
    as_seen = rows.model._default_manager.filter(
        waiting, pk=row.pk, attempts=row.attempts, next_attempt_at__lte=now
    )
    taken = as_seen.update(attempts=F("attempts") + 1, next_attempt_at=now + pause_after(row.attempts + 1))
    return row if taken else None


def attempt_failed(model: type[Attempted], pk: Any, error: Exception) -> None:
    """Note why; the claim's pause decides when it is tried again. The text is ours, never a payload's."""
    model._default_manager.filter(pk=pk).update(last_error=f"{type(error).__name__}: {error}"[:300])


def due_ids(model: type[Attempted], *, waiting: Q, limit: int = 200) -> list[Any]:
    """What a sweeper should try now, longest waiting first."""
    due = model._default_manager.filter(waiting, next_attempt_at__lte=timezone.now())
    return list(due.order_by("next_attempt_at").values_list("pk", flat=True)[:limit])
