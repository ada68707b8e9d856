"""Every lock of the money path, each by primary key.

Their order: buyer, order, refund claim, refund, dispute, item, entitlement. A coupon is locked after its
buyer, by new orders alone. A gift's two people are locked together, by primary key, before
its order; the gift after it.

A payout locks its seller, then itself, and nothing of the above. A refund that a buyer or seller asks for
locks the sellers after all of the above.

Each must be called inside a transaction and returns fresh rows: re-check what you knew before.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from accounts.models import SellerProfile, User
from common.errors import NotFound
from payments.models import (
    ConnectedAccount,
    Coupon,
    Dispute,
    Entitlement,
    Gift,
    Order,
    OrderItem,
    Payment,
    Payout,
    Refund,
    RefundClaim,
)


def buyer_lock(buyer_id: int) -> User:
    """One purchase at a time per buyer. Does not block rows that merely point at the user."""
    return User.objects.select_for_update(no_key=True).get(pk=buyer_id)


def people_lock(user_ids: Collection[int]) -> None:
    """Giver and claimer of a gift, in one order whoever they are, before the order."""
    list(User.objects.select_for_update(no_key=True).filter(pk__in=user_ids).order_by("pk").values("pk"))


def gift_lock(gift_id: Any) -> Gift:
    """The caller holds the order's lock."""
    return Gift.objects.select_for_update().get(pk=gift_id)


def coupon_lock(code: str) -> None:
    """One order at a time takes a coupon; nothing if there is none by this code."""
    Coupon.objects.select_for_update(no_key=True).filter(code=code).first()


def order_lock(order_id: Any) -> Order:
    """The order, its buyer locked first: two orders of one buyer must not grant the same listing."""
    buyers = User.objects.select_for_update(of=("self",), no_key=True)
    buyer = buyers.filter(orders=order_id).first()
    if buyer is None:
        raise NotFound(_("There is no such order."), code="order_not_found")
    order = Order.objects.select_for_update().get(pk=order_id)
    order.buyer = buyer
    return order


def order_items_lock(order: Order) -> list[OrderItem]:
    return list(OrderItem.objects.select_for_update().filter(order=order).order_by("pk"))


def entitlements_lock(items: Sequence[OrderItem]) -> list[Entitlement]:
    """What these items granted, so that nobody opens the text while its refund is being decided."""
    return list(Entitlement.objects.select_for_update().filter(item__in=items).order_by("pk"))


def payment_of_order(order: Order) -> Payment | None:
    """The payment that settled the order; the order's lock covers it."""
    return order.payments.filter(is_surplus=False).first()


def refund_lock(refund_id: Any) -> tuple[Order, Refund]:
    """A refund with its order locked first."""
    order_id = Refund.objects.values_list("payment__order_id", flat=True).get(pk=refund_id)
    order = order_lock(order_id)
    refund = Refund.objects.select_for_update(of=("self",)).select_related("payment").get(pk=refund_id)
    return order, refund


def claim_lock(claim_id: Any) -> RefundClaim:
    """A buyer's refund claim with its order locked first."""
    order_id = RefundClaim.objects.values_list("item__order", flat=True).get(pk=claim_id)
    order = order_lock(order_id)
    claims = RefundClaim.objects.select_for_update(of=("self",)).select_related("item__seller__user", "buyer")
    claim = claims.get(pk=claim_id)
    claim.item.order = order
    return claim


def disputes_lock(payment: Payment) -> list[Dispute]:
    """All disputes of a payment, oldest first; the caller holds the order's lock."""
    found = Dispute.objects.select_for_update().filter(payment=payment)
    return sorted(found, key=lambda dispute: (dispute.opened_at, dispute.stripe_dispute_id))


def seller_lock(seller_id: int) -> SellerProfile:
    """One payout at a time per seller. Does not block rows that merely point at the seller."""
    return SellerProfile.objects.select_for_update(no_key=True).get(pk=seller_id)


def payout_lock(payout_id: Any) -> Payout:
    """A payout with its seller locked first."""
    seller_id = Payout.objects.values_list("seller_id", flat=True).get(pk=payout_id)
    seller_lock(seller_id)
    return (
        Payout.objects.select_for_update(of=("self",)).select_related("account", "seller").get(pk=payout_id)
    )


def account_lock(account_id: int) -> ConnectedAccount:
    """A seller's account at Stripe, alone: what Stripe says of it is written by one at a time."""
    accounts = ConnectedAccount.objects.select_for_update(of=("self",))
    return accounts.select_related("seller").get(pk=account_id)


@contextmanager
def single_flight(name: str) -> Iterator[bool]:
    """True for the only one who is at `name` now, in all processes. Not a row's lock, and no transaction.

    PostgreSQL frees it when the connection ends, however its process died.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [name])
        [is_alone] = cursor.fetchone()
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [name])
