"""Settling what Stripe says: once, whoever brings it and however often; never on a mismatch."""

import dataclasses
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from common.errors import Conflict, NotFound
from common.models import OutboxMessage
from listings.models import Listing, ListingStatus
from payments import gateway
from payments.models import Account, Delivery, Entitlement, Journal, Order, OrderStatus, Payment, Refund
from payments.services import checkout_return, order_cancel
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


@pytest.mark.django_db(transaction=True)
def test_ten_at_the_same_moment_settle_once():
    buyer = UserFactory()
    order = ordered(buyer, published_listing())
    pay(order)
    facts = facts_of(order)
    together = threading.Barrier(10)

    def arrive(_: int) -> str:
        together.wait()
        try:
            return session_settle(facts).status
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as arrivals:
        statuses = list(arrivals.map(arrive, range(10)))
    assert set(statuses) == {OrderStatus.PAID}
    assert (Entitlement.objects.count(), Delivery.objects.count(), Journal.objects.count()) == (1, 1, 2)
    assert OutboxMessage.objects.filter(topic="order_paid").count() == 1


def test_a_declined_card_leaves_the_order_open():
    buyer = UserFactory()
    order = ordered(buyer, published_listing())
    assert pay(order, DECLINED)["error"]["decline_code"] == "generic_decline"
    assert settle(order).status == OrderStatus.PENDING
    assert not Entitlement.objects.exists()
    pay(order)
    assert settle(order).status == OrderStatus.PAID


@pytest.mark.parametrize(
    ("field", "value"), [("amount_total", 1), ("currency", "eur"), ("mode", "subscription")]
)
def test_a_mismatch_is_never_delivered_and_raises_an_alarm(field, value):
    order = ordered(UserFactory(), published_listing())
    pay(order)
    settled = session_settle(dataclasses.replace(facts_of(order), **{field: value}))
    assert settled.status == OrderStatus.PENDING
    assert not Entitlement.objects.exists()
    alarm = OutboxMessage.objects.get(topic="payments_alarm")
    assert field in alarm.payload["detail"]


def test_a_payment_through_another_session_goes_back():
    order = ordered(UserFactory(), published_listing())
    pay(order)
    session_settle(dataclasses.replace(facts_of(order), id="cs_test_of_someone_else"))
    order.refresh_from_db()
    assert order.status == OrderStatus.PENDING
    assert Refund.objects.get().amount == order.total_amount
    assert OutboxMessage.objects.filter(topic="payments_alarm").count() == 1


def test_a_session_of_no_order_of_ours_is_an_error():
    order = ordered(UserFactory(), published_listing())
    facts = facts_of(order)
    for stranger in (None, "", "not-a-uuid", "0199aaaa-0000-7000-8000-000000000000"):
        with pytest.raises(NotFound):
            session_settle(dataclasses.replace(facts, client_reference_id=stranger))


def test_the_buyer_pays_the_price_shown_and_gets_the_version_bought():
    buyer, listing = UserFactory(), published_listing(price_amount=500)
    order = ordered(buyer, listing)
    Listing.objects.filter(pk=listing.pk).update(price_amount=900, status=ListingStatus.UNLISTED)
    pay(order)
    order = settle(order)
    assert Payment.objects.get().amount == 500
    assert order.items.get().version_id == Entitlement.objects.get(buyer=buyer).version_id


def test_a_late_payment_on_a_canceled_order_is_delivered():
    buyer = UserFactory()
    order = ordered(buyer, published_listing())
    facts = None
    pay(order)
    facts = facts_of(order)
    order_cancel(order=order)
    assert session_settle(facts).status == OrderStatus.PAID
    assert Entitlement.objects.filter(buyer=buyer, revoked_at=None).count() == 1


def test_a_late_payment_whose_free_part_was_got_meanwhile_delivers_the_rest():
    buyer, free, paid = UserFactory(), published_listing(price_amount=0), published_listing(price_amount=999)
    mixed = ordered(buyer, free, paid)
    pay(mixed)
    ordered(buyer, free)

    order = settle(mixed)

    assert order.status == OrderStatus.PAID
    assert set(Entitlement.objects.filter(buyer=buyer).values_list("listing", flat=True)) == {
        free.pk,
        paid.pk,
    }
    assert not Refund.objects.exists()
    assert books_are_balanced()


def test_a_late_payment_for_what_was_bought_again_goes_back():
    buyer, listing = UserFactory(), published_listing()
    late = ordered(buyer, listing)
    pay(late)
    facts = facts_of(late)
    order_cancel(order=late)
    again = ordered(buyer, listing)
    assert again.pk != late.pk
    pay(again)
    settle(again)
    assert session_settle(facts).status == OrderStatus.PAID
    refund = Refund.objects.get()
    assert (refund.payment.order_id, refund.amount) == (late.pk, late.total_amount)
    assert Entitlement.objects.filter(buyer=buyer).count() == 1
    assert books_are_balanced()


def test_a_delayed_payment_waits_then_is_delivered():
    buyer = UserFactory()
    order = ordered(buyer, published_listing())
    sandbox(f"checkout/{order.stripe_session_id}/pay", {"bank_account": ""})
    order = settle(order)
    assert (order.status, order.payment_problem) == (OrderStatus.PENDING, "settling")
    assert not Entitlement.objects.exists()
    sandbox(f"checkout/{order.stripe_session_id}/settle")
    assert settle(order).status == OrderStatus.PAID
    assert Entitlement.objects.filter(buyer=buyer).exists()


def test_a_delayed_payment_that_fails_ends_the_order():
    order = ordered(UserFactory(), published_listing())
    sandbox(f"checkout/{order.stripe_session_id}/pay", {"bank_account": ""})
    settle(order)
    sandbox(f"checkout/{order.stripe_session_id}/settle", {"outcome": "failed"})
    order = settle(order)
    assert (order.status, order.payment_problem) == (OrderStatus.CANCELED, "failed_later")
    assert not Entitlement.objects.exists()


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
