"""Check 7: webhooks blocked for a day, or the database restored to ten minutes ago: reconciliation recovers
every paid order, and a second run is a no-op.
"""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction

from common import clock
from payments.models import (
    Dispute,
    Entitlement,
    Finding,
    Order,
    OrderStatus,
    Payment,
    Payout,
    PayoutStatus,
    ReconciliationRun,
    Refund,
    StripeEvent,
)
from payments.services import checkout_return
from payments.services.events import event_handle
from payments.services.reconciliation import reconciliation_run, totals
from tests.factories import UserFactory
from tests.payments.checks.outcome import leases_end
from tests.payments.checks.written import rows
from tests.payments.disputing import bank_disputes
from tests.payments.paying_out import asked, books_equal_stripe, clocks_ahead, seller_with, sent
from tests.payments.support import ordered, paid_order, pay, published_listing, sandbox, stripe_post

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alone", "empty_stripe")]


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(totals, "PAUSE_SECONDS", 0.0)


def test_check_07_webhooks_blocked_for_a_day_cost_no_order_and_no_cent():
    bought = [ordered(UserFactory(), published_listing()) for _ in range(5)]
    delayed = ordered(UserFactory(), published_listing())
    given_back, quarreled = paid_order(999), paid_order(999)
    for order in bought:
        pay(order)  # and nobody comes back to our page
    sandbox(f"checkout/{delayed.stripe_session_id}/pay", {"bank_account": ""})
    sandbox(f"checkout/{delayed.stripe_session_id}/settle")
    stripe_post("refunds", f"payment_intent={given_back.payments.get().stripe_payment_intent_id}")
    bank_disputes(quarreled.payments.get().stripe_payment_intent_id)

    with clocks_ahead(hours=24):
        run = reconcile()
        assert run.orders_recovered == 6
        for order in (*bought, delayed):
            assert is_delivered(order)
        assert [refund.amount for refund in Refund.objects.all()] == [999]
        assert Dispute.objects.count() == 1
        assert books_equal_stripe()
        a_second_run_is_a_no_op()


def test_check_07_a_database_restored_to_ten_minutes_ago_gets_back_all_that_was_paid():
    seller = seller_with(4800)
    before, open_then = paid_order(999), ordered(UserFactory(), published_listing())
    buyers = UserFactory.create_batch(4)
    listings = [published_listing(price_amount=price) for price in (300, 999)]
    with lost_with_the_database():
        pay(open_then)
        checkout_return(session_id=str(open_then.stripe_session_id), buyer=open_then.buyer)
        lost = [bought_by(buyer, *listings) for buyer in buyers[:3]]
        refunded = bought_by(buyers[3], listings[1])
        stripe_post("refunds", f"payment_intent={refunded.payments.get().stripe_payment_intent_id}")
        payout = sent(asked(seller, 2000))
    assert Order.objects.count() == 3
    assert not Payout.objects.exists()

    with clocks_ahead(minutes=10):
        reconcile()
        for order in (before, open_then, *lost):
            assert is_delivered(order)
        assert Order.objects.get(pk=refunded.pk).status == OrderStatus.REFUNDED
        assert not Entitlement.objects.filter(buyer=refunded.buyer, revoked_at=None).exists()
        restored = Payout.objects.get(pk=payout.pk)
        assert (restored.status, restored.amount) == (PayoutStatus.PAID, 2000)
        assert {(order.number, order.total_amount) for order in lost} <= set(
            Order.objects.values_list("number", "total_amount")
        )
        assert books_equal_stripe()
        a_second_run_is_a_no_op()


@contextmanager
def lost_with_the_database() -> Iterator[None]:
    """What is done in here stays done at Stripe, and our database knows nothing of it afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def bought_by(buyer: Any, *listings: Any) -> Order:
    order = ordered(buyer, *listings)
    pay(order)
    return checkout_return(session_id=str(order.stripe_session_id), buyer=buyer)


def reconcile() -> ReconciliationRun:
    """A run some minutes later, and what its tasks do then: events that it found are handled."""
    run = reconciliation_run(now=clock.now() + datetime.timedelta(minutes=10))
    assert run is not None
    leases_end()
    for event in StripeEvent.objects.filter(handled_at=None).order_by("pk"):
        event_handle(event_pk=event.pk)
    assert (run.error, list(StripeEvent.objects.filter(handled_at=None))) == ("", [])
    assert not Finding.objects.filter(resolved_at=None).exists()
    return run


def a_second_run_is_a_no_op() -> None:
    before = rows()
    run = reconcile()
    assert (run.orders_recovered, run.events_recovered) == (0, 0)
    assert rows() == before


def is_delivered(order: Order) -> bool:
    order = Order.objects.get(pk=order.pk)
    assert Payment.objects.filter(order=order).count() == 1
    items = order.items.count()
    assert Entitlement.objects.filter(item__order=order, revoked_at=None).count() == items
    return order.status == OrderStatus.PAID
