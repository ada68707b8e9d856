"""Sold by the seller's own link: no platform fee; the seller bears the real processing fee, and keeps it."""

import datetime
from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from accounts.models import SellerProfile
from common import clock
from payments import gateway
from payments.models import (
    LedgerEntry,
    Order,
    OrderItem,
    Payment,
    RefundReason,
    SaleSource,
)
from payments.queries import seller_balance, seller_totals
from payments.queries_sales import seller_sale_lines
from payments.queries_stats import Days, figures_by_day, figures_sum
from payments.services import checkout_return, order_create, refund_request
from payments.services.coupons import coupon_create
from payments.services.earnings import earnings_release
from payments.services.invariants import invariants_check
from payments.services.order_restore import KeptItem, order_metadata
from payments.services.refunds import refund_send
from payments.services.rollups import days_roll
from payments.services.settlement import processing_fee_note
from tests.factories import UserFactory
from tests.payments.disputing import disputed
from tests.payments.support import balances, books_are_balanced, pay, published_listing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stripe_sandbox")]

OWN = SaleSource.OWN_LINK


def bought(*listings, own=(), coupon="") -> Order:
    order = order_create(
        buyer=UserFactory(),
        listing_slugs=[listing.slug for listing in listings],
        coupon_code=coupon,
        sources={listing.slug: OWN for listing in own},
    )
    pay(order)
    return checkout_return(session_id=str(order.stripe_session_id), buyer=order.buyer)


def refunded(order, amount=None):
    refund = refund_request(order=order, by=None, reason=RefundReason.MODERATOR, amount=amount)
    refund_send(refund_id=refund.pk)


def nothing_is_wrong() -> bool:
    return books_are_balanced() and invariants_check(since=None) == []


def test_the_seller_has_the_price_less_what_stripe_kept():
    listing = published_listing(price_amount=999)
    item = bought(listing, own=[listing]).items.get()
    assert (item.platform_fee_amount, item.seller_amount, item.processing_fee_amount) == (0, 999, 59)
    assert balances() == {"stripe_clearing": 940, "seller_pending": -940}
    assert seller_balance(listing.seller).pending_amount == 940
    assert nothing_is_wrong()


def test_a_refund_gives_the_price_back_and_not_the_processing_fee():
    listing = published_listing(price_amount=999)
    order = bought(listing, own=[listing])
    refunded(order)
    assert seller_balance(listing.seller).pending_amount == -59
    assert nothing_is_wrong()
    earnings_release(item_id=order.items.get().pk)
    balance = seller_balance(listing.seller)
    assert (balance.pending_amount, balance.available_amount) == (0, -59)
    assert nothing_is_wrong()


def test_of_an_order_of_several_each_own_link_bears_its_part():
    mine, theirs = published_listing(price_amount=999), published_listing(price_amount=501)
    order = bought(mine, theirs, own=[mine])
    fee = Payment.objects.get(order=order).processing_fee_amount
    by_listing = {item.listing_id: item for item in order.items.all()}
    assert fee == 74  # 2.9 % of 1500 and 30
    assert by_listing[mine.pk].processing_fee_amount == 49  # 74 * 999 / 1500 = 49.28
    assert by_listing[theirs.pk].processing_fee_amount == 0
    assert by_listing[theirs.pk].platform_fee_amount == 100
    assert seller_balance(mine.seller).pending_amount == 999 - 49
    assert nothing_is_wrong()


def test_a_fee_that_is_known_later_is_taken_from_where_the_earnings_stand(monkeypatch):
    listing = published_listing(price_amount=999)
    real = gateway.session_retrieve
    monkeypatch.setattr(gateway, "session_retrieve", lambda *a: replace(real(*a), processing_fee_amount=None))
    order = bought(listing, own=[listing])
    item = order.items.get()
    assert item.processing_fee_amount == 0
    earnings_release(item_id=item.pk)
    for _ in range(2):
        processing_fee_note(payment=Payment.objects.get(order=order), amount=59)
    balance = seller_balance(listing.seller)
    assert (balance.pending_amount, balance.available_amount) == (0, 940)
    assert nothing_is_wrong()


def test_a_dispute_takes_the_whole_price_and_the_fee_stays_borne():
    listing = published_listing(price_amount=999)
    disputed(bought(listing, own=[listing]))
    assert seller_balance(listing.seller).pending_amount == -59
    assert nothing_is_wrong()


def test_coupons_of_either_side_work_as_ever():
    ours, theirs = published_listing(price_amount=1000), published_listing(price_amount=1000)
    coupon_create(seller=None, code="OURS", percent=50)
    coupon_create(seller=theirs.seller, code="THEIRS", percent=50)
    platforms = bought(ours, own=[ours], coupon="OURS").items.get()
    sellers = bought(theirs, own=[theirs], coupon="THEIRS").items.get()
    assert (platforms.platform_fee_amount, platforms.seller_amount) == (-500, 1000)
    assert (sellers.platform_fee_amount, sellers.seller_amount) == (0, 500)
    assert nothing_is_wrong()


def test_an_open_order_without_the_link_is_not_taken_for_one_with_it():
    listing, buyer = published_listing(price_amount=999), UserFactory()
    plain = order_create(buyer=buyer, listing_slugs=[listing.slug])
    by_link = order_create(buyer=buyer, listing_slugs=[listing.slug], sources={listing.slug: OWN})
    again = order_create(buyer=buyer, listing_slugs=[listing.slug], sources={listing.slug: OWN})
    assert by_link.pk != plain.pk
    assert again.pk == by_link.pk


def test_what_is_kept_at_stripe_says_so():
    listing = published_listing(price_amount=999)
    order = bought(listing, own=[listing])
    kept = order_metadata(order, list(order.items.all()))
    [text] = [value for name, value in kept.items() if name.startswith("items")]
    assert KeptItem.parse(text).is_own_link == 1
    plain = bought(published_listing(price_amount=999))
    kept = order_metadata(plain, list(plain.items.all()))
    [text] = [value for name, value in kept.items() if name.startswith("items")]
    assert KeptItem.parse(text).is_own_link == 0
    assert text.count(":") == 5


def test_days_totals_and_file_say_the_same():
    listing = published_listing(price_amount=999)
    refunded(bought(listing, own=[listing]), 333)
    bought(listing)
    days_roll()
    seller = SellerProfile.objects.get(pk=listing.seller_id)
    found = figures_sum(figures_by_day(seller, Days.until_today(1)).values())
    totals, lines = seller_totals(seller), list(seller_sale_lines(seller))
    assert found.processing_amount == totals.processing_amount == 59
    assert found.kept_amount == seller_balance(seller).pending_amount
    assert found.kept_amount == sum(line.kept_amount for line in lines)
    assert sorted(line.brought_by for line in lines) == ["own_link", "site"]


def test_the_database_refuses_a_fee_on_an_own_link():
    item = bought(published_listing(price_amount=999)).items.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        OrderItem.objects.filter(pk=item.pk).update(source=OWN)
    with pytest.raises(IntegrityError), transaction.atomic():
        OrderItem.objects.filter(pk=item.pk).update(processing_fee_amount=1)


def test_a_cent_that_was_not_booked_is_found():
    listing = published_listing(price_amount=999)
    item = bought(listing, own=[listing]).items.get()
    OrderItem.objects.filter(pk=item.pk).update(processing_fee_amount=58)
    kinds = {each.kind for each in invariants_check(since=clock.now() - datetime.timedelta(hours=1))}
    assert "own_links_bear_their_processing" in kinds
    assert LedgerEntry.objects.filter(journal__kind="processing_borne").count() == 2
