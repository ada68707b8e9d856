"""How often one buyer may have money back without a person looking."""

import datetime

from django.conf import settings
from django.db.models import Q, QuerySet

from accounts.models import User
from common import clock
from payments.models import OrderItem, Refund, RefundReason, RefundStatus

# Below so many refunds a share says nothing.
FEWEST_FOR_A_SHARE = 3


def had_enough_at_once(buyer: User) -> bool:
    """Whether the buyer took back REFUNDS_AT_ONCE_PER_MONTH unopened prompts in 30 days.

    Each costs the platform the processing fee. The caller holds the buyer's lock.
    """
    since = clock.now() - datetime.timedelta(days=30)
    made = _not_failed(buyer, since).filter(reason=RefundReason.BUYER_REQUEST)
    return made.count() >= settings.REFUNDS_AT_ONCE_PER_MONTH


def gives_back_often(buyer: User) -> bool:
    """Whether more than REFUND_SHARE_PERCENT of the purchases of 90 days came back at the buyer's wish."""
    since = clock.now() - datetime.timedelta(days=90)
    wished = Q(reason__in=[RefundReason.BUYER_REQUEST, RefundReason.CLAIM]) | Q(claim__isnull=False)
    given = _not_failed(buyer, since).filter(wished).count()
    if given < FEWEST_FOR_A_SHARE:
        return False
    bought = OrderItem.objects.filter(order__buyer=buyer, paid_at__gte=since, order__total_amount__gt=0)
    return given * 100 > bought.count() * settings.REFUND_SHARE_PERCENT


def _not_failed(buyer: User, since: datetime.datetime) -> QuerySet[Refund]:
    refunds = Refund.objects.filter(payment__order__buyer=buyer, created_at__gte=since)
    return refunds.exclude(status=RefundStatus.FAILED)
