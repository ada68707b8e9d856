"""Taking money of a payout back: staff only, once, and what was done in Stripe's dashboard is adopted."""

import pytest

from accounts.models import AuditEntry
from common.errors import Conflict, InvalidInput, NotFound
from payments.models import Journal, Payout, PayoutReversal, PayoutReversalStatus, PayoutStatus
from payments.services.payout_reversals import payout_reversal_send, payout_reverse, payout_sync
from payments.tasks import payout_reversals_sweep
from tests.factories import UserFactory
from tests.payments.paying_out import (
    asked,
    available_of,
    books_equal_stripe,
    clocks_ahead,
    due_now,
    fault,
    seller_with,
    sent,
)
from tests.payments.support import books_are_balanced, sandbox, stripe_get, stripe_post
from tests.support.races import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_stripe")]


@pytest.fixture
def paid() -> Payout:
    """$48.00, paid out."""
    return sent(asked(seller_with(4800)))


@pytest.fixture
def staff(db):
    return UserFactory.create(staff=True)


def taken_back(payout: Payout, amount: int, staff) -> PayoutReversal:
    return payout_reverse(payout=payout, amount=amount, by=staff, note="A fraud.")


def tried(reversal: PayoutReversal) -> PayoutReversal:
    due_now(reversal)
    payout_reversal_send(reversal_id=reversal.pk)
    reversal.refresh_from_db()
    return reversal


def reversals_at_stripe(payout: Payout) -> list[int]:
    found = stripe_get(f"transfers/{payout.stripe_transfer_id}/reversals")["data"]
    return [reversal["amount"] for reversal in found]


def test_a_part_taken_back_is_available_again(paid, staff):
    reversal = tried(taken_back(paid, 1800, staff))
    paid.refresh_from_db()
    assert reversal.status == PayoutReversalStatus.SUCCEEDED
    assert (paid.status, paid.reversed_amount) == (PayoutStatus.PAID, 1800)
    assert available_of(paid.seller) == 1800
    assert reversals_at_stripe(paid) == [1800]
    assert books_equal_stripe()


def test_all_taken_back_makes_the_payout_reversed(paid, staff):
    tried(taken_back(paid, 1800, staff))
    tried(taken_back(paid, 3000, staff))
    paid.refresh_from_db()
    assert (paid.status, paid.reversed_amount) == (PayoutStatus.REVERSED, 4800)
    assert (available_of(paid.seller), books_equal_stripe()) == (4800, True)


def test_who_took_back_what_is_on_record(paid, staff):
    taken_back(paid, 1800, staff)
    entry = AuditEntry.objects.get(action="payout.taken_back")
    assert (entry.actor, entry.subject_id) == (staff, str(paid.pk))
    assert entry.detail == {"amount": 1800, "note": "A fraud."}


def test_a_seller_takes_nothing_back(paid):
    with pytest.raises(NotFound):
        taken_back(paid, 1800, paid.seller.user)


@pytest.mark.parametrize("amount", [0, -1, 4801])
def test_not_more_than_was_paid(paid, staff, amount):
    with pytest.raises(InvalidInput) as refused:
        taken_back(paid, amount, staff)
    assert list(refused.value.errors) == ["amount"]


def test_what_is_on_its_way_back_counts(paid, staff):
    taken_back(paid, 4000, staff)
    with pytest.raises(InvalidInput):
        taken_back(paid, 801, staff)


def test_only_what_was_paid_out_can_be_taken_back(staff):
    payout = asked(seller_with(4800))
    with pytest.raises(Conflict) as refused:
        taken_back(payout, 1000, staff)
    assert refused.value.code == "payout_not_paid"


@pytest.mark.django_db(transaction=True)
def test_twenty_workers_take_back_once(paid, staff):
    reversal = taken_back(paid, 1800, staff)
    at_once(20, lambda _: tried(PayoutReversal.objects.get()))
    assert reversals_at_stripe(paid) == [1800]
    assert Journal.objects.filter(kind="payout_reversed").count() == 1
    assert (available_of(paid.seller), reversal.payout.amount) == (1800, 4800)


@pytest.mark.parametrize(("kind", "when"), [("reset", "after"), ("error", "after"), ("reset", "before")])
def test_a_lost_answer_takes_back_once(paid, staff, kind, when):
    fault("POST", "/v1/transfers/*/reversals", kind=kind, when=when, times=2)
    reversal = tried(taken_back(paid, 1800, staff))
    assert reversal.status == PayoutReversalStatus.REQUESTED
    due_now(reversal)
    payout_reversals_sweep()
    reversal.refresh_from_db()
    assert reversal.status == PayoutReversalStatus.SUCCEEDED
    assert reversals_at_stripe(paid) == [1800]
    assert books_equal_stripe()


def test_a_fault_kept_under_the_key_waits_a_day_for_the_next(paid, staff):
    fault("POST", "/v1/transfers/*/reversals", kind="error", when="during")
    reversal = tried(taken_back(paid, 1800, staff))
    assert tried(reversal).status == PayoutReversalStatus.REQUESTED
    with clocks_ahead(hours=25):
        reversal = tried(reversal)
    assert (reversal.status, reversal.stripe_attempt) == (PayoutReversalStatus.SUCCEEDED, 2)
    assert reversals_at_stripe(paid) == [1800]


def test_money_that_has_gone_to_the_bank_cannot_be_taken_back(paid, staff):
    sandbox(f"accounts/{paid.account.stripe_account_id}/payout")
    reversal = tried(taken_back(paid, 1800, staff))
    assert reversal.status == PayoutReversalStatus.FAILED
    assert "insufficient" in reversal.last_error
    assert (available_of(paid.seller), books_equal_stripe()) == (0, True)
    sent_again = taken_back(paid, 1800, staff)
    assert sent_again.pk != reversal.pk, "staff may try once the money is there"


def test_a_reversal_made_in_stripes_dashboard_is_adopted_once(paid):
    stripe_post(f"transfers/{paid.stripe_transfer_id}/reversals", "amount=1800")
    for _ in range(2):
        payout_sync(transfer_id=paid.stripe_transfer_id)
    reversal = PayoutReversal.objects.get()
    paid.refresh_from_db()
    assert (reversal.amount, reversal.requested_by, paid.reversed_amount) == (1800, None, 1800)
    assert (available_of(paid.seller), books_equal_stripe()) == (1800, True)


@pytest.mark.django_db(transaction=True)
def test_events_and_the_worker_at_once_book_one_reversal(paid, staff):
    reversal = taken_back(paid, 1800, staff)
    fault("POST", "/v1/transfers/*/reversals", kind="reset", when="after", times=2)
    tried(reversal)
    transfer_id = paid.stripe_transfer_id
    at_once(8, lambda _: (payout_sync(transfer_id=transfer_id), tried(PayoutReversal.objects.get())))
    assert PayoutReversal.objects.get().status == PayoutReversalStatus.SUCCEEDED
    assert Payout.objects.get().reversed_amount == 1800
    assert (available_of(paid.seller), books_are_balanced()) == (1800, True)
