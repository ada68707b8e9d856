"""Sellers' days summed up out of items and the ledger, each as a whole: doing it again changes nothing.

A day is that of UTC. What refunds, disputes and processing fees take belongs to the day on which it was
booked, so a day that is over changes no more, and each day is the ledger's to the cent.

A run reads what was booked and given away since the last, by ids, and sums up the days it touched. A sweep
does so for the last days, whatever was noted, and one at night for each day that differs from the ledger.
"""

import datetime
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from common import clock
from payments.models import Journal, OrderItem, RollupMark
from payments.services.rollup_sql import ALL_PAIRS_SINCE, PAIRS_NOTED, PAIRS_OFF, REMOVE, STEPS

logger = logging.getLogger(__name__)

Pair = tuple[int, datetime.date]

# Longer than any transaction of ours may take: what it commits has an id from before.
LATE_COMMITS = datetime.timedelta(minutes=3)
MARKS_KEPT = datetime.timedelta(days=2)
SWEEP_LOOK_BACK = datetime.timedelta(days=2)
DAYS_AT_ONCE = 50
_LOCK = 0x726F6C6C_7570  # "rollup"


def days_roll() -> int:
    """Sum up the days that anything was booked or given away on since the last run; how many there were.

    Takes an advisory lock per portion of days. Cut off anywhere, the next run does it again.
    """
    mark = RollupMark.objects.filter(made_at__lte=timezone.now() - LATE_COMMITS).order_by("-made_at").first()
    next_mark = RollupMark(journal_id=_highest(Journal), item_id=_highest(OrderItem))
    since = {"journal": mark.journal_id if mark else 0, "item": mark.item_id if mark else 0}
    count = _roll(_pairs(PAIRS_NOTED, since))
    next_mark.save()
    RollupMark.objects.filter(made_at__lt=timezone.now() - MARKS_KEPT).exclude(pk=next_mark.pk).delete()
    return count


def days_roll_lately() -> int:
    """Sum up every day of the last two that anything happened on, whatever marks say."""
    return _roll(_pairs(ALL_PAIRS_SINCE, {"since": clock.now() - SWEEP_LOOK_BACK}))


def days_mend() -> int:
    """Sum up again each day whose sums differ from the ledger: none, unless a run was lost for days."""
    count = _roll(_pairs(PAIRS_OFF, {}))
    if count:
        logger.warning("%s days of sellers differed from the ledger and were summed up again", count)
    return count


def days_sum_up(pairs: Sequence[Pair]) -> None:
    """Sum up these days of these sellers, in one transaction under an advisory lock."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        for seller, day in pairs:
            begins = datetime.datetime.combine(day, datetime.time(), datetime.UTC)
            ends = begins + datetime.timedelta(days=1)
            values: dict[str, Any] = {"seller": seller, "day": day, "begins": begins, "ends": ends}
            for statement in (*REMOVE, *STEPS):
                cursor.execute(statement, values)


def _roll(pairs: Sequence[Pair]) -> int:
    for start in range(0, len(pairs), DAYS_AT_ONCE):
        days_sum_up(pairs[start : start + DAYS_AT_ONCE])
    return len(pairs)


def _pairs(statement: str, values: Mapping[str, Any]) -> list[Pair]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: list[Pair] = cursor.fetchall()
    return found


def _highest(model: type[Journal | OrderItem]) -> int:
    highest: int | None = model._default_manager.aggregate(highest=Max("pk"))["highest"]
    return highest or 0
