"""Payouts: asked for in any number, sent once, booked once; a failure returns the funds once."""

from typing import Any

import pytest

from common import clock
from common.errors import Conflict, InvalidInput
from common.ids import uuid7
from common.models import OutboxMessage
from payments import gateway_connect
from payments.gateway import GatewayDenied
from payments.models import (
    ConnectedAccount,
    JournalKind,
    Payout,
    PayoutStatus,
    PayoutTrigger,
    RefundReason,
)
from payments.queries import seller_balance
from payments.services import refund_request
from payments.services.connect import account_sync
from payments.services.payout_reversals import payout_sync
from payments.services.payouts import payout_fail, payout_request
from payments.services.refunds import refund_send
from tests.factories import SellerProfileFactory
from tests.payments.paying_out import (
    account_of,
    asked,
    available_of,
    books_equal_stripe,
    clocks_ahead,
    earn,
    fault,
    journals_of,
    onboard,
    seller_with,
    sent,
    stripe_balance,
    transfers,
)
from tests.payments.support import balances, books_are_balanced, sandbox, stripe_post

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_stripe")]


def alarms(kind: str) -> int:
    return OutboxMessage.objects.filter(topic="payments_alarm", payload__kind=kind).count()


# --- Asking --------------------------------------------------------------------------------------


def test_a_payout_reserves_the_money_at_once_and_moves_it_when_stripe_confirms():
    seller = seller_with(4800)
    payout = asked(seller)
    balance = seller_balance(seller)
    assert (payout.amount, balance.available_amount, balance.paid_out_amount) == (4800, 0, 4800)
    assert "connected_accounts" not in balances()
    payout = sent(payout)
    assert (payout.status, payout.stripe_transfer_id) == (PayoutStatus.PAID, transfers()[0]["id"])
    assert balances()["connected_accounts"] == stripe_balance(payout.account) == 4800
    assert books_equal_stripe()


def test_a_part_can_be_asked_for():
    seller = seller_with(4800)
    sent(asked(seller, 1000))
    assert available_of(seller) == 3800
    assert [transfer["amount"] for transfer in transfers()] == [1000]


@pytest.mark.parametrize(
    ("available", "amount", "kind", "code"),
    [
        (4800, 999, InvalidInput, "payout_below_minimum"),
        (4800, 0, InvalidInput, "payout_below_minimum"),
        (4800, -5000, InvalidInput, "payout_below_minimum"),
        (4800, 4801, Conflict, "payout_exceeds_available"),
        (800, None, Conflict, "payout_below_minimum"),
        (800, 1000, Conflict, "payout_below_minimum"),
    ],
)
def test_too_little_or_too_much_is_refused_with_a_code(available, amount, kind, code):
    seller = seller_with(available)
    with pytest.raises(kind) as refused:
        asked(seller, amount)
    assert (refused.value.code, list(refused.value.errors)) == (code, ["amount"])
    assert (Payout.objects.count(), available_of(seller)) == (0, available)


def test_without_an_account_nothing_is_paid():
    with pytest.raises(Conflict) as refused:
        asked(seller_with(onboarded=False))
    assert refused.value.code == "payout_account_missing"


def test_to_a_restricted_account_nothing_is_paid():
    seller = seller_with()
    sandbox(f"accounts/{account_of(seller).stripe_account_id}/restrict")
    account_sync(account=account_of(seller))
    with pytest.raises(Conflict) as refused:
        asked(seller)
    assert refused.value.code == "payout_account_restricted"


def test_pending_earnings_are_not_paid_out():
    seller = seller_with(4800)
    earn(seller, 8000, is_released=False)
    assert asked(seller).amount == 4800


def test_asked_for_again_with_its_id_it_is_the_same_payout():
    seller, payout_id = seller_with(4800), uuid7()
    ask = {"seller": seller, "by": seller.user, "trigger": PayoutTrigger.REQUEST, "payout_id": payout_id}
    assert payout_request(**ask, amount=1000) == payout_request(**ask, amount=1000)
    assert (Payout.objects.count(), available_of(seller)) == (1, 3800)
    with pytest.raises(Conflict):
        payout_request(**ask, amount=1100)
    with pytest.raises(Conflict):
        payout_request(**ask | {"seller": seller_with(4800)}, amount=1000)
    assert Payout.objects.count() == 1


def test_a_negative_balance_is_carried_and_netted_from_later_sales():
    seller = seller_with(4800)
    sent(asked(seller))
    item = seller.sales.get()
    refund = refund_request(order=item.order, by=None, reason=RefundReason.MODERATOR, item=item)
    refund_send(refund_id=refund.pk)
    assert available_of(seller) == -4800
    with pytest.raises(Conflict) as refused:
        asked(seller)
    assert refused.value.code == "payout_below_minimum"
    earn(seller, 4000)
    earn(seller, 2400)
    assert available_of(seller) == 1600
    sent(asked(seller))
    assert (available_of(seller), seller_balance(seller).paid_out_amount) == (0, 6400)
    assert books_equal_stripe()


# --- Sending once --------------------------------------------------------------------------------


def test_a_fault_kept_under_the_key_waits_a_day_for_the_next_key():
    seller = seller_with(4800)
    fault("POST", "/v1/transfers", kind="error", when="during")
    payout = sent(asked(seller))
    assert (payout.status, payout.stripe_attempt) == (PayoutStatus.REQUESTED, 1)
    assert sent(payout).status == PayoutStatus.REQUESTED, "Stripe replays the fault"
    with clocks_ahead(hours=23, minutes=59):
        payout = sent(payout)
        assert (payout.status, payout.stripe_attempt) == (PayoutStatus.REQUESTED, 1)
    with clocks_ahead(hours=24, minutes=1):
        payout = sent(payout)
        assert (payout.status, payout.stripe_attempt) == (PayoutStatus.PAID, 2)
    assert len(transfers()) == 1
    assert books_equal_stripe()


def test_while_an_outcome_is_unknown_a_restricted_account_fails_nothing():
    seller = seller_with(4800)
    fault("POST", "/v1/transfers", kind="error", when="during")
    payout = sent(asked(seller))
    sandbox(f"accounts/{payout.account.stripe_account_id}/restrict")
    payout = sent(payout)
    assert (payout.status, available_of(seller)) == (PayoutStatus.REQUESTED, 0)
    with clocks_ahead(hours=25):
        payout = sent(payout)
    assert (payout.status, payout.failure_code) == (PayoutStatus.FAILED, "payout_account_restricted")
    assert (available_of(seller), transfers()) == (4800, [])


def test_funds_that_are_not_there_yet_make_it_wait_with_an_alarm():
    seller = seller_with(4800)
    payout = asked(seller)
    bank = onboard(SellerProfileFactory.create())
    stripe_post("transfers", f"amount=4000&currency=usd&destination={bank.stripe_account_id}")
    payout = sent(payout)
    assert (payout.status, available_of(seller)) == (PayoutStatus.REQUESTED, 0)
    assert alarms("payout_waits") == 1
    assert sent(payout).status == PayoutStatus.REQUESTED
    earn(seller, 8000)
    payout = sent(payout)
    assert (payout.status, payout.stripe_attempt) == (PayoutStatus.PAID, 3)


def test_a_key_that_may_not_transfer_fails_nobodys_payout(monkeypatch):
    seller = seller_with(4800)
    payout = asked(seller)
    with monkeypatch.context() as patch:
        patch.setattr(gateway_connect, "transfer_create", _raising(GatewayDenied("PermissionError")))
        payout = sent(payout)
    assert (payout.status, payout.stripe_attempt) == (PayoutStatus.REQUESTED, 1)
    assert alarms("payout_waits") == 1
    assert sent(payout).status == PayoutStatus.PAID


def _raising(error: Exception) -> Any:
    def raising(**_: Any) -> None:
        raise error

    return raising


# --- Failing -------------------------------------------------------------------------------------


def test_an_account_restricted_meanwhile_fails_the_payout_and_returns_the_funds_once():
    seller = seller_with(4800)
    payout = asked(seller)
    sandbox(f"accounts/{payout.account.stripe_account_id}/restrict")
    for _ in range(3):
        payout = sent(payout)
    assert (payout.status, payout.failure_code) == (PayoutStatus.FAILED, "payout_account_restricted")
    assert (available_of(seller), seller_balance(seller).paid_out_amount) == (4800, 0)
    assert journals_of(payout) == [JournalKind.PAYOUT, JournalKind.PAYOUT_FAILED]
    assert transfers() == []
    assert OutboxMessage.objects.filter(topic="payout_failed").count() == 1
    assert books_are_balanced()


@pytest.mark.parametrize("late", [{"attempt": 1, "was_sent": True}, {"attempt": 2, "was_sent": False}])
def test_a_late_refusal_undoes_nothing_that_went_on_meanwhile(late):
    seller = seller_with(4800)
    payout = sent(asked(seller))
    payout_fail(payout_id=payout.pk, code="refused", **late)
    assert Payout.objects.get().status == PayoutStatus.PAID
    assert (available_of(seller), books_equal_stripe()) == (0, True)


@pytest.mark.parametrize("late", [{"attempt": 1, "was_sent": True}, {"attempt": 2, "was_sent": False}])
def test_a_late_refusal_fails_no_payout_that_another_worker_is_sending(late):
    payout = asked(seller_with(4800))
    Payout.objects.update(stripe_attempt=2, first_sent_at=clock.now())
    payout_fail(payout_id=payout.pk, code="refused", **late)
    assert Payout.objects.get().status == PayoutStatus.REQUESTED


def test_after_a_failure_the_seller_can_ask_again():
    seller = seller_with(4800)
    payout = asked(seller)
    account_id = payout.account.stripe_account_id
    sandbox(f"accounts/{account_id}/restrict")
    sent(payout)
    sandbox(f"accounts/{account_id}/onboard")
    account_sync(account=ConnectedAccount.objects.get())
    assert sent(asked(seller)).status == PayoutStatus.PAID
    assert (available_of(seller), books_equal_stripe()) == (0, True)


# --- What Stripe tells ---------------------------------------------------------------------------


def test_a_transfers_event_settles_a_payout_whose_answer_was_lost():
    seller = seller_with(4800)
    fault("POST", "/v1/transfers", kind="reset", when="after", times=2)
    payout = sent(asked(seller))
    for _ in range(2):
        payout_sync(transfer_id=transfers()[0]["id"])
    payout.refresh_from_db()
    assert payout.status == PayoutStatus.PAID
    assert journals_of(payout) == [JournalKind.PAYOUT, JournalKind.PAYOUT_SENT]


def test_transfers_of_others_are_ignored():
    seller = seller_with(4800)
    account_id = account_of(seller).stripe_account_id
    made = stripe_post(
        "transfers", f"amount=1000&currency=usd&destination={account_id}&transfer_group=theirs"
    )
    payout_sync(transfer_id=made["id"])
    assert not Payout.objects.exists()


@pytest.mark.parametrize("change", ["amount=1200", "destination"])
def test_a_transfer_that_is_not_what_was_asked_for_is_not_booked(change):
    seller = seller_with(4800)
    payout = asked(seller)
    destination = account_of(seller).stripe_account_id
    if change == "destination":
        destination = onboard(SellerProfileFactory.create()).stripe_account_id
    amount = 1200 if change != "destination" else 4800
    earn(seller, 8000)
    stripe_post(
        "transfers",
        f"amount={amount}&currency=usd&destination={destination}&transfer_group={payout.pk}"
        f"&metadata[payout_id]={payout.pk}",
    )
    payout = sent(payout)
    assert (payout.status, journals_of(payout)) == (PayoutStatus.REQUESTED, [JournalKind.PAYOUT])
    assert alarms("payout_unexpected_transfer") == 1


def test_the_transfer_is_recognisable_at_stripe():
    payout = sent(asked(seller_with(4800)))
    [transfer] = transfers()
    assert transfer["transfer_group"] == str(payout.pk)
    assert transfer["metadata"] == {"payout_id": str(payout.pk)}
    assert transfer["destination"] == payout.account.stripe_account_id
