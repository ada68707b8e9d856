"""Sales as they stand in the database once an order is paid, without the way there."""

import datetime

from common import clock
from common.money import platform_fee_amount
from listings.models import Listing
from payments.ledger import earnings_release_book, sale_book
from payments.models import Order, OrderItem, OrderStatus, Payment, Refund, RefundItem, RefundStatus
from tests.factories import UserFactory


def sold(listing: Listing, *, is_released: bool = False, refunded_amount: int = 0) -> OrderItem:
    """A paid order of one listing, booked; released or refunded where asked."""
    amount, now = listing.price_amount, clock.now()
    fee = platform_fee_amount(amount, 2000)
    order = Order.objects.create(
        buyer=UserFactory(),
        status=OrderStatus.PAID,
        subtotal_amount=amount,
        total_amount=amount,
        expires_at=now + datetime.timedelta(hours=1),
        paid_at=now,
    )
    item = OrderItem.objects.create(
        order=order,
        listing=listing,
        version=listing.published_version,
        seller=listing.seller,
        title=listing.title,
        license=listing.license,
        unit_amount=amount,
        platform_fee_amount=fee,
        seller_amount=amount - fee,
        paid_at=now,
    )
    sale_book(order, [item])
    if is_released:
        item.earnings_released_at = now
        item.save()
        earnings_release_book(item, item.seller_amount)
    if refunded_amount:
        _refunded(item, refunded_amount)
    return item


def _refunded(item: OrderItem, amount: int) -> None:
    payment = Payment.objects.create(
        order=item.order, stripe_payment_intent_id=f"pi_{item.pk}", amount=item.unit_amount, currency="usd"
    )
    refund = Refund.objects.create(
        payment=payment, amount=amount, currency="usd", reason="buyer_request", status=RefundStatus.SUCCEEDED
    )
    fee = platform_fee_amount(amount, 2000)
    RefundItem.objects.create(
        refund=refund, item=item, amount=amount, platform_fee_amount=fee, seller_amount=amount - fee
    )
