"""A run as a whole: alone, in time, and in words."""

import datetime
import io
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from common import clock
from payments.locks import single_flight
from payments.models import Order, OrderItem, ReconciliationRun, StripeCursor
from payments.services.reconciliation import reconciliation_run, run
from payments.services.reconciliation.walk import PIECE
from tests.factories import UserFactory
from tests.payments.disputing import alarms, bought
from tests.payments.paying_out import fault
from tests.payments.reconciliation.support import found, reconcile
from tests.payments.support import ordered, pay, published_listing, sandbox, stripe_post


@pytest.mark.django_db(transaction=True)
def test_while_one_run_goes_on_another_does_nothing():
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with single_flight("reconciliation"):
            entered.set()
            leave.wait(20)
        connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert entered.wait(20)
        assert reconciliation_run() is None
        with pytest.raises(CommandError, match="Another run"):
            call_command("reconcile")
    finally:
        leave.set()
        holder.join()
    assert reconciliation_run() is not None


@pytest.mark.django_db
def test_a_run_that_is_out_of_time_says_so_and_the_next_goes_on():
    pay(order := ordered(UserFactory(), published_listing()))
    Order.objects.filter(pk=order.pk).update(created_at=clock.now() - 3 * PIECE)
    run = reconciliation_run(seconds=0)
    assert run is not None
    assert "out of time" in run.error
    assert not StripeCursor.objects.exists()
    reconcile()
    order.refresh_from_db()
    assert order.status == "paid"
    assert found() == []


@pytest.mark.django_db
def test_when_stripe_does_not_answer_the_run_says_so_and_nothing_is_skipped():
    pay(order := ordered(UserFactory(), published_listing()))
    fault("GET", "/v1/balance_transactions", kind="error", status=500, times=2)
    run = reconciliation_run(now=clock.now() + datetime.timedelta(minutes=10))
    assert run is not None
    assert "GatewayFault" in run.error
    assert not StripeCursor.objects.filter(name="transactions").exists()
    reconcile()
    assert Order.objects.get(pk=order.pk).status == "paid"


@pytest.mark.django_db
def test_the_command_prints_a_table_and_fails_on_a_difference():
    bought()
    said = io.StringIO()
    call_command("reconcile", stdout=said)
    run = ReconciliationRun.objects.get()
    assert f"balance at Stripe     {run.stripe_balance_amount:>14}" in said.getvalue()
    StripeCursor.objects.all().delete()
    movement = sandbox("platform/adjustment", {"amount": -1})
    sandbox("clock", {"offset_seconds": 600})
    clock.clock_move(offset=datetime.timedelta(seconds=600))
    with pytest.raises(CommandError) as ended:
        call_command("reconcile", stdout=said)
    assert ended.value.returncode == 1
    assert f"transaction:{movement['id']}" in said.getvalue()
    clock.clock_move(offset=datetime.timedelta())


@pytest.mark.django_db
def test_books_begin_with_the_first_order():
    sandbox("clock", {"offset_seconds": -40 * 86_400})
    clock.clock_move(offset=datetime.timedelta(days=-40))
    bought()
    sandbox("clock", {"offset_seconds": 0})
    clock.clock_move(offset=datetime.timedelta())
    bought()
    assert reconcile().transactions_read == 2
    assert found() == []


def poisoned_order() -> Order:
    """Paid at Stripe, lost here, and kept there in a way that no row of ours can have."""
    order = ordered(UserFactory(), published_listing())
    pay(order)
    OrderItem.objects.filter(order=order).delete()
    Order.objects.filter(pk=order.pk).delete()
    stripe_post(f"checkout/sessions/{order.stripe_session_id}", f"metadata[order_number]={'P' * 30}")
    return order


@pytest.mark.django_db
def test_what_cannot_be_written_down_is_a_finding_and_keeps_nothing_else_from_being_compared():
    earlier = bought()
    poisoned = poisoned_order()
    pay(later := ordered(earlier.buyer, published_listing()))
    reconcile()
    later.refresh_from_db()
    assert later.status == "paid"
    assert ("session_not_settled", f"session:{poisoned.stripe_session_id}") in found()
    assert "transaction_unexplained" in [kind for kind, _subject in found()]


@pytest.mark.django_db
def test_a_run_that_breaks_off_says_so_and_tells_people(monkeypatch):
    monkeypatch.setattr(run, "totals_check", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        reconciliation_run()
    assert "ZeroDivisionError" in ReconciliationRun.objects.get().error
    assert alarms("reconciliation_failed")
