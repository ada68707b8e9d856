"""Check 19: concurrent or timed-out payouts make one transfer; a failure returns the funds once."""

import pytest

from common.errors import DomainError, InvalidInput
from payments.models import JournalKind, Payout, PayoutReversal, PayoutStatus
from payments.services import payouts
from payments.services.connect import account_sync
from payments.services.payout_reversals import payout_reverse, payout_sync
from payments.services.payouts import payout_send
from payments.services.payouts_weekly import weekly_payouts_make
from tests.factories import SellerProfileFactory, UserFactory
from tests.payments.checks.outcome import leases_end
from tests.payments.paying_out import (
    account_of,
    asked,
    available_of,
    books_equal_stripe,
    clocks_ahead,
    earn,
    fault,
    journals_of,
    seller_with,
    sent,
    transfers,
)
from tests.payments.support import books_are_balanced, sandbox
from tests.support.races import at_once, lock_skipped, rival_before

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("alone", "empty_stripe")]

PAID_ONCE = [JournalKind.PAYOUT, JournalKind.PAYOUT_SENT]
RETURNED_ONCE = [JournalKind.PAYOUT, JournalKind.PAYOUT_FAILED]


def test_check_19_twenty_requests_at_once_make_one_transfer():
    seller = seller_with(4800)
    earn(SellerProfileFactory(), 12_000)  # money of others, which a second transfer would take
    outcomes = at_once(20, lambda _: asked(seller))
    [payout] = [outcome for outcome in outcomes if isinstance(outcome, Payout)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, DomainError)]
    assert [error.code for error in refused] == ["payout_below_minimum"] * 19

    at_once(20, lambda _: payout_send(payout_id=payout.pk))
    payout.refresh_from_db()
    assert payout.status == PayoutStatus.PAID
    assert [transfer["amount"] for transfer in transfers()] == [4800]
    assert journals_of(payout) == PAID_ONCE
    assert (available_of(seller), books_equal_stripe()) == (0, True)


def test_check_19_without_the_lock_the_race_appears():
    seller = seller_with(4800)
    with lock_skipped(payouts, "seller_lock", rivals=5):
        at_once(5, lambda _: asked(seller))
    assert sum(payout.amount for payout in Payout.objects.all()) > 4800


def test_check_19_weekly_runs_and_a_request_at_once_pay_once():
    seller = seller_with(4800)
    at_once(8, lambda rival: weekly_payouts_make() if rival % 2 else asked(seller))
    assert [payout.amount for payout in Payout.objects.all()] == [4800]


@pytest.mark.parametrize(
    ("kind", "when"),
    [("reset", "after"), ("timeout", "after"), ("error", "after"), ("reset", "before"), ("error", "before")],
)
def test_check_19_a_payout_whose_answer_was_lost_makes_one_transfer(kind, when):
    seller = seller_with(4800)
    fault("POST", "/v1/transfers", kind=kind, when=when, times=2, seconds=0.1 if kind == "timeout" else 0)
    payout = sent(asked(seller))
    assert payout.status == PayoutStatus.REQUESTED
    assert available_of(seller) == 0, "the money stays spoken for"
    payout = sent(payout)
    assert (payout.status, payout.stripe_attempt) == (PayoutStatus.PAID, 1)
    assert len(transfers()) == 1
    assert books_equal_stripe()


def test_check_19_a_transfer_that_was_made_is_found_after_stripe_forgot_the_key():
    seller = seller_with(4800)
    fault("POST", "/v1/transfers", kind="reset", when="after", times=2)
    payout = sent(asked(seller))
    with clocks_ahead(hours=25):
        payout = sent(payout)
    assert (payout.status, payout.stripe_attempt, len(transfers())) == (PayoutStatus.PAID, 1, 1)


def test_check_19_killed_at_each_step_of_a_payout_one_transfer_is_made(victim):
    sellers, steps = [], []
    while True:
        sellers.append(seller_with(4800))
        payout = asked(sellers[-1])
        killed_at = victim.run("payments.payout_send", payout.pk, die_at=len(steps) + 1)
        if killed_at is None:
            break
        steps.append(killed_at)
    for part in ("payments_payout", "payments_journal", "COMMIT", "end"):
        assert any(part in step for step in steps), (part, steps)

    leases_end()
    victim.run("payments.payouts_sweep")

    assert [transfer["amount"] for transfer in transfers()] == [4800] * len(sellers)
    for payout in Payout.objects.all():
        assert (payout.status, journals_of(payout)) == (PayoutStatus.PAID, PAID_ONCE)
    assert books_equal_stripe()


def test_check_19_twenty_that_settle_a_payout_at_once_book_it_once():
    seller = seller_with(4800)
    payout = asked(seller)
    fault("POST", "/v1/transfers", kind="reset", when="after", times=2)
    payout = sent(payout)
    transfer_id = transfers()[0]["id"]
    assert at_once(20, lambda _: payout_sync(transfer_id=transfer_id)) == [None] * 20
    assert journals_of(payout) == PAID_ONCE
    assert books_equal_stripe()


def test_check_19_staff_at_once_take_back_no_more_than_was_paid():
    payout = sent(asked(seller_with(4800)))
    staff = UserFactory(staff=True)
    outcomes = at_once(5, lambda _: payout_reverse(payout=payout, amount=3000, by=staff, note="A fraud."))
    assert sum(isinstance(outcome, PayoutReversal) for outcome in outcomes) == 1
    assert all(isinstance(outcome, PayoutReversal | InvalidInput) for outcome in outcomes)


def test_check_19_of_two_answers_about_an_account_the_later_stays():
    account = account_of(seller_with(4800))

    def hear_that_it_is_restricted() -> bool:
        sandbox(f"accounts/{account.stripe_account_id}/restrict", {"transfers": False})
        return account_sync(account=account).can_be_paid

    with rival_before('UPDATE "payments_connectedaccount"', hear_that_it_is_restricted) as rival:
        assert account_sync(account=account).can_be_paid
    assert rival.outcome is False
    account.refresh_from_db()
    assert not account.can_be_paid


def test_check_19_a_refusal_met_by_eight_at_once_returns_the_funds_once():
    seller = seller_with(4800)
    payout = asked(seller)
    sandbox(f"accounts/{payout.account.stripe_account_id}/restrict")
    at_once(8, lambda _: sent(Payout.objects.get()))
    payout.refresh_from_db()
    assert (payout.status, available_of(seller)) == (PayoutStatus.FAILED, 4800)
    assert journals_of(payout) == RETURNED_ONCE
    assert transfers() == []
    assert books_are_balanced()
