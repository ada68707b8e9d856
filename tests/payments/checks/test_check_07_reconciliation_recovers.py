"""Check 7: webhooks blocked for 24 h, or the database restored: every paid order recovered, and once."""

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connections

from common import clock
from payments.models import (
    Dispute,
    Entitlement,
    Finding,
    Order,
    OrderStatus,
    Payout,
    ReconciliationRun,
    Refund,
    RefundReason,
    StripeCursor,
    StripeEvent,
)
from payments.queries import seller_balance
from payments.services import checkout_return, refund_request
from payments.services.invariants import invariants_check
from payments.services.reconciliation import reconciliation_run
from payments.services.refunds import refund_send
from payments.tasks import deliveries_sweep, stripe_events_sweep
from tests.factories import UserFactory
from tests.payments.disputing import disputed, intent_of
from tests.payments.paying_out import asked, books_equal_stripe, seller_with, sent
from tests.payments.support import VISA, ordered, pay, published_listing, sandbox, stripe_post
from tests.support import database
from tests.support.environment import Slot

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_stripe", "alone")]

HOUR = datetime.timedelta(hours=1)
# What a run writes about itself.
ITS_OWN = (ReconciliationRun, StripeCursor)


@pytest.fixture(autouse=True)
def _clocks_put_right() -> Iterator[None]:
    yield
    clocks_move(datetime.timedelta())


def clocks_move(ahead: datetime.timedelta) -> None:
    sandbox("clock", {"offset_seconds": int(ahead.total_seconds())})
    clock.clock_move(offset=ahead)


def rows() -> dict[str, int]:
    """How many rows each table has, what runs note about themselves left out."""
    ours = (model for app in ("common", "payments", "listings", "accounts") for model in _models(app))
    return {model.__name__: model._default_manager.count() for model in ours if model not in ITS_OWN}


def _models(app: str) -> Any:
    return apps.get_app_config(app).get_models()


def reconcile() -> ReconciliationRun:
    run = reconciliation_run()
    assert run is not None
    assert run.error == ""
    return run


def is_delivered(order: Order) -> bool:
    order.refresh_from_db()
    granted = Entitlement.objects.filter(item__order=order, revoked_at=None).count()
    return order.status == OrderStatus.PAID and granted == order.items.count()


def test_check_07_after_24_hours_without_webhooks_every_paid_order_is_delivered():
    paid_before = ordered(UserFactory(), published_listing())
    pay(paid_before)
    checkout_return(session_id=str(paid_before.stripe_session_id), buyer=paid_before.buyer)
    missed = []
    for hour in range(0, 24, 6):
        clocks_move(hour * HOUR)
        order = ordered(UserFactory(), published_listing(), published_listing())
        pay(order)
        missed.append(order)
    delayed = ordered(UserFactory(), published_listing())
    sandbox(f"checkout/{delayed.stripe_session_id}/pay", {"bank_account": "000123456789"})
    sandbox(f"checkout/{delayed.stripe_session_id}/settle", {"outcome": "succeeded"})
    unpaid = ordered(UserFactory(), published_listing())
    stripe_post("refunds", f"payment_intent={intent_of(paid_before)}&amount=100")
    clocks_move(24 * HOUR)
    assert not StripeEvent.objects.exists()

    run = reconcile()

    assert all(is_delivered(order) for order in [*missed, delayed])
    assert run.orders_recovered == len(missed) + 1
    assert run.events_recovered > 0
    unpaid.refresh_from_db()
    assert unpaid.status == OrderStatus.PENDING
    assert Refund.objects.get().amount == 100
    assert not Finding.objects.exists()
    assert books_equal_stripe()
    before = rows()
    again = reconcile()
    assert rows() == before
    assert (again.events_recovered, again.orders_recovered) == (0, 0)


def test_check_07_events_that_were_made_good_change_nothing_when_they_are_handled():
    order = ordered(UserFactory(), published_listing())
    pay(order)
    clocks_move(24 * HOUR)
    reconcile()
    deliveries_sweep()
    before = rows()
    assert StripeEvent.objects.filter(handled_at=None).exists()
    stripe_events_sweep()
    assert not StripeEvent.objects.filter(handled_at=None).exists()
    assert rows() == before


def test_check_07_a_database_restored_to_ten_minutes_ago_gets_back_what_stripe_knows(slot: Slot):
    settled = bought()
    opened = ordered(UserFactory(), published_listing())
    buyer, listings = UserFactory(), [published_listing(price_amount=999), published_listing()]
    kept, seller = published_listing(), seller_with(4800)
    database_kept(slot)

    pay(opened)
    checkout_return(session_id=str(opened.stripe_session_id), buyer=opened.buyer)
    lost = bought(buyer, *listings)
    given_back = bought(buyer, kept)
    refund = refund_request(order=given_back, by=None, reason=RefundReason.MODERATOR)
    refund_send(refund_id=refund.pk)
    stripe_post("refunds", f"payment_intent={intent_of(settled)}&amount=120")
    payout = sent(asked(seller))
    disputed(lost)
    stranger = bought()
    never_paid = ordered(buyer, published_listing())
    database_restored(slot)
    assert not Order.objects.filter(pk=lost.pk).exists()
    assert not Payout.objects.exists()
    clocks_move(datetime.timedelta(minutes=10))

    run = reconcile()

    assert is_delivered(opened)
    assert is_delivered(lost)
    assert Order.objects.get(pk=lost.pk).number == lost.number
    assert Dispute.objects.get().payment.order_id == lost.pk
    assert Refund.objects.get(amount=120).payment.order == settled
    assert Payout.objects.get(pk=payout.pk).status == "paid"
    assert seller_balance(seller).available_amount == 0
    assert Order.objects.get(pk=given_back.pk).status == OrderStatus.REFUNDED
    assert not Entitlement.objects.filter(item__order=given_back.pk, revoked_at=None).exists()
    assert not Order.objects.filter(pk=never_paid.pk).exists()
    # Its buyer and its listing were made after the backup: a person must see to it.
    [finding] = Finding.objects.filter(kind="order_not_restorable")
    assert stranger.number in finding.detail
    assert run.findings_count == 2, "that order, and its charge"
    before = rows()
    reconcile()
    assert rows() == before
    assert invariants_check(since=None) == []


def bought(buyer: Any = None, *listings: Any) -> Order:
    order = ordered(buyer or UserFactory(), *(listings or (published_listing(),)))
    pay(order, VISA)
    return checkout_return(session_id=str(order.stripe_session_id), buyer=order.buyer)


def database_kept(slot: Slot) -> None:
    connections.close_all()
    database.backup_test_database(slot)


def database_restored(slot: Slot) -> None:
    connections.close_all()
    database.restore_test_database(slot)
