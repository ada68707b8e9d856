"""Earnings become available once the holding time is over."""

import datetime

from django.conf import settings
from django.db import transaction

from common import clock
from payments import ledger
from payments.locks import order_lock
from payments.models import OrderItem
from payments.services.refund_rows import seller_disputed_amount, seller_refunded_amount


def earnings_release(*, item_id: int) -> None:
    """Move what is left of an item's share from pending to available, once. Locks the order.

    What refunds gave back and disputes hold was taken from pending, and the card fee of a sale by the
    seller's own link; less than nothing may be left then. A dispute won later credits available.
    """
    order_id = OrderItem.objects.values_list("order_id", flat=True).get(pk=item_id)
    with transaction.atomic():
        order = order_lock(order_id)
        item = OrderItem.objects.select_for_update().get(pk=item_id)
        if item.earnings_released_at is not None:
            return
        item.order = order
        gone = seller_refunded_amount(item) + seller_disputed_amount(item) + item.processing_fee_amount
        ledger.earnings_release_book(item, item.seller_amount - gone)
        item.earnings_released_at = clock.now()
        item.save(update_fields=["earnings_released_at"])


def items_to_release(limit: int = 500) -> list[int]:
    """Items whose holding time (EARNINGS_HOLD_DAYS) is over, oldest first."""
    before = clock.now() - datetime.timedelta(days=settings.EARNINGS_HOLD_DAYS)
    due = OrderItem.objects.filter(paid_at__lte=before, earnings_released_at=None)
    return list(due.order_by("paid_at").values_list("pk", flat=True)[:limit])
