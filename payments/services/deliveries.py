"""Finishing a delivery: the receipt to the buyer, the notice to each seller, each noted when sent."""

import logging
from typing import Any

from django.db.models import Prefetch, Q

from common import clock
from common.attempts import attempt_failed, row_claim
from payments import mails
from payments.models import Delivery, OrderItem

logger = logging.getLogger(__name__)

WAITING = Q(receipt_sent_at=None) | Q(sellers_notified_at=None)


def delivery_finish(*, order_id: Any) -> bool:
    """Send what has not been sent for a paid order. The claim keeps rivals away."""
    items = OrderItem.objects.select_related("seller__user").order_by("pk")
    deliveries = Delivery.objects.select_related("order__buyer").prefetch_related(
        Prefetch("order__items", items)
    )
    delivery = row_claim(deliveries.filter(order_id=order_id), waiting=WAITING)
    if delivery is None:
        return False
    order = delivery.order
    try:
        if delivery.receipt_sent_at is None:
            mails.receipt_send(order)
            Delivery.objects.filter(pk=delivery.pk).update(receipt_sent_at=clock.now())
        if delivery.sellers_notified_at is None:
            mails.sellers_notify(order)
            Delivery.objects.filter(pk=delivery.pk).update(sellers_notified_at=clock.now())
    except Exception as error:
        logger.exception("Delivery of order %s failed", order.number)
        attempt_failed(Delivery, delivery.pk, error)
        return False
    return True
