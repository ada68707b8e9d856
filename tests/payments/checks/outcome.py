"""What became of one order, whatever else is in the database."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from payments.models import Delivery, Entitlement, Journal, Order, OrderStatus, Refund
from payments.services.work import WORK


@dataclass(frozen=True)
class Outcome:
    """How many rows of each kind the order has: `deliveries` finished, `counted` as sales of its listing."""

    status: str
    payments: int
    journals: int
    grants: int
    deliveries: int
    refunds: int
    counted: int


DELIVERED_ONCE = Outcome(
    OrderStatus.PAID, payments=1, journals=2, grants=1, deliveries=1, refunds=0, counted=1
)


def outcome_of(order: Order) -> Outcome:
    """For an order of one item."""
    order = Order.objects.get(pk=order.pk)
    payments = list(order.payments.all())
    causes = [f"order:{order.pk}", *(f"payment:{payment.pk}" for payment in payments)]
    finished = Q(receipt_sent_at__isnull=False, sellers_notified_at__isnull=False)
    return Outcome(
        status=order.status,
        payments=len(payments),
        journals=Journal.objects.filter(cause__in=causes).count(),
        grants=Entitlement.objects.filter(item__order=order, revoked_at=None).count(),
        deliveries=Delivery.objects.filter(finished, order=order).count(),
        refunds=Refund.objects.filter(payment__order=order).count(),
        counted=order.items.get().listing.sales_count,
    )


def is_delivered_once(order: Order) -> bool:
    return outcome_of(order) == DELIVERED_ONCE


def leases_end() -> None:
    """As if the time had passed that a killed worker's claims hold."""
    for work in WORK:
        work.model._default_manager.update(next_attempt_at=timezone.now())
