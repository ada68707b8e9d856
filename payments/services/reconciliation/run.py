"""One run of reconciliation, from the lost webhook to the last cent."""

import datetime
import logging
import time
from collections.abc import Callable

from common import clock
from common.errors import DomainError
from payments.alarms import alarm_raise
from payments.gateway import GatewayRefused
from payments.locks import single_flight
from payments.models import Finding, FindingSource, ReconciliationRun
from payments.services.reconciliation.events import events_recover
from payments.services.reconciliation.orders import orders_recover
from payments.services.reconciliation.totals import totals_check
from payments.services.reconciliation.transactions import CURSOR, transactions_check
from payments.services.reconciliation.walk import Walk, position

logger = logging.getLogger(__name__)


def reconciliation_run(
    *,
    now: datetime.datetime | None = None,
    seconds: float | None = None,
    say: Callable[[str], None] = logger.info,
) -> ReconciliationRun | None:
    """Recover what Stripe has and we lack, and note every difference that is left. Safe to repeat.

    One at a time: None is returned while another run goes on. After `seconds` it stops at a place where the
    next run goes on. What fails (Stripe does not answer, say) is kept in the row's `error`.
    """
    with single_flight("reconciliation") as is_alone:
        if not is_alone:
            return None
        row = ReconciliationRun.objects.create()
        deadline = None if seconds is None else time.monotonic() + seconds
        walk = Walk(row=row, now=now or clock.now(), say=say, deadline=deadline)
        try:
            _reconcile(walk)
        except DomainError as error:
            row.error = f"{type(error).__name__}: {error}"[:300]
        except GatewayRefused as error:
            row.error = f"Stripe refused: {error}"[:300]
            alarm_raise("reconciliation_failed", subject="reconciliation", detail=row.error)
        except Exception as error:
            row.error = f"{type(error).__name__}: broken off; see the log"
            alarm_raise("reconciliation_failed", subject="reconciliation", detail=row.error)
            raise
        finally:
            walk.keep()
            row.finished_at = clock.now()
            row.findings_count = Finding.objects.filter(
                source=FindingSource.RECONCILIATION, resolved_at=None, closed_at=None
            ).count()
            row.save()
        return row


def _reconcile(walk: Walk) -> None:
    events_recover(walk)
    orders_recover(walk)
    transactions_check(walk)
    compared_until = position(CURSOR)
    if walk.is_over or compared_until is None:
        walk.row.error = "out of time; the next run goes on from here"
        return
    totals_check(walk, since=compared_until)
