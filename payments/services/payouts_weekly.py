"""Every Monday, 00:00 UTC: everyone who has enough is paid out.

The week has a row. Until that says that the run was finished, it is taken up again: a Monday on which
nothing ran is made up for, and a run that was killed is finished. Nobody is paid twice for it, because a
seller has at most one weekly payout a week, decided under the seller's lock.
"""

import logging

from common import clock
from common.errors import DomainError
from payments.gateway import GatewayRefused, GatewayUnavailable
from payments.models import ConnectedAccount, Payout, PayoutRun, PayoutTrigger
from payments.queries_payouts import sellers_with_enough, week_begins
from payments.services.connect import account_sync
from payments.services.payouts import payout_request

logger = logging.getLogger(__name__)


def weekly_payouts_make() -> None:
    """Make this week's payouts, unless that is done. Safe to run twice, and twice at once."""
    monday = week_begins(clock.now())
    run, _is_new = PayoutRun.objects.get_or_create(week_begins=monday.date())
    if run.finished_at is not None:
        return
    is_whole = all([_pay(seller_id) for seller_id in sellers_with_enough()])
    made = Payout.objects.filter(trigger=PayoutTrigger.WEEKLY, created_at__gte=monday).count()
    PayoutRun.objects.filter(pk=run.pk, finished_at=None).update(
        payouts_count=made, finished_at=clock.now() if is_whole else None
    )


def _pay(seller_id: int) -> bool:
    """False where it has to be tried again this week."""
    account = ConnectedAccount.objects.select_related("seller").get(seller=seller_id, replaced_at=None)
    try:
        if not account.can_be_paid:
            account = account_sync(account=account)  # the event that said so may be lost
        if account.can_be_paid:
            payout_request(seller=account.seller, by=None, trigger=PayoutTrigger.WEEKLY)
    except GatewayUnavailable:
        logger.warning("Seller %s: Stripe could not be asked about the account", seller_id)
        return False
    except (DomainError, GatewayRefused) as error:
        logger.info("Seller %s is not paid this week: %s", seller_id, error)
    except Exception:
        logger.exception("Seller %s could not be paid", seller_id)
        return False
    return True
