"""Check 17: refund and dispute in either order, won or lost: one debit at most, one credit."""

import pytest
from django.db.models import Sum

from common.errors import Conflict, DomainError
from payments.models import (
    DisputeEvidence,
    Journal,
    JournalKind,
    LedgerEntry,
    Order,
    Refund,
    RefundReason,
    RefundStatus,
)
from payments.services import disputes, refund_request
from payments.services.disputes import dispute_sync
from payments.services.evidence import evidence_draft, evidence_request
from payments.services.refunds import payment_refunds_sync, refund_send
from tests.payments.disputing import bank, bank_disputes, books_match_stripe, disputed, has_access, intent_of
from tests.payments.support import paid_order, sandbox, stripe_post
from tests.support.races import at_once, lock_skipped

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alone", "empty_stripe")]

# Of $9.99 the seller's share is 800. A refund of 500 takes 500 - floor(199 * 500 / 999) = 401 of it.
SHARE, SHARE_OF_500 = 800, 401


class Books:
    """What a seller is owed for one order, watched: never below nothing, and never above the share."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.seller = order.items.get().seller
        self.seen: list[int] = []

    def look(self) -> int:
        owed = -(LedgerEntry.objects.filter(seller=self.seller).aggregate(total=Sum("amount"))["total"] or 0)
        assert 0 <= owed <= SHARE, "debited twice, or credited twice"
        self.seen.append(owed)
        return owed


def give_back(order: Order, amount: int | None) -> None:
    refund = refund_request(order=order, by=None, reason=RefundReason.MODERATOR, amount=amount)
    refund_send(refund_id=refund.pk)


@pytest.mark.parametrize("outcome", ["won", "lost"])
@pytest.mark.parametrize(("amount", "left"), [(None, 0), (500, SHARE - SHARE_OF_500)], ids=["full", "part"])
def test_check_17_a_refund_before_the_dispute(outcome, amount, left):
    order = paid_order(999)
    books = Books(order)
    give_back(order, amount)
    assert books.look() == left
    dispute = disputed(order)
    assert books.look() == 0
    closed_for_good(dispute, outcome, books)
    assert books.look() == (left if outcome == "won" else 0)
    assert has_access(order) == [amount is not None and outcome == "won"]
    assert books_match_stripe()


@pytest.mark.parametrize("outcome", ["won", "lost"])
@pytest.mark.parametrize(("amount", "left"), [(None, 0), (500, SHARE - SHARE_OF_500)], ids=["full", "part"])
def test_check_17_a_refund_after_the_dispute(outcome, amount, left):
    order = paid_order(999)
    books = Books(order)
    dispute = disputed(order)
    assert books.look() == 0
    with pytest.raises(Conflict) as frozen:
        give_back(order, amount)
    assert frozen.value.code == "disputed"
    closed_for_good(dispute, outcome, books)
    if outcome == "won":
        assert books.look() == SHARE
        give_back(order, amount)
        assert books.look() == left
    else:
        with pytest.raises(Conflict) as refused:
            give_back(order, amount)
        assert refused.value.code == "not_refundable"
        assert books.look() == 0
    assert books_match_stripe()


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_check_17_a_refund_on_its_way_when_the_bank_disputes(outcome):
    """Decided before the dispute, sent after it: Stripe refuses, and the buyer is not paid twice."""
    order = paid_order(999)
    books = Books(order)
    refund = refund_request(order=order, by=None, reason=RefundReason.MODERATOR)
    dispute = disputed(order)
    refund_send(refund_id=refund.pk)
    refund.refresh_from_db()
    assert (refund.status, books.look()) == (RefundStatus.FAILED, 0)
    closed_for_good(dispute, outcome, books)
    assert books.look() == (SHARE if outcome == "won" else 0)
    assert books_match_stripe()


def test_check_17_a_refund_heard_of_after_the_dispute_closes_to_the_cent_and_opens_again():
    """499 and 500 of $9.99 take 400 and 401 of a seller by themselves, and 800 together."""
    order = paid_order(999)
    books, intent = Books(order), intent_of(order)
    made = stripe_post("refunds", f"payment_intent={intent}&amount=499")
    dispute_id = bank_disputes(intent, amount=500)
    bank(dispute_id, "close", outcome="lost")
    assert books.look() == SHARE - SHARE_OF_500
    payment_refunds_sync(payment_intent_id=intent)
    assert books.look() == 0
    assert books_match_stripe()
    sandbox(f"refunds/{made['id']}/fail")
    payment_refunds_sync(payment_intent_id=intent)
    assert books.look() == SHARE - SHARE_OF_500
    assert books_match_stripe()


def closed_for_good(dispute, outcome: str, books: Books) -> None:
    """The bank decides, and we hear of it three times."""
    bank(dispute, "close", outcome=outcome)
    for _ in range(2):
        books.look()
        dispute_sync(dispute_id=dispute.stripe_dispute_id)
    reinstated = Journal.objects.filter(kind=JournalKind.DISPUTE_REINSTATED).count()
    assert reinstated == (1 if outcome == "won" else 0)


# --- At the same moment --------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_check_17_twenty_that_hear_of_a_dispute_at_once_debit_once():
    order = paid_order(999)
    dispute_id = bank_disputes(intent_of(order))
    statuses = at_once(20, lambda _: dispute_sync(dispute_id=dispute_id).status)
    assert statuses == ["needs_response"] * 20
    assert Books(order).look() == 0
    assert books_match_stripe()


@pytest.mark.django_db(transaction=True)
def test_check_17_without_the_lock_the_race_appears():
    order = paid_order(999)
    dispute_id = bank_disputes(intent_of(order))
    with lock_skipped(disputes, "order_lock", rivals=5):
        outcomes = at_once(5, lambda _: dispute_sync(dispute_id=dispute_id).status)
    assert any(isinstance(outcome, Exception) for outcome in outcomes), "only a constraint stood in the way"


@pytest.mark.django_db(transaction=True)
def test_check_17_five_who_answer_a_bank_at_once_answer_once():
    dispute = disputed(paid_order(999))
    evidence_draft(dispute_pk=dispute.pk)
    outcomes = at_once(5, lambda _: evidence_request(dispute_pk=dispute.pk, by=None))
    assert sum(isinstance(outcome, DisputeEvidence) for outcome in outcomes) == 1
    refused = [outcome for outcome in outcomes if not isinstance(outcome, DisputeEvidence)]
    assert [getattr(error, "code", error) for error in refused] == ["evidence_sent"] * 4


@pytest.mark.django_db(transaction=True)
def test_check_17_a_refund_and_a_dispute_at_once_debit_once():
    order = paid_order(999)
    dispute_id = bank_disputes(intent_of(order))

    def act(rival: int) -> str:
        if rival % 2:
            return dispute_sync(dispute_id=dispute_id).status
        try:
            give_back(order, None)
        except DomainError as error:
            return error.code
        return "asked"

    outcomes = at_once(8, act)
    assert set(outcomes) <= {"needs_response", "asked", "disputed", "not_refundable"}
    assert not Refund.objects.exclude(status=RefundStatus.FAILED).exists()
    assert has_access(order) == [True]
    assert Books(order).look() == 0
    bank(dispute_id, "close", outcome="lost")
    assert Books(order).look() == 0
    assert books_match_stripe()
