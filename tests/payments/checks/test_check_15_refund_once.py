"""Check 15: twenty parallel refunds, or a kill in mid-refund, make one refund at Stripe; never more than was
paid is given back; refunds made in Stripe's dashboard appear here too.
"""

import pytest
from django.utils import timezone

from common.errors import DomainError, InvalidInput
from payments.models import Account, Order, OrderStatus, Refund, RefundReason, RefundStatus
from payments.services import refund_request, refunds
from payments.services.refunds import payment_refunds_sync, refund_send
from tests.payments.checks.outcome import leases_end
from tests.payments.support import (
    balances,
    books_are_balanced,
    hear,
    paid_order,
    refunds_at_stripe,
    sandbox,
    stripe_post,
)
from tests.support.races import at_once, lock_skipped

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("alone")]

MODERATOR = RefundReason.MODERATOR
# Stripe keeps its 59 cents, and the platform bears them.
ALL_OF_999_GIVEN_BACK = {Account.STRIPE_CLEARING: -59, Account.PROCESSING_FEES: 59}


def asking(order: Order, amount: int | None = None):
    """For at_once: ask for a refund and have it sent."""

    def ask(_rival: int) -> str:
        refund = refund_request(order=order, by=None, reason=MODERATOR, amount=amount)
        refund_send(refund_id=refund.pk)
        return "made"

    return ask


def test_check_15_twenty_parallel_full_refunds_make_one():
    order = paid_order(999)
    outcomes = at_once(20, asking(order))
    assert outcomes.count("made") == 1
    refused = [outcome for outcome in outcomes if outcome != "made"]
    assert {getattr(outcome, "code", outcome) for outcome in refused} == {"not_refundable"}
    assert refunds_at_stripe(order) == [999]
    assert balances() == ALL_OF_999_GIVEN_BACK


def test_check_15_twenty_parallel_partial_refunds_never_exceed_what_was_paid():
    order = paid_order(999)
    outcomes = at_once(20, asking(order, 100))
    assert outcomes.count("made") == 9
    assert all(isinstance(outcome, InvalidInput) for outcome in outcomes if outcome != "made")
    assert refunds_at_stripe(order) == [100] * 9
    assert books_are_balanced()


def test_check_15_without_the_lock_the_race_appears():
    order = paid_order(999)
    # They meet at the last look, since one who is late between lock and look would see what others wrote.
    with lock_skipped(refunds, "refundable_amount", rivals=5):
        outcomes = at_once(5, lambda _: refund_request(order=order, by=None, reason=MODERATOR).amount)
    assert sum(outcome for outcome in outcomes if not isinstance(outcome, DomainError)) > 999


def test_check_15_one_refund_sent_by_ten_at_once_is_made_once():
    order = paid_order(999)
    refund = refund_request(order=order, by=None, reason=MODERATOR, amount=400)
    assert at_once(10, lambda _: refund_send(refund_id=refund.pk)) == [None] * 10
    assert refunds_at_stripe(order) == [400]
    refund.refresh_from_db()
    assert (refund.status, refund.attempts) == (RefundStatus.SUCCEEDED, 1)


def test_check_15_killed_at_each_step_of_a_refund_one_is_made(victim):
    orders, steps = [], []
    while True:
        order = paid_order(999)
        refund = refund_request(order=order, by=None, reason=MODERATOR)
        killed_at = victim.run("payments.refund_send", refund.pk, die_at=len(steps) + 1)
        orders.append(order)
        if killed_at is None:
            break
        steps.append(killed_at)
    for part in ("payments_refund", "payments_journal", "COMMIT", "end"):
        assert any(part in step for step in steps), (part, steps)

    leases_end()
    victim.run("payments.refunds_sweep")

    for order in orders:
        order.refresh_from_db()
        assert (order.status, refunds_at_stripe(order)) == (OrderStatus.REFUNDED, [999])
    assert balances() == {account: cents * len(orders) for account, cents in ALL_OF_999_GIVEN_BACK.items()}
    assert books_are_balanced()


def test_check_15_a_refund_whose_answer_was_lost_is_found_not_made_again():
    order = paid_order(999)
    refund = refund_request(order=order, by=None, reason=MODERATOR, amount=400)
    sandbox("faults", {"path": "/v1/refunds", "method": "POST", "status": 500, "when": "after", "times": 2})
    refund_send(refund_id=refund.pk)
    refund.refresh_from_db()
    assert refund.status == RefundStatus.REQUESTED
    send_again(refund)
    assert refund.status == RefundStatus.SUCCEEDED
    assert refunds_at_stripe(order) == [400]


def test_check_15_a_refund_sent_again_after_the_books_were_lost_is_made_once():
    order = paid_order(999)
    refund = refund_request(order=order, by=None, reason=MODERATOR, amount=400)
    refund_send(refund_id=refund.pk)
    booked = balances()
    # Stripe has forgotten the key by now, so that only its list says what was done.
    Refund.objects.update(status=RefundStatus.REQUESTED, stripe_refund_id=None, stripe_attempt=2)
    send_again(refund)
    assert refund.status == RefundStatus.SUCCEEDED
    assert refunds_at_stripe(order) == [400]
    assert balances() == booked


def test_check_15_more_than_is_left_is_refused_naming_the_field():
    order = paid_order(999)
    refund_request(order=order, by=None, reason=MODERATOR, amount=900)
    for amount in (100, 0, -1):
        with pytest.raises(InvalidInput) as refused:
            refund_request(order=order, by=None, reason=MODERATOR, amount=amount)
        assert "amount" in refused.value.errors


def test_check_15_a_refund_made_in_stripe_s_dashboard_appears_here_once():
    order = paid_order(300, 700)
    intent = order.payments.get().stripe_payment_intent_id
    stripe_post("refunds", f"payment_intent={intent}&amount=101")
    hear(order, "charge.refunded")
    refund = Refund.objects.get()
    assert (refund.reason, refund.status) == (RefundReason.STRIPE_DASHBOARD, RefundStatus.SUCCEEDED)
    # Spread by the largest remainder: 30.3 and 70.7.
    assert [part.amount for part in refund.items.order_by("item_id")] == [30, 71]
    order.refresh_from_db()
    assert order.status == OrderStatus.PARTIALLY_REFUNDED
    before = balances()
    payment_refunds_sync(payment_intent_id=intent)
    assert balances() == before
    assert books_are_balanced()


def test_check_15_a_dashboard_refund_found_by_ten_at_once_is_booked_once():
    order = paid_order(999)
    intent = order.payments.get().stripe_payment_intent_id
    stripe_post("refunds", f"payment_intent={intent}")
    assert at_once(10, lambda _: payment_refunds_sync(payment_intent_id=intent)) == [None] * 10
    assert Refund.objects.count() == 1
    assert balances() == ALL_OF_999_GIVEN_BACK


def send_again(refund: Refund) -> None:
    Refund.objects.filter(pk=refund.pk).update(next_attempt_at=timezone.now())
    refund_send(refund_id=refund.pk)
    refund.refresh_from_db()
