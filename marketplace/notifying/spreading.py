"""Telling many people one thing, a batch per transaction; whoever is killed leaves the rest to the next.

A `Spread` row says how far it came. Its cursor moves in the transaction that tells a batch, under the row's
lock, so that a rival whose claim had run out goes on where the first one stopped.
"""

import datetime
import logging
import time
from collections.abc import Callable

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from common import clock
from common.attempts import LEASE, attempt_claim, attempt_failed, due_ids
from common.enqueue import enqueue, enqueue_on_commit
from common.inserting import insert_once
from marketplace.notifying.models import Spread

TASK = "marketplace.spread_continue"
WAITING = Q(finished_at=None)
BATCH = 500
# A task ends by then and leaves the rest to another: others wait in the same queue.
AT_MOST = datetime.timedelta(seconds=30)

logger = logging.getLogger(__name__)

# Tells the next people after a user's id, and returns the last one's; None when there are no more.
Teller = Callable[[str, int], int | None]
_tellers: dict[str, Teller] = {}


def tells(word: str) -> Callable[[Teller], Teller]:
    """Register who tells the spreads whose key begins with `word` and a colon."""

    def register(teller: Teller) -> Teller:
        _tellers[word] = teller
        return teller

    return register


def spread_begin(*, key: str) -> bool:
    """Have everybody told whom the key's teller knows; false if that was begun before."""
    spread = Spread(key=key)
    if not insert_once(spread):
        return False
    enqueue_on_commit(TASK, spread.pk)
    return True


def spread_continue(*, spread_id: int) -> None:
    """Tell batch after batch until all are told or the time is up. One worker at a time, by a claim."""
    if attempt_claim(Spread, spread_id, waiting=WAITING) is None:
        return
    end = time.monotonic() + AT_MOST.total_seconds()
    try:
        while _batch_tell(spread_id):
            if time.monotonic() > end:
                Spread.objects.filter(pk=spread_id).update(next_attempt_at=timezone.now())
                enqueue(TASK, spread_id)
                return
    except Exception as error:
        logger.exception("Spread %s failed", spread_id)
        attempt_failed(Spread, spread_id, error)


def _batch_tell(spread_id: int) -> bool:
    """One batch; false when there is none left. The claim is renewed: what comes forward is not stuck."""
    with transaction.atomic():
        spread = Spread.objects.select_for_update().get(pk=spread_id)
        if spread.finished_at:
            return False
        word, _colon, subject = spread.key.partition(":")
        last = _tellers[word](subject, spread.cursor)
        if last is None:
            spread.finished_at = clock.now()
        else:
            spread.cursor, spread.attempts, spread.next_attempt_at = last, 1, timezone.now() + LEASE
        spread.save(update_fields=["cursor", "attempts", "next_attempt_at", "finished_at"])
        return last is not None


def waiting_spread_ids() -> list[int]:
    return due_ids(Spread, waiting=WAITING)
