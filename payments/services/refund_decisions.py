"""Refunds that somebody else than the buyer decides on: the seller of an item, or a moderator."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.models import SellerProfile, User
from accounts.services import audit_record
from payments.locks import order_lock, payment_of_order
from payments.models import Order, OrderItem, Refund, RefundReason
from payments.queries import sale_get
from payments.services.refund_rows import item_left_amount, refundable_amount
from payments.services.refunds import refund_changed, refund_request


@dataclass(frozen=True, slots=True)
class Refundable:
    """What can be given back now, in minor units: of what was asked about, and of the whole payment."""

    left_amount: int
    payment_amount: int


def refundable_of(order: Order, item: OrderItem | None = None) -> Refundable:
    """What can be given back of an order, or of one item of it."""
    payment = payment_of_order(order)
    if payment is None or not order.is_paid:
        return Refundable(0, 0)
    of_payment = refundable_amount(payment)
    items = [item] if item is not None else list(order.items.all())
    return Refundable(max(min(sum(map(item_left_amount, items)), of_payment), 0), of_payment)


def sale_refund(
    *,
    seller: SellerProfile,
    item_id: int,
    amount: int | None = None,
    note: str = "",
    seen_left: int | None = None,
) -> Refund:
    """A seller gives `amount` minor units (all that is left, if None) of an own sale back to its buyer.

    `seen_left` is what was left of this sale when the seller looked: the second of two clicks is refused.
    What is left of the whole payment is none of the seller's business, for others sold in the same order.

    The seller returns the share, the platform its fee, and bears the processing fee that Stripe keeps.
    Locks the order. Raises NotFound (`sale_not_found`) to other sellers, and what refund_request raises.
    """
    with transaction.atomic():
        item = sale_get(seller, item_id)
        order = order_lock(item.order_id)
        if seen_left not in (None, refundable_of(order, item).left_amount):
            raise refund_changed()
        return refund_request(
            order=order, by=seller.user, reason=RefundReason.SELLER, item=item, amount=amount, note=note
        )


def order_refund(
    *,
    order: Order,
    by: User,
    item: OrderItem | None = None,
    amount: int | None = None,
    note: str = "",
    seen_refundable: int | None = None,
) -> Refund:
    """A moderator gives an order, an item or a part of either back, on record. Fees and errors as above."""
    with transaction.atomic():
        refund = refund_request(
            order=order,
            by=by,
            reason=RefundReason.MODERATOR,
            item=item,
            amount=amount,
            note=note,
            seen_refundable=seen_refundable,
        )
        detail: dict[str, Any] = {"refund": str(refund.pk), "amount": refund.amount, "note": note}
        audit_record(actor=by, action="order.refunded", subject=order, detail=detail)
    return refund
