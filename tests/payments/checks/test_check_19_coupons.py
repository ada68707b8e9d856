"""Check 19, its last sentence: a coupon is used as often as it may be, and by each buyer once."""

import threading
from typing import Any

import pytest
from django.db import connection

from common.errors import DomainError
from payments.models import CouponUse
from payments.services import order_create
from payments.services.coupons import coupon_create
from tests.factories import UserFactory
from tests.payments.support import published_listing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("stripe_sandbox")]


def outcomes_at_once(code: str, tries: list[tuple[Any, Any]]) -> list[str]:
    """What becomes of orders made at once, each a buyer and a listing, with one coupon."""
    outcomes: list[str] = []
    start = threading.Barrier(len(tries))

    def use(buyer: Any, listing: Any) -> None:
        start.wait()
        try:
            order = order_create(buyer=buyer, listing_slugs=[listing.slug], coupon_code=code)
            outcomes.append(order.status)
        except DomainError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=use, args=each) for each in tries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_check_19_fifty_at_once_use_a_coupon_as_often_as_it_may_be_used():
    listing = published_listing(price_amount=999)
    coupon_create(seller=listing.seller, code="THREE", percent=100, max_uses=3)

    outcomes = outcomes_at_once("THREE", [(buyer, listing) for buyer in UserFactory.create_batch(50)])

    assert sorted(set(outcomes)) == ["coupon_used_up", "paid"]
    assert outcomes.count("paid") == CouponUse.objects.filter(released_at=None).count() == 3


def test_check_19_one_buyer_with_twenty_orders_at_once_uses_a_coupon_once():
    seller = published_listing(price_amount=999).seller
    listings = [published_listing(price_amount=999, seller=seller) for _ in range(20)]
    coupon_create(seller=seller, code="ONCE", percent=100)
    buyer = UserFactory.create()

    outcomes = outcomes_at_once("ONCE", [(buyer, listing) for listing in listings])

    assert outcomes.count("paid") == 1
    assert outcomes.count("coupon_used") == 19
