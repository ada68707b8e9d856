"""Stripe's balance against the books while both move."""

import datetime
import threading
from collections.abc import Iterator

import pytest
from django.db import connections, transaction

from common import clock
from payments import gateway_lists
from payments.models import Account, Finding, Journal, JournalKind, LedgerEntry
from payments.services import checkout_return
from payments.services.reconciliation import reconciliation_run
from tests.factories import UserFactory
from tests.payments.disputing import bought
from tests.payments.reconciliation.support import found, reconcile
from tests.payments.support import ordered, pay, published_listing, sandbox


def plant(amount: int) -> None:
    """Cents in the books, of a time that has been compared one by one already."""
    with transaction.atomic():
        journal = Journal.objects.create(
            kind=JournalKind.STRIPE_FEE,
            cause=f"txn:planted{amount}",
            booked_at=clock.now() - datetime.timedelta(days=2),
        )
        for account, cents in ((Account.STRIPE_CLEARING, amount), (Account.PROCESSING_FEES, -amount)):
            LedgerEntry.objects.create(journal=journal, account=account, amount=cents)


@pytest.mark.django_db
@pytest.mark.parametrize("is_booked", [True, False])
def test_what_is_on_its_way_is_no_difference(is_booked):
    order = ordered(buyer := UserFactory(), published_listing())
    pay(order)
    if is_booked:
        checkout_return(session_id=str(order.stripe_session_id), buyer=buyer)
    run = reconciliation_run()
    assert run is not None
    assert found() == []
    assert run.stripe_balance_amount == 455


@pytest.mark.django_db
@pytest.mark.parametrize("amount", [1, -1])
def test_a_cent_that_no_movement_shows_is_found_by_the_sums(amount):
    bought()
    reconcile()
    plant(amount)
    run = reconcile()
    assert found() == [("balance_differs", f"stripe_clearing{-amount:+}")]
    assert run.ledger_balance_amount == (run.stripe_balance_amount or 0) + amount


@pytest.mark.django_db
def test_a_difference_that_grows_is_told_again_and_one_that_goes_is_closed():
    bought()
    reconcile()
    plant(3)
    reconcile()
    plant(2)
    reconcile()
    assert found() == [("balance_differs", "stripe_clearing-5")]
    plant(-5)
    reconcile()
    assert found() == []
    assert Finding.objects.filter(alarmed_at__isnull=False).count() == 2


@pytest.mark.django_db
def test_what_single_movements_explain_is_not_told_twice():
    bought()
    sandbox("platform/adjustment", {"amount": -7})
    reconcile()
    assert [kind for kind, _ in found()] == ["transaction_unexplained"]


@pytest.mark.django_db
def test_one_look_that_differs_is_not_enough(monkeypatch):
    bought()
    real, looks = gateway_lists.balance_amount, iter([4])
    monkeypatch.setattr(gateway_lists, "balance_amount", lambda currency: real(currency) + next(looks, 0))
    reconcile()
    assert found() == []


@pytest.mark.django_db
def test_sales_just_before_and_just_after_the_balance_is_read_make_no_difference(monkeypatch):
    bought()
    real = gateway_lists.balance_amount

    def read_amid_sales(currency: str) -> int:
        bought()
        balance = real(currency)
        bought(999)
        return balance

    monkeypatch.setattr(gateway_lists, "balance_amount", read_amid_sales)
    reconciliation_run()
    assert found() == []
    plant(1)
    reconciliation_run()
    assert found() == [("balance_differs", "stripe_clearing-1")]


@pytest.fixture
def traffic() -> Iterator[list[int]]:
    """Two buyers who never stop; how much each has bought."""
    bought_so_far, over = [0, 0], threading.Event()
    listings = [published_listing(price_amount=300 + number) for number in range(40)]

    def shop(number: int) -> None:
        buyer = UserFactory()
        for listing in listings:
            if over.is_set():
                break
            order = ordered(buyer, listing)
            pay(order)
            checkout_return(session_id=str(order.stripe_session_id), buyer=buyer)
            bought_so_far[number] += 1
        connections.close_all()

    threads = [threading.Thread(target=shop, args=[number]) for number in range(2)]
    for thread in threads:
        thread.start()
    yield bought_so_far
    over.set()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_live_traffic_makes_no_difference_and_hides_none(traffic):
    runs = 0
    while runs < 5 or min(traffic) < 5:
        run = reconciliation_run()
        assert run is not None
        assert found() == []
        runs += 1
    plant(1)
    before = sum(traffic)
    while not found():
        reconciliation_run()
    assert found() == [("balance_differs", "stripe_clearing-1")]
    assert sum(traffic) >= before
