"""The insights page and the API's stats: one set of figures, equal to the ledger's."""

import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Scope
from accounts.services import token_create
from common import clock
from listings.models import SellerViewsDay
from marketplace.overview import COUNTRY_SALES, overview_of
from payments.models import OrderItem
from payments.queries import seller_balance
from payments.queries_stats import Days, figures_by_day, figures_sum
from payments.services import checkout_return, order_create
from payments.services.coupons import coupon_create
from payments.services.rollups import days_roll
from tests.factories import SellerProfileFactory, UserFactory
from tests.payments.support import pay, published_listing


def sold(listing, coupon=""):
    order = order_create(buyer=UserFactory(), listing_slugs=[listing.slug], coupon_code=coupon)
    pay(order)
    return checkout_return(session_id=str(order.stripe_session_id), buyer=order.buyer)


def figures(seller, days):
    days_roll()
    return figures_sum(figures_by_day(seller, days).values())


@pytest.fixture
def listing(stripe_sandbox, db):
    return published_listing(price_amount=999)


def test_the_figures_are_the_ledgers_whoever_bears_a_discount(listing):
    seller = listing.seller
    coupon_create(seller=None, code="OURS", percent=50)
    coupon_create(seller=seller, code="THEIRS", percent=10)
    for coupon in ("", "OURS", "THEIRS"):
        sold(listing, coupon)
    found = figures(seller, Days.until_today(1))
    assert found.sales_count == 3
    assert found.net_amount == seller_balance(seller).pending_amount == 800 + 800 + 720
    assert found.gross_amount - found.fee_amount == found.net_amount
    assert found.discount_amount == 99


def test_each_day_has_its_sales_and_the_days_before_are_apart(listing):
    seller, now = listing.seller, clock.now()
    for days_ago in (0, 0, 3, 10):
        item = sold(listing).items.get()
        OrderItem.objects.filter(pk=item.pk).update(paid_at=now - datetime.timedelta(days=days_ago))
    week = Days.until_today(7)
    assert figures(seller, week).sales_count == 3
    by_day = overview_of(seller, week).sales
    assert [day.sales_count for day in by_day.values()] == [0, 0, 0, 1, 0, 0, 2]
    assert figures(seller, week.before).sales_count == overview_of(seller, week).before.sales.sales_count == 1


def test_page_and_api_show_the_same(listing):
    seller = listing.seller
    sold(listing)
    days_roll()
    today = Days.until_today(1).last
    SellerViewsDay.objects.create(seller=seller, day=today, source="search", views=40)
    client = Client()
    client.force_login(seller.user)
    page = client.get("/sell/?days=7").content.decode()
    _row, token = token_create(user=seller.user, name="t", scopes=[Scope.SALES_READ])
    api = Client(headers={"Authorization": f"Bearer {token}"})
    stats = api.get(f"/api/v1/seller/stats/?to={today}").json()
    assert stats["figures"] == {
        "sales_count": 1,
        "gross_amount": 999,
        "fee_amount": 199,
        "net_amount": 800,
        "discount_amount": 0,
        "processing_amount": 0,
        "refunded_amount": 0,
        "disputed_amount": 0,
        "kept_amount": 800,
        "views_count": 40,
    }
    assert stats["sources"] == {"search": 40}
    assert stats["best_listings"] == [
        {"listing": listing.slug, "sales_count": 1, "net_amount": 800, "views_count": 0}
    ]
    assert [(part["name"], part["sales_count"]) for part in stats["countries"]] == [("", 1)]
    assert stats["sale_sources"][0]["name"] == "site"
    assert len(stats["days"]) == 30
    assert "$8.00" in page
    assert "2.5" in page  # one sale of forty visitors
    assert "<rect" in page


@pytest.mark.parametrize("query", ["from=yesterday", "from=2026-02-01&to=2026-01-01", "from=2020-01-01"])
def test_days_that_make_no_sense_name_the_field(query, db):
    seller = SellerProfileFactory()
    _row, token = token_create(user=seller.user, name="t", scopes=[Scope.SALES_READ])
    answer = Client(headers={"Authorization": f"Bearer {token}"}).get(f"/api/v1/seller/stats/?{query}")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["from"])


def test_a_seller_without_sales_is_told_so(db, client):
    client.force_login(SellerProfileFactory().user)
    page = client.get("/sell/?days=nonsense").content.decode()
    assert "Nothing was sold on these days." in page


def test_any_days_can_be_asked_for_and_what_makes_no_sense_is_said(db, client):
    client.force_login(SellerProfileFactory().user)
    page = client.get("/sell/?from=2026-01-01&to=2026-03-31").content.decode()
    assert "Jan. 1, 2026 to March 31, 2026" in page
    page = client.get("/sell/?from=2026-03-31&to=2026-01-01").content.decode()
    assert "The first day must not be after the last." in page
    page = client.get("/sell/?from=2016-03-31&to=2026-01-01").content.decode()
    assert "at most 1100 days" in page
    assert 'value="2016-03-31"' in page


def test_more_sales_days_and_listings_cost_no_more_statements(listing, client):
    client.force_login(listing.seller.user)
    sold(listing)
    days_roll()
    client.get("/sell/?days=365")
    with CaptureQueriesContext(connection) as before:
        client.get("/sell/?days=365")
    now = clock.now()
    for days_ago in (1, 2, 40):
        item = sold(published_listing(price_amount=599, seller=listing.seller)).items.get()
        OrderItem.objects.filter(pk=item.pk).update(paid_at=now - datetime.timedelta(days=days_ago))
    days_roll()
    client.get("/sell/?days=365")  # whatever is asked once and kept for a while
    with CaptureQueriesContext(connection) as after:
        client.get("/sell/?days=365")
    assert len(after) <= len(before)


def test_a_country_with_few_sales_is_not_named(listing, client):
    for _ in range(COUNTRY_SALES):
        sold(listing)
    days_roll()
    assert [part.name for part in overview_of(listing.seller, Days.until_today(1)).countries] == ["US"]


def test_nobody_sees_anothers_figures(listing):
    sold(listing)
    assert figures(SellerProfileFactory(), Days.until_today(1)).sales_count == 0
