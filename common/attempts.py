"""Work that is a row: claimed for a while, tried again with growing pauses, never forgotten.

A claim is a lease, not a lock: a killed worker's claim runs out by itself, and no transaction stays
open while a mail server or Stripe is asked. Real time on purpose: moving the demo's clock must not
move retries.
"""

import datetime
from typing import Any

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


def pause_after(attempts: int) -> datetime.timedelta:
    """20 s for the first tries, then doubling up to an hour."""
    doublings = max(0, min(attempts, 12) - 2)
    return min(LEASE * (1 << doublings), LONGEST_PAUSE)


def attempt_claim(model: type[Attempted], pk: Any, *, waiting: Q) -> bool:
    """Take the row for one attempt: true for exactly one of any number of rivals."""
    now = timezone.now()
    due = model._default_manager.filter(waiting, pk=pk, next_attempt_at__lte=now)
    attempts = due.values_list("attempts", flat=True).first()
    if attempts is None:
        return False
    taken = due.filter(attempts=attempts).update(
        attempts=F("attempts") + 1, next_attempt_at=now + pause_after(attempts + 1)
    )
    return taken == 1


def attempt_failed(model: type[Attempted], pk: Any, error: Exception) -> None:
    """Note why; the claim's pause decides when it is tried again. The text is ours, never a payload's."""
    model._default_manager.filter(pk=pk).update(last_error=f"{type(error).__name__}: {error}"[:300])


def due_ids(model: type[Attempted], *, waiting: Q, limit: int = 200) -> list[Any]:
    """What a sweeper should try now, longest waiting first."""
    due = model._default_manager.filter(waiting, next_attempt_at__lte=timezone.now())
    return list(due.order_by("next_attempt_at").values_list("pk", flat=True)[:limit])
