"""Coupons: who may use which, how often, and what becomes of the money."""

import datetime
from typing import Any

import pytest

from common import clock
from common.errors import InvalidInput
from payments.models import Coupon, CouponUse, Order, OrderStatus, RefundReason
from payments.queries import seller_balance
from payments.services import checkout_return, order_cancel, order_create
from payments.services.coupons import coupon_active_set, coupon_create
from payments.services.earnings import earnings_release
from payments.services.invariants import invariants_check
from payments.services.refunds import refund_request
from tests.factories import SellerProfileFactory, UserFactory
from tests.payments.disputing import bank, disputed
from tests.payments.support import balances, books_are_balanced, pay, published_listing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("stripe_sandbox")]


def buy(listing: Any, code: str, buyer: Any = None) -> Order:
    return order_create(buyer=buyer or UserFactory(), listing_slugs=[listing.slug], coupon_code=code)


def settled(order: Order) -> Order:
    pay(order)
    return checkout_return(session_id=str(order.stripe_session_id), buyer=order.buyer)


def refused(listing: Any, code: str, buyer: Any = None) -> str:
    with pytest.raises(InvalidInput) as caught:
        buy(listing, code, buyer)
    assert list(caught.value.errors) == ["coupon"]
    return caught.value.code


def test_a_sellers_coupon_lowers_the_price_and_the_sellers_base() -> None:
    listing = published_listing(price_amount=999)
    coupon_create(seller=listing.seller, code=" autumn10 ", percent=10)

    order = settled(buy(listing, "Autumn10"))

    assert (order.subtotal_amount, order.discount_amount, order.total_amount) == (999, 99, 900)
    assert balances() | {"processing_fees": 0} == {
        "stripe_clearing": 900 - balances()["processing_fees"],
        "processing_fees": 0,
        "seller_pending": -720,
        "platform_revenue": -180,
    }
    assert books_are_balanced()


def test_a_platforms_coupon_is_borne_by_the_platform_and_comes_back_with_a_refund() -> None:
    listing = published_listing(price_amount=1000)
    coupon_create(seller=None, code="WELCOME", percent=50)

    order = settled(buy(listing, "WELCOME"))
    sold = balances()
    refund_request(order=order, by=order.buyer, reason=RefundReason.BUYER_REQUEST, note="No use.")
    from payments.tasks import refund_send

    refund_send(str(order.payments.get().refunds.get().pk))

    assert (sold["seller_pending"], sold["platform_revenue"]) == (-800, 300)
    after = balances()
    assert (after.get("seller_pending", 0), after.get("platform_revenue", 0)) == (0, 0)
    assert books_are_balanced()


def test_a_whole_discount_makes_a_free_order_that_is_delivered_at_once() -> None:
    listing = published_listing(price_amount=999)
    coupon_create(seller=listing.seller, code="GIFT", percent=100)
    order = buy(listing, "GIFT")
    assert (order.status, order.total_amount, order.checkout_url) == (OrderStatus.PAID, 0, "")


def test_what_the_platforms_coupon_pays_for_in_full_is_owed_to_the_seller() -> None:
    listing = published_listing(price_amount=999)
    coupon_create(seller=None, code="ALL", percent=100)
    order = buy(listing, "ALL")
    assert (order.status, order.total_amount) == (OrderStatus.PAID, 0)
    assert balances() == {"seller_pending": -800, "platform_revenue": 800}
    assert invariants_check(since=None) == []

    earnings_release(item_id=order.items.get().pk)
    assert seller_balance(listing.seller).available_amount == 800
    assert invariants_check(since=None) == []


def test_a_total_below_stripes_minimum_is_refused_and_says_what_to_do() -> None:
    listing = published_listing(price_amount=400)
    coupon_create(seller=listing.seller, code="NEARLY", percent=90)
    with pytest.raises(InvalidInput, match=r"\$0\.40.*\$0\.50") as caught:
        buy(listing, "NEARLY")
    assert caught.value.code == "total_too_low"


def test_who_may_not_use_a_coupon_is_told_why() -> None:
    listing, other = published_listing(price_amount=999), published_listing(price_amount=999)
    seller = listing.seller
    coupon_create(seller=seller, code="OWN", percent=10)
    coupon_create(seller=seller, code="STOPPED", percent=10)
    coupon_active_set(seller=seller, code="STOPPED", is_active=False)
    tomorrow = clock.now() + datetime.timedelta(days=1)
    late = coupon_create(seller=seller, code="LATE", percent=10, ends_at=tomorrow)
    Coupon.objects.filter(pk=late.pk).update(
        starts_at=clock.now() - datetime.timedelta(days=2), ends_at=clock.now() - datetime.timedelta(days=1)
    )
    Coupon.objects.create(code="SOON", seller=seller, percent=10, starts_at=tomorrow)

    assert refused(listing, "NOPE") == "coupon_unknown"
    assert refused(other, "OWN") == "coupon_not_for_these"
    assert refused(listing, "STOPPED") == "coupon_over"
    assert refused(listing, "LATE") == "coupon_over"
    assert refused(listing, "SOON") == "coupon_not_yet"


def test_a_coupon_is_used_once_by_each_buyer_and_free_again_when_the_order_ends_unpaid() -> None:
    listing, other = published_listing(price_amount=999), None
    other = published_listing(price_amount=999, seller=listing.seller)
    coupon_create(seller=listing.seller, code="ONCE", percent=10)
    buyer = UserFactory()

    first = buy(listing, "ONCE", buyer)
    second = buy(other, "ONCE", buyer)  # takes the coupon from the one that waits
    first.refresh_from_db()
    assert (first.status, second.status) == (OrderStatus.CANCELED, OrderStatus.PENDING)
    assert buy(other, "ONCE", buyer).pk == second.pk

    order_cancel(order=second)
    third = settled(buy(listing, "ONCE", buyer))
    assert third.status == OrderStatus.PAID
    assert refused(other, "ONCE", buyer) == "coupon_used"


def test_what_was_paid_late_stands_and_counts_again() -> None:
    listing = published_listing(price_amount=999)
    coupon_create(seller=listing.seller, code="LATELY", percent=10, max_uses=1)
    order = buy(listing, "LATELY")
    pay(order)
    order_cancel(order=order)
    assert CouponUse.objects.get(order=order).released_at

    order = checkout_return(session_id=str(order.stripe_session_id), buyer=order.buyer)

    assert order.status == OrderStatus.PAID
    assert refused(listing, "LATELY") == "coupon_used_up"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"code": "x", "percent": 10}, "code"),
        ({"code": "with space", "percent": 10}, "code"),
        ({"code": "BOTH", "percent": 10, "amount": 100}, "percent"),
        ({"code": "NONE"}, "percent"),
        ({"code": "MUCH", "percent": 101}, "percent"),
        ({"code": "ZERO", "amount": 0}, "amount"),
        ({"code": "NEVER", "percent": 10, "max_uses": 0}, "max_uses"),
        ({"code": "FOREIGN", "percent": 10, "listing_slugs": ["somebody-elses"]}, "listings"),
    ],
)
def test_a_coupon_that_makes_no_sense_names_the_field(given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        coupon_create(seller=SellerProfileFactory(), **given)
    assert list(caught.value.errors) == [field]


def test_a_code_is_taken_once_for_all_sellers() -> None:
    coupon_create(seller=SellerProfileFactory(), code="TAKEN", percent=10)
    with pytest.raises(InvalidInput) as caught:
        coupon_create(seller=SellerProfileFactory(), code="taken", percent=20)
    assert caught.value.code == "coupon_code_taken"


def test_a_lost_dispute_undoes_a_sale_with_the_platforms_coupon_for_everyone() -> None:
    """The bank takes 500 of $9.99; the seller's whole share goes, and our part of the price comes back."""
    listing = published_listing(price_amount=999)
    coupon_create(seller=None, code="WELCOME", percent=50)
    order = settled(buy(listing, "WELCOME"))
    dispute = bank(disputed(order), "close", outcome="lost")
    share = order.items.get().seller_amount
    assert (order.total_amount, share) == (500, 800)
    assert dispute.platform_loss_amount == 500 - 800
    assert balances().get("seller_pending", 0) == 0
    assert balances().get("disputes_held", 0) == 0
    assert books_are_balanced()
    assert invariants_check(since=None) == []
