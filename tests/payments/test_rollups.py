"""Sellers' days, summed up once or ten times, are the ledger's, whatever comes late or is lost."""

import datetime
from functools import reduce

import pytest
from django.db.models import Sum

from common import clock
from payments import tasks
from payments.models import (
    LedgerEntry,
    OrderItem,
    RefundReason,
    RollupMark,
    SellerDay,
    SellerDayPart,
    SellerListingDay,
)
from payments.services import checkout_return, order_create, refund_request, rollups
from payments.services.coupons import coupon_create
from payments.services.invariants import invariant_check
from payments.services.refunds import refund_send
from tests.factories import UserFactory
from tests.payments.disputing import bought, disputed
from tests.payments.support import pay, published_listing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stripe_sandbox")]

FIELDS = ("sales_count", "gross_amount", "fee_amount", "net_amount", "refunded_amount", "disputed_amount")


def sums(seller) -> dict[str, int]:
    return SellerDay.objects.filter(seller=seller).aggregate(**{name: Sum(name) for name in FIELDS})


def balance_change(seller) -> int:
    return -(LedgerEntry.objects.filter(seller=seller).aggregate(total=Sum("amount"))["total"] or 0)


def refunded(order, amount=None):
    refund = refund_request(order=order, by=None, reason=RefundReason.MODERATOR, amount=amount)
    refund_send(refund_id=refund.pk)


def tomorrow(monkeypatch, days=1):
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + datetime.timedelta(days=days))


def test_a_day_is_what_the_ledger_says_and_summing_it_up_again_changes_nothing():
    order = bought(999)
    seller = order.items.get().seller
    refunded(order, 333)
    rows = [(tasks.days_roll(), list(SellerDay.objects.values()))[1] for _ in range(3)]
    assert sums(seller) == {
        "sales_count": 1,
        "gross_amount": 999,
        "fee_amount": 199,
        "net_amount": 800,
        "refunded_amount": 267,
        "disputed_amount": 0,
    }
    assert balance_change(seller) == 800 - 267
    assert len({len(each) for each in rows}) == 1
    assert SellerListingDay.objects.get(seller=seller).net_amount == 800


def test_a_late_refund_and_a_late_dispute_fall_on_the_day_they_are_booked(monkeypatch):
    first, second = bought(999), bought(499)
    tasks.days_roll()
    tomorrow(monkeypatch)
    refunded(first)
    disputed(second)
    tasks.days_roll()
    for order, name, amount in ((first, "refunded_amount", 800), (second, "disputed_amount", 400)):
        days = list(SellerDay.objects.filter(seller=order.items.get().seller).order_by("day"))
        assert [getattr(day, name) for day in days] == [0, amount]
        assert [day.sales_count for day in days] == [1, 0]
    tomorrow(monkeypatch)
    assert invariant_check(name="sellers_days_are_as_booked", since=None) == []


def test_a_run_that_was_lost_is_made_up_for_by_the_next_and_by_the_sweep(monkeypatch):
    seller = bought(999).items.get().seller
    RollupMark.objects.create(journal_id=10**9, item_id=10**9)  # a run that said so and did nothing
    RollupMark.objects.update(made_at=clock.now() - datetime.timedelta(hours=1))
    tasks.days_roll()
    assert sums(seller)["sales_count"] is None
    tasks.days_sweep()
    assert sums(seller)["net_amount"] == 800


def test_what_differs_from_the_ledger_is_found_and_mended(monkeypatch):
    order = bought(999)
    seller = order.items.get().seller
    tasks.days_roll()
    SellerDay.objects.filter(seller=seller).update(net_amount=801, gross_amount=1000)
    tomorrow(monkeypatch, days=2)
    [found] = invariant_check(name="sellers_days_are_as_booked", since=None)
    assert (found.expected_amount, found.found_amount) == (800, 801)
    tasks.days_mend()
    assert sums(seller)["net_amount"] == 800
    assert invariant_check(name="sellers_days_are_as_booked", since=None) == []


def test_what_is_given_away_counts_though_it_books_nothing():
    listing = published_listing(price_amount=0)
    order_create(buyer=UserFactory(), listing_slugs=[listing.slug])
    RollupMark.objects.create(journal_id=0, item_id=0)
    tasks.days_roll()
    assert sums(listing.seller)["sales_count"] == 1


def test_an_order_may_come_to_light_after_one_with_a_higher_number(monkeypatch):
    """Ids are given before the commit: a run begins at a mark some minutes old."""
    order = bought(999)
    tasks.days_roll()
    SellerDay.objects.all().delete()
    tasks.days_roll()
    assert sums(order.items.get().seller)["sales_count"] == 1


def test_sources_countries_and_coupons_have_their_parts():
    listing = published_listing(price_amount=1000)
    coupon_create(seller=listing.seller, code="HALF", percent=50)
    for coupon in ("", "HALF"):
        order = order_create(buyer=UserFactory(), listing_slugs=[listing.slug], coupon_code=coupon)
        pay(order)
        checkout_return(session_id=str(order.stripe_session_id), buyer=order.buyer)
    tasks.days_roll()
    parts = {
        (part.kind, part.name): (part.sales_count, part.net_amount, part.discount_amount)
        for part in SellerDayPart.objects.filter(seller=listing.seller)
    }
    assert parts[("source", "site")] == (2, 1200, 500)
    assert parts[("country", "US")] == (2, 1200, 500)
    assert parts[("coupon", "HALF")] == (1, 400, 500)


def test_days_are_those_of_utc(monkeypatch):
    order = bought(999)
    item = order.items.get()
    at = datetime.datetime(2026, 3, 1, 23, 59, 59, tzinfo=datetime.UTC)
    OrderItem.objects.filter(pk=item.pk).update(paid_at=at)
    rollups.days_sum_up(
        [(item.seller_id, datetime.date(2026, 3, 1)), (item.seller_id, datetime.date(2026, 3, 2))]
    )
    by_day = dict(SellerDay.objects.values_list("day", "sales_count"))
    assert by_day == {datetime.date(2026, 3, 1): 1, datetime.date(2026, 3, 2): 0}


def test_many_days_are_summed_up_in_portions(monkeypatch):
    monkeypatch.setattr(rollups, "DAYS_AT_ONCE", 1)
    sellers = [bought(price).items.get().seller for price in (999, 599)]
    assert rollups.days_roll() == 2
    assert reduce(int.__add__, (sums(seller)["sales_count"] for seller in sellers)) == 2
