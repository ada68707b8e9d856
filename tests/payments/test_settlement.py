"""Settling what Stripe says: once, whoever brings it and however often; never on a mismatch."""

import dataclasses

import pytest

from common.errors import Conflict, NotFound
from payments import gateway
from payments.models import Account, Delivery, Entitlement, Journal, Order, OrderStatus, Payment
from payments.services import checkout_return
from payments.services.checkout import open_order_check
from payments.services.settlement import session_settle
from tests.factories import UserFactory
from tests.payments.support import (
    DECLINED,
    balances,
    books_are_balanced,
    ordered,
    pay,
    published_listing,
    sandbox,
    stripe_get,
    stripe_post,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stripe_sandbox")]


def facts_of(order: Order) -> gateway.SessionFacts:
    assert order.stripe_session_id
    return gateway.session_retrieve(order.stripe_session_id)


def settle(order: Order) -> Order:
    return session_settle(facts_of(order))


def test_a_paid_order_grants_access_and_books_every_cent():
    buyer, listing = UserFactory(), published_listing(price_amount=999)
    order = ordered(buyer, listing)
    pay(order)
    order = settle(order)
    assert order.status == OrderStatus.PAID
    assert order.delivered_at
    assert Entitlement.objects.get(buyer=buyer, listing=listing).version_id == listing.published_version_id
    # 2.9 % + 30 cents of 999 is 59, and the platform bears it.
    assert balances() == {
        Account.STRIPE_CLEARING: 999 - 59,
        Account.PROCESSING_FEES: 59,
        Account.PLATFORM_REVENUE: -199,
        Account.SELLER_PENDING: -800,
    }
    assert books_are_balanced()


def test_settling_again_changes_nothing():
    order = ordered(UserFactory(), published_listing())
    pay(order)
    before = settle(order).paid_at
    after = settle(order).paid_at
    assert before == after
    assert (Entitlement.objects.count(), Delivery.objects.count(), Payment.objects.count()) == (1, 1, 1)
    assert Journal.objects.count() == 2


def test_a_declined_card_leaves_the_order_open():
    buyer = UserFactory()
    order = ordered(buyer, published_listing())
    assert pay(order, DECLINED)["error"]["decline_code"] == "generic_decline"
    assert settle(order).status == OrderStatus.PENDING
    assert not Entitlement.objects.exists()
    pay(order)
    assert settle(order).status == OrderStatus.PAID


def test_a_session_of_no_order_of_ours_is_an_error():
    order = ordered(UserFactory(), published_listing())
    facts = facts_of(order)
    for stranger in (None, "", "not-a-uuid", "0199aaaa-0000-7000-8000-000000000000"):
        with pytest.raises(NotFound):
            session_settle(dataclasses.replace(facts, client_reference_id=stranger))


def test_an_abandoned_session_expires_the_order():
    order = ordered(UserFactory(), published_listing())
    stripe_post(f"checkout/sessions/{order.stripe_session_id}/expire", "")
    open_order_check(order_id=order.pk)
    order.refresh_from_db()
    assert order.status == OrderStatus.EXPIRED
    assert order.closed_at


def test_the_return_page_settles_without_any_webhook():
    buyer = UserFactory()
    order = ordered(buyer, published_listing())
    pay(order)
    assert checkout_return(session_id=order.stripe_session_id, buyer=buyer).status == OrderStatus.PAID


def test_the_return_page_of_another_buyer_finds_nothing():
    order = ordered(UserFactory(), published_listing())
    with pytest.raises(NotFound):
        checkout_return(session_id=order.stripe_session_id, buyer=UserFactory())


def test_a_crash_before_the_session_was_noted_loses_nothing():
    buyer = UserFactory()
    order = ordered(buyer, published_listing())
    pay(order)
    facts = facts_of(order)
    Order.objects.filter(pk=order.pk).update(stripe_session_id=None)
    settled = session_settle(facts)
    assert (settled.status, settled.stripe_session_id) == (OrderStatus.PAID, facts.id)


def test_the_ledger_equals_the_sandbox_s_own_balance():
    for price in (300, 499, 999, 1500):
        order = ordered(UserFactory(), published_listing(price_amount=price))
        before = stripe_get("balance")
        pay(order)
        settle(order)
        after = stripe_get("balance")
        gained = sum(
            sum(part["amount"] for part in after[kind]) - sum(part["amount"] for part in before[kind])
            for kind in ("available", "pending")
        )
        booked = Journal.objects.filter(cause__in=[f"order:{order.pk}", f"payment:{order.payments.get().pk}"])
        clearing = sum(
            entry.amount
            for journal in booked
            for entry in journal.entries.filter(account=Account.STRIPE_CLEARING)
        )
        assert gained == clearing


def test_nothing_is_bought_twice_while_a_bank_payment_settles():
    buyer, listing = UserFactory(), published_listing()
    order = ordered(buyer, listing)
    sandbox(f"checkout/{order.stripe_session_id}/pay", {"bank_account": ""})
    settle(order)
    with pytest.raises(Conflict) as refused:
        ordered(buyer, listing)
    assert refused.value.code == "payment_settling"
    assert order.number in str(refused.value)
