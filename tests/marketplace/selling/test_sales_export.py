"""The file of all sales: the seller's own, whole, and equal to the ledger."""

import csv

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import SellerProfile
from payments.models import RefundReason
from payments.queries import seller_balance, seller_totals
from payments.services import checkout_return, refund_request
from payments.services.refunds import refund_send
from tests.factories import SellerProfileFactory, UserFactory
from tests.marketplace.selling.sales import sold
from tests.payments.support import ordered, pay, published_listing

pytestmark = pytest.mark.django_db


def export(seller: SellerProfile) -> list[dict[str, str]]:
    client = Client()
    client.force_login(seller.user)
    answer = client.get(reverse("studio_sales_csv"))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(text.splitlines()))


def test_what_is_kept_sums_to_the_balance_and_the_page(stripe_sandbox):
    seller, buyer = SellerProfileFactory(), UserFactory()
    for price, refunded in ((300, 0), (999, 333), (499, 499)):
        order = ordered(buyer, published_listing(seller=seller, price_amount=price))
        pay(order)
        order = checkout_return(session_id=str(order.stripe_session_id), buyer=buyer)
        if refunded:
            refund = refund_request(order=order, by=None, reason=RefundReason.MODERATOR, amount=refunded)
            refund_send(refund_id=refund.pk)
    rows = export(seller)
    balance, totals = seller_balance(seller), seller_totals(seller)
    assert [row["refunded_amount"] for row in rows] == ["0", "333", "499"]
    assert sum(int(row["kept_amount"]) for row in rows) == balance.pending_amount + balance.available_amount
    assert sum(int(row["seller_amount"]) for row in rows) == totals.net_amount
    assert sum(int(row["platform_fee_amount"]) for row in rows) == totals.fee_amount


def test_a_seller_gets_own_sales_only():
    mine, other = published_listing(), published_listing()
    sold(mine)
    sold(other)
    assert [row["listing_slug"] for row in export(mine.seller)] == [mine.slug]


def test_a_title_is_no_formula_for_a_spreadsheet():
    listing = published_listing(title="=HYPERLINK(1)")
    sold(listing)
    assert export(listing.seller)[0]["title"] == "'=HYPERLINK(1)"


def test_more_sales_ask_no_more_of_the_database(django_assert_max_num_queries):
    listing = published_listing()
    for _ in range(5):
        sold(published_listing(seller=listing.seller))
    client = Client()
    client.force_login(listing.seller.user)
    with django_assert_max_num_queries(8):
        list(client.get(reverse("studio_sales_csv")).streaming_content)
