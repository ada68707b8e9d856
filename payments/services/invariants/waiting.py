"""Work that is not getting done."""

import datetime

from django.db.models import Count, Max, Q
from django.utils import timezone

from payments.services.findings import Difference
from payments.services.invariants.registry import INVARIANTS, Invariant, Scope
from payments.services.work import DEAD_AFTER_ATTEMPTS, WORK

# A sweeper takes what is due within seconds. Real time, as the attempts' own.
LONGEST_WAIT = datetime.timedelta(minutes=15)


def work_gets_done(scope: Scope) -> list[Difference]:
    """No event, delivery, gift, refund, payout, reversal, evidence or outbox message was tried eight times,
    or has been due for 15 minutes.

    One finding for each kind of work, not for each row: when mail is down, the mail about it waits as well.
    """
    overdue = Q(next_attempt_at__lt=timezone.now() - LONGEST_WAIT)
    found = []
    for work in WORK:
        rows = work.model._default_manager.filter(
            work.waiting, overdue | Q(attempts__gte=DEAD_AFTER_ATTEMPTS)
        )
        stuck = rows.aggregate(count=Count("pk"), attempts=Max("attempts"))
        if stuck["count"]:
            detail = f"{stuck['count']} rows do not get done; the most tried one: {stuck['attempts']} times"
            found.append(Difference("work_gets_done", f"work:{work.name}", detail))
    return found


INVARIANTS["work_gets_done"] = Invariant(
    name="work_gets_done",
    rule=" ".join((work_gets_done.__doc__ or "").split()),
    advice=(
        "Open the rows in the admin with the filter “Dead letters”: the last error says why. If nothing was "
        "tried at all, beat or a worker is not running. Mend the cause, then choose “Try again now”."
    ),
    find=work_gets_done,
)
