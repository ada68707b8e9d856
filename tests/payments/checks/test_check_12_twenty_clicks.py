"""Check 12: twenty clicks in two tabs are one charge; a second payment is refunded, and both are recorded."""

import dataclasses

import pytest
from django.test import Client

from listings.models import Listing
from payments import gateway
from payments.models import Entitlement, Order, OrderStatus, Payment, Refund, RefundReason
from payments.services import order_create, orders
from payments.services.refunds import refund_send
from payments.services.settlement import session_settle
from tests.factories import UserFactory
from tests.payments.support import (
    balances,
    books_are_balanced,
    hear,
    ordered,
    paid_order,
    pay,
    published_listing,
    refunds_at_stripe,
    stripe_get,
)
from tests.support.races import at_once, lock_skipped, rival_before

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("alone")]


def test_check_12_twenty_clicks_in_two_tabs_are_one_charge():
    buyer, listing = UserFactory(), published_listing(price_amount=999)
    browser = Client()
    browser.force_login(buyer)

    def click(_number: int) -> str:
        tab = Client()
        tab.cookies = browser.cookies
        return tab.post("/checkout/", {"listing": listing.slug})["Location"]

    pages = at_once(20, click)
    order = Order.objects.get()
    assert set(pages) == {order.checkout_url}

    answers = at_once(2, lambda _tab: pay(order))
    assert sum("error" not in answer for answer in answers) == 1, "the page takes one payment"
    hear(order, "checkout.session.completed")
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    assert [payment.amount for payment in Payment.objects.all()] == [999]
    sessions = stripe_get("checkout/sessions?limit=100")["data"]
    assert sum(session["client_reference_id"] == str(order.pk) for session in sessions) == 1


def test_check_12_without_the_lock_the_race_appears():
    buyer, listing = UserFactory(), published_listing()
    with lock_skipped(orders, "buyer_lock", rivals=5):
        at_once(5, lambda _: order_create(buyer=buyer, listing_slugs=[listing.slug]).pk)
    assert Order.objects.count() > 1


def test_check_12_a_second_payment_from_the_other_tab_goes_back_and_both_are_recorded():
    buyer, wanted, more = (
        UserFactory(),
        published_listing(price_amount=999),
        published_listing(price_amount=500),
    )
    first_tab = ordered(buyer, wanted)
    second_tab = ordered(buyer, wanted, more)
    for order in (first_tab, second_tab):
        pay(order)
        hear(order, "checkout.session.completed")

    assert [payment.amount for payment in Payment.objects.order_by("pk")] == [999, 1499]
    refund = Refund.objects.get()
    assert (refund.amount, refund.reason) == (999, RefundReason.SURPLUS_PAYMENT)
    refund_send(refund_id=refund.pk)
    assert (refunds_at_stripe(first_tab), refunds_at_stripe(second_tab)) == ([], [999])
    assert owned_by(buyer) == {wanted, more}
    assert books_are_balanced()


def test_check_12_both_tabs_paid_at_the_same_moment_grant_once_and_one_goes_back():
    buyer, wanted = UserFactory(), published_listing(price_amount=999)
    first_tab = ordered(buyer, wanted)
    Listing.objects.update(price_amount=500)
    second_tab = ordered(buyer, wanted)
    for order in (first_tab, second_tab):
        pay(order)
    first, second = (gateway.session_retrieve(str(tab.stripe_session_id)) for tab in (first_tab, second_tab))
    with rival_before('INSERT INTO "payments_entitlement"', lambda: session_settle(second).status) as rival:
        assert session_settle(first).status == OrderStatus.PAID
    assert rival.outcome == OrderStatus.PAID
    refund = Refund.objects.get()
    assert (refund.amount, refund.payment.order) == (500, second_tab)
    assert Entitlement.objects.get(buyer=buyer).item.order == first_tab
    assert books_are_balanced()


def test_check_12_a_second_payment_of_a_paid_order_is_owed_back():
    order = paid_order(999)
    facts = gateway.session_retrieve(str(order.stripe_session_id))
    session_settle(dataclasses.replace(facts, payment_intent_id="pi_second", charge_id="ch_second"))
    second = Payment.objects.get(stripe_payment_intent_id="pi_second")
    assert (second.is_surplus, second.amount) == (True, 999)
    assert Refund.objects.get(payment=second).amount == 999
    assert balances()["buyer_surplus"] == -999
    assert Entitlement.objects.count() == 1


def owned_by(buyer) -> set[Listing]:
    grants = Entitlement.objects.filter(buyer=buyer, revoked_at=None).select_related("listing")
    assert len(grants) == 2
    return {grant.listing for grant in grants}
