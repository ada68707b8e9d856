"""What goes wrong in ninety days of business: a refund, and disputes that are lost, won and still open."""

import datetime
from collections.abc import Callable, Iterator

from marketplace.demo.seeding import catalogue
from marketplace.demo.seeding.sales import sandbox_post
from payments.models import Dispute, OrderItem, Payment, Refund, RefundReason
from payments.services import refund_request
from payments.services.disputes import dispute_sync, payment_disputes_sync
from payments.services.refunds import refund_send

Moment = tuple[datetime.datetime, Callable[[], None]]


def moments(
    since: datetime.datetime, until: datetime.datetime, *, now: datetime.datetime
) -> Iterator[Moment]:
    """What happens after `since` and up to `until`, in order; each of it once, however often it is seeded."""
    days_ago: dict[float, Callable[[], None]] = {
        46.5: lambda: _dispute_open("product_unacceptable"),
        33.5: lambda: _dispute_close("product_unacceptable", "lost"),
        27.5: lambda: _dispute_open("fraudulent"),
        14.5: lambda: _dispute_close("fraudulent", "won"),
        11.5: _refund_a_third,
        3.5: lambda: _dispute_open("product_not_received"),
    }
    for days, happens in days_ago.items():
        moment = now - datetime.timedelta(days=days)
        if since < moment <= until:
            yield moment, happens


def _dispute_open(reason: str) -> None:
    """A buyer's bank asks for the last sale of the seller one can log in as."""
    if Dispute.objects.filter(reason=reason).exists():
        return
    item = _last_sale()
    payment = Payment.objects.get(order=item.order, is_surplus=False)
    sandbox_post(f"charges/{payment.stripe_payment_intent_id}/dispute", {"reason": reason})
    payment_disputes_sync(payment_intent_id=payment.stripe_payment_intent_id)


def _dispute_close(reason: str, outcome: str) -> None:
    for dispute in Dispute.objects.filter(reason=reason, closed_at=None):
        sandbox_post(f"disputes/{dispute.stripe_dispute_id}/close", {"outcome": outcome})
        dispute_sync(dispute_id=dispute.stripe_dispute_id)


def _refund_a_third() -> None:
    if Refund.objects.filter(reason=RefundReason.SELLER).exists():
        return
    item = _last_sale()
    refund = refund_request(
        order=item.order,
        by=item.seller.user,
        reason=RefundReason.SELLER,
        item=item,
        amount=item.net_amount // 3,
        note="The second example promised more than the prompt did.",
    )
    refund_send(refund_id=refund.pk)


def _last_sale() -> OrderItem:
    """Not one that was refunded or disputed already."""
    handle = next(row["handle"] for row in catalogue.vocabulary()["sellers"] if row.get("login") == "seller")
    sold = OrderItem.objects.filter(seller__handle=handle, paid_at__isnull=False, unit_amount__gt=0)
    free = sold.filter(refund_items=None, order__payments__disputes=None)
    return free.select_related("order", "seller__user").latest("paid_at", "pk")
