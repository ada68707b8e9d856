"""Honest books with one of everything, and the owner's hand to spoil them."""

from dataclasses import dataclass
from typing import Any

import psycopg

from payments import ledger
from payments.models import Order, OrderItem, Payment, Refund, RefundReason
from payments.services import order_create, refund_request
from payments.services.coupons import coupon_create
from payments.services.earnings import earnings_release
from payments.services.payout_reversals import payout_reversal_send, payout_reverse
from payments.services.refunds import refund_send
from tests.factories import UserFactory
from tests.payments import paying_out
from tests.payments.disputing import bought, disputed
from tests.payments.support import published_listing

GUARDED = ("payments_journal", "payments_ledgerentry")


@dataclass
class Books:
    """`ids` are rows that statements may name."""

    owner: psycopg.Connection
    ids: dict[str, Any]

    def spoil(self, statement: str) -> None:
        """As the owner, whom the guards of the ledger are made to let through."""
        for table in GUARDED:
            self.owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        try:
            done = self.owner.execute(statement, self.ids)
            assert done.rowcount > 0, "nothing was spoiled"
        finally:
            for table in GUARDED:
                self.owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def honest_books(owner: psycopg.Connection) -> Books:
    """A sale given back in part, one in whole, a dispute, a payout taken back in part, a surplus, a gift,
    and one sale that the platform's coupon paid for.
    """
    order = bought(999, 499)
    first, second = order.items.order_by("pk")
    earnings_release(item_id=first.pk)
    _refunded(order, 100)
    returned = bought(599)
    _refunded(returned)
    surplus = Payment.objects.create(
        order=order, stripe_payment_intent_id="pi_again", amount=1498, currency="usd", is_surplus=True
    )
    ledger.surplus_book(surplus)
    payout = paying_out.sent(paying_out.asked(seller := paying_out.seller_with(4800)))
    staff = UserFactory(staff=True, is_superuser=True)
    reversal = payout_reverse(payout=payout, amount=500, by=staff, note="")
    payout_reversal_send(reversal_id=reversal.pk)
    gift = order_create(buyer=UserFactory(), listing_slugs=[published_listing(price_amount=0).slug])
    coupon_create(seller=None, code="ALL", percent=100)
    given_listing = published_listing(price_amount=999)
    given = order_create(buyer=UserFactory(), listing_slugs=[given_listing.slug], coupon_code="ALL")
    return Books(
        owner,
        {
            "order": order.pk,
            "released": first.pk,
            "pending": second.pk,
            "payment": Payment.objects.get(order=order, is_surplus=False).pk,
            "surplus": surplus.pk,
            "refund": Refund.objects.get(payment__order=order).pk,
            "returned": returned.items.get().pk,
            "dispute": disputed(bought(799)).pk,
            "payout": payout.pk,
            "seller": seller.pk,
            "sold": OrderItem.objects.get(seller=seller).pk,
            "gift": gift.pk,
            "given": given.pk,
            "somebody": UserFactory().pk,
        },
    )


def _refunded(order: Order, amount: int | None = None) -> None:
    refund = refund_request(order=order, by=None, reason=RefundReason.MODERATOR, amount=amount)
    refund_send(refund_id=refund.pk)
