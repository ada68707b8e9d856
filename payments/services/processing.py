"""What Stripe kept of a payment, and who bears it."""

from collections.abc import Sequence

from common.money import spread
from payments import ledger
from payments.locks import order_items_lock
from payments.models import OrderItem, Payment


def processing_fee_settle(payment: Payment, items: Sequence[OrderItem] | None = None) -> None:
    """Book the fee of a payment, once it is known; the caller holds the order's lock.

    The platform bears it, but for what was sold by a seller's own link: there the seller bears the part that
    falls on the item, by the largest remainder of what was paid. A refund does not give it back.
    """
    ledger.processing_fee_book(payment)
    if payment.is_surplus or not payment.processing_fee_amount:
        return
    items = order_items_lock(payment.order) if items is None else items
    if not any(item.is_own_link for item in items):
        return
    parts = spread(payment.processing_fee_amount, [item.net_amount for item in items])
    borne = [(item, part) for item, part in zip(items, parts, strict=True) if item.is_own_link and part]
    if ledger.processing_borne_book(payment, borne):
        for item, part in borne:
            item.processing_fee_amount = part
            item.save(update_fields=["processing_fee_amount"])
