"""Turning Stripe's word on a payment into a paid order, a journal and entitlements, exactly once.

Webhook, return page and sweeper all come here with a session retrieved from Stripe, in any order and
any number. Everything happens in one transaction under the order's lock.
"""

import logging
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common import clock
from common.enqueue import enqueue_on_commit
from common.errors import NotFound
from common.ids import is_uuid
from common.outbox import message_publish
from payments import ledger
from payments.alarms import alarm_raise
from payments.gateway import SessionFacts
from payments.locks import order_items_lock, order_lock
from payments.models import Delivery, Entitlement, Order, OrderItem, OrderStatus, Payment, RefundReason
from payments.services.coupons import coupon_release, coupon_retake
from payments.services.gifts import gift_paid
from payments.services.processing import processing_fee_settle
from payments.services.refund_rows import refund_write

logger = logging.getLogger(__name__)

# Values of Order.payment_problem beside Stripe's decline codes.
SETTLING = "settling"
FAILED_LATER = "failed_later"


def session_settle(facts: SessionFacts) -> Order:
    """Bring the order to what Stripe says of its session. Safe to repeat; locks buyer and order.

    Raises NotFound when the session names no order of ours.
    """
    if not is_uuid(facts.client_reference_id):
        raise NotFound(_("This payment belongs to no order."), code="order_not_found")
    with transaction.atomic():
        order = order_lock(facts.client_reference_id)
        if mismatch := _mismatch(order, facts):
            alarm_raise(
                "payment_mismatch",
                subject=f"order:{order.pk}",
                detail=f"{mismatch} differs in session {facts.id}; nothing was delivered",
            )
        elif facts.payment_status == "paid":
            _payment_take(order, facts)
        else:
            _note_unpaid(order, facts)
    return order


def free_order_settle(order: Order, items: Sequence[OrderItem]) -> None:
    """An order of total 0 needs no payment. Call it in the transaction that writes the order.

    What the platform's own coupon has paid for in full is owed to its sellers all the same.
    """
    order.paid_at = clock.now()
    ledger.sale_book(order, items)
    _grant_and_mark_paid(order, list(items))


def _mismatch(order: Order, facts: SessionFacts) -> str | None:
    """The first thing in which the session is not what the order asked for."""
    expected = {"mode": "payment", "currency": order.currency, "amount_total": order.total_amount}
    for name, value in expected.items():
        if getattr(facts, name) != value:
            return name
    if facts.payment_status == "paid" and not facts.payment_intent_id:
        return "payment_intent"
    return None


def _payment_take(order: Order, facts: SessionFacts) -> None:
    # This very payment, and the one that settled the order.
    known = Payment.objects.filter(
        Q(stripe_payment_intent_id=facts.payment_intent_id) | Q(order=order, is_surplus=False)
    ).in_bulk(field_name="stripe_payment_intent_id")
    if facts.payment_intent_id in known:
        _processing_fee_note(known[facts.payment_intent_id], facts.processing_fee_amount)
        return
    is_foreign = order.stripe_session_id not in (None, facts.id)
    is_surplus = is_foreign or bool(known)
    payment = Payment.objects.create(
        order=order,
        stripe_payment_intent_id=facts.payment_intent_id or "",
        stripe_charge_id=facts.charge_id or "",
        amount=facts.amount_total,
        currency=facts.currency,
        processing_fee_amount=facts.processing_fee_amount,
        is_surplus=is_surplus,
        succeeded_at=clock.now(),
    )
    if is_foreign:
        alarm_raise(
            "payment_mismatch",
            subject=f"order:{order.pk}",
            detail=f"paid through session {facts.id}, which is not the order's; the money goes back",
        )
    items: list[OrderItem] = []
    if is_surplus:
        ledger.surplus_book(payment)
        refund_write(payment=payment, amount=payment.amount, reason=RefundReason.SURPLUS_PAYMENT, parts=[])
    else:
        items = order_items_lock(order)
        _order_fulfil(order, items, payment, facts)
    processing_fee_settle(payment, items)


def _order_fulfil(order: Order, items: list[OrderItem], payment: Payment, facts: SessionFacts) -> None:
    if order.stripe_session_id is None:
        order.stripe_session_id = facts.id  # the process died between Stripe's answer and our note of it
    order.paid_at, order.country = clock.now(), facts.country
    ledger.sale_book(order, items)
    if order.closed_at:
        coupon_retake(order=order)
    bought_again = _grant_and_mark_paid(order, items)
    for item in bought_again:
        if not item.net_amount:
            continue
        refund_write(
            payment=payment,
            amount=item.net_amount,
            reason=RefundReason.SURPLUS_PAYMENT,
            parts=[(item, item.net_amount)],
        )


def _grant_and_mark_paid(order: Order, items: list[OrderItem]) -> list[OrderItem]:
    """Mark paid and grant; returns the items the buyer owns already by another order.

    A gift is granted to nobody before it is claimed.
    """
    now = order.paid_at or clock.now()
    owned = set() if order.is_gift else _owned_of(order, items)
    for_buyer = [] if order.is_gift else [item for item in items if item.listing_id not in owned]
    Entitlement.objects.bulk_create(
        Entitlement(
            buyer_id=order.buyer_id,
            listing_id=item.listing_id,
            version_id=item.version_id,
            item=item,
            granted_at=now,
        )
        for item in for_buyer
    )
    order.move_to(OrderStatus.PAID)
    order.paid_at = order.delivered_at = now
    order.closed_at, order.payment_problem = None, ""
    order.save(
        update_fields=[
            "status",
            "paid_at",
            "delivered_at",
            "closed_at",
            "payment_problem",
            "country",
            "stripe_session_id",
        ]
    )
    OrderItem.objects.filter(order=order).update(paid_at=now)
    Delivery.objects.create(order=order, granted_at=now)
    enqueue_on_commit("payments.delivery_finish", str(order.pk))
    payload = {"buyer": order.buyer_id, "listings": [item.listing_id for item in items]}
    message_publish("order_paid", subject=order.pk, payload=payload)
    if order.is_gift:
        gift_paid(order=order)
    return [item for item in items if item.listing_id in owned]


def _owned_of(order: Order, items: Sequence[OrderItem]) -> set[int]:
    listing_ids = [item.listing_id for item in items]
    owned = Entitlement.objects.filter(buyer_id=order.buyer_id, listing__in=listing_ids, revoked_at=None)
    return set(owned.values_list("listing_id", flat=True))


def processing_fee_note(*, payment: Payment, amount: int) -> None:
    """Book what Stripe kept of a payment, once it is known. Locks the order; see processing_fee_settle."""
    with transaction.atomic():
        order_lock(payment.order_id)
        payment.refresh_from_db()
        _processing_fee_note(payment, amount)


def _processing_fee_note(payment: Payment, amount: int | None) -> None:
    if payment.processing_fee_amount is None and amount is not None:
        payment.processing_fee_amount = amount
        payment.save(update_fields=["processing_fee_amount"])
        processing_fee_settle(payment)


def _note_unpaid(order: Order, facts: SessionFacts) -> None:
    """Complete but unpaid is a delayed method: still settling, or failed. Expired ends the order."""
    if order.status != OrderStatus.PENDING or order.stripe_session_id not in (None, facts.id):
        return
    order.stripe_session_id, order.checkout_url = facts.id, facts.url or ""
    if facts.status == "expired":
        order.move_to(OrderStatus.EXPIRED)
        order.closed_at = clock.now()
        coupon_release(order=order)
    elif facts.status == "complete" and facts.payment_intent_status == "requires_payment_method":
        order.move_to(OrderStatus.CANCELED)
        order.closed_at, order.payment_problem = clock.now(), FAILED_LATER
        coupon_release(order=order)
        message_publish("payment_failed", subject=order.pk)
    elif facts.status == "complete":
        order.payment_problem = SETTLING
    order.save(update_fields=["status", "closed_at", "payment_problem", "stripe_session_id", "checkout_url"])


def payment_problem_note(*, order_id: str, problem: str) -> None:
    """Remember why the last try to pay was refused, to say so on the order's page. Locks the order."""
    with transaction.atomic():
        order = order_lock(order_id)
        if order.status == OrderStatus.PENDING and order.payment_problem != SETTLING:
            order.payment_problem = problem[:30]
            order.save(update_fields=["payment_problem"])
