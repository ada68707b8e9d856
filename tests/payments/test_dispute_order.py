"""Disputes heard of in any order, late, twice, or by twenty at once end where Stripe is."""

import contextlib
import dataclasses
import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from common.errors import DomainError
from common.models import OutboxMessage
from payments import gateway_disputes
from payments.models import (
    Dispute,
    DisputeMovement,
    DisputeStatus,
    Order,
    Payment,
    Refund,
    RefundReason,
    RefundStatus,
    StripeEvent,
)
from payments.queries import seller_balance
from payments.services import checkout_return, refund_request
from payments.services.disputes import dispute_note, dispute_sync
from payments.services.refunds import payment_refunds_sync, refund_send
from tests.factories import UserFactory
from tests.payments.disputing import (
    alarms,
    bank,
    bank_disputes,
    books_match_stripe,
    bought,
    disputed,
    has_access,
    hear,
    intent_of,
    standing,
    told,
)
from tests.payments.support import (
    ordered,
    pay,
    published_listing,
    sandbox,
    stripe_get,
    stripe_post,
)

MODERATOR = RefundReason.MODERATOR
ALWAYS_DISPUTED = "4000000000000259"


@pytest.fixture(autouse=True)
def fresh_stripe(stripe_sandbox):
    """So that Stripe's balance is this test's alone."""
    sandbox("reset")


@pytest.fixture(autouse=True)
def books_held_against_stripe(fresh_stripe, db):
    yield
    assert books_match_stripe()


HEARD = (
    "checkout.session.completed",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.closed",
)


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_every_permutation_of_paid_refund_and_dispute_events_ends_alike(outcome):
    """Stripe's history is over; whatever we hear first, and even if the last is all we hear, we end there."""
    order = ordered(UserFactory(), published_listing(price_amount=300), published_listing(price_amount=700))
    pay(order)
    intent = stripe_get(f"checkout/sessions/{order.stripe_session_id}")["payment_intent"]
    stripe_post("refunds", f"payment_intent={intent}&amount=301")
    dispute_id = bank_disputes(intent, amount=600)
    sandbox(f"disputes/{dispute_id}/close", {"outcome": outcome})
    events = told(*HEARD)
    assert sorted(event["type"] for event in events) == sorted(HEARD)
    ends = []
    for heard in itertools.permutations(events):
        with undone():
            for event in heard:
                hear(event)
            assert not StripeEvent.objects.filter(handled_at=None).exists()
            ends.append(standing(order))
    assert len(ends) == 24
    assert all(end == ends[0] for end in ends)
    assert ends[0]["disputes"][0][1] == outcome
    for event in events:
        hear(event)


@contextlib.contextmanager
def undone():
    """What happens in here has not happened afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def history_of_a_dispute_and_a_refund(order: Order) -> list[Callable[[], Any]]:
    """What happens at the bank and at Stripe, step by step."""
    intent = Payment.objects.get(order=order).stripe_payment_intent_id
    seen: dict[str, str] = {}

    def refund() -> None:
        seen["refund"] = stripe_post("refunds", f"payment_intent={intent}&amount=250")["id"]

    def ask() -> None:
        seen["dispute"] = bank_disputes(intent, inquiry=True, amount=800)

    return [
        refund,
        ask,
        lambda: sandbox(f"disputes/{seen['dispute']}/escalate", {"withdraw": False}),
        lambda: sandbox(f"disputes/{seen['dispute']}/withdraw"),
        lambda: sandbox(f"refunds/{seen['refund']}/fail"),
        lambda: sandbox(f"disputes/{seen['dispute']}/close", {"outcome": "lost"}),
    ]


def test_hearing_of_any_part_of_a_history_while_it_goes_on_ends_alike():
    """After each step but the last we hear of it or not: 32 ways through the same history."""
    ends = []
    for heard in itertools.product([False, True], repeat=5):
        with undone():
            sandbox("reset")
            order = bought(300, 700)
            intent = intent_of(order)
            for step, is_heard in zip(history_of_a_dispute_and_a_refund(order), (*heard, True), strict=True):
                step()
                if is_heard:
                    hear_all(intent)
            ends.append(figures(order))
            assert books_match_stripe()
    sandbox("reset")
    assert all(end == ends[0] for end in ends)
    # $8.00 of $10.00, over two sellers by price; the refund that failed left no trace.
    assert ends[0] == {
        "pending": [240 - 192, 560 - 448],
        "lost": 160,
        "access": [True, True],
        "order": "paid",
    }


def hear_all(intent: str) -> None:
    payment_refunds_sync(payment_intent_id=intent)
    for dispute in stripe_get(f"disputes?payment_intent={intent}")["data"]:
        dispute_sync(dispute_id=dispute["id"])


def figures(order: Order) -> dict[str, Any]:
    order.refresh_from_db()
    items = order.items.order_by("pk")
    return {
        "pending": [seller_balance(item.seller).pending_amount for item in items],
        "lost": Dispute.objects.get().platform_loss_amount,
        "access": has_access(order),
        "order": order.status,
    }


def test_a_stale_answer_never_overwrites_a_later_one():
    order = bought(999)
    dispute_id = bank_disputes(intent_of(order), withdraw=False)
    early = gateway_disputes.dispute_retrieve(dispute_id)
    sandbox(f"disputes/{dispute_id}/withdraw")
    middle = gateway_disputes.dispute_retrieve(dispute_id)
    sandbox(f"disputes/{dispute_id}/close", {"outcome": "won"})
    late = gateway_disputes.dispute_retrieve(dispute_id)
    for facts in (late, early, middle, late, early):
        dispute = dispute_note(facts)
        assert (dispute.status, dispute.closed_at is None) == (DisputeStatus.WON, False)
    assert DisputeMovement.objects.count() == 2
    assert seller_balance(order.items.get().seller).pending_amount == 800


def test_closed_is_final_even_if_stripe_were_to_change_its_mind():
    order = bought(999)
    lost = bank(disputed(order), "close", outcome="lost")
    facts = gateway_disputes.dispute_retrieve(lost.stripe_dispute_id)
    assert dispute_note(dataclasses.replace(facts, status="won")).status == DisputeStatus.LOST
    assert has_access(order) == [False]
    assert len(alarms("dispute_unclear")) == 1


def test_a_word_of_stripe_s_that_we_do_not_know_is_kept_as_under_review_and_told():
    order = bought(999)
    facts = gateway_disputes.dispute_retrieve(bank_disputes(intent_of(order)))
    assert dispute_note(dataclasses.replace(facts, status="prevented")).status == DisputeStatus.UNDER_REVIEW
    assert "prevented" in alarms("dispute_unclear")[0]


def test_a_dispute_that_overtakes_its_payment_settles_it_first():
    buyer = UserFactory()
    order = ordered(buyer, published_listing(price_amount=999))
    pay(order, ALWAYS_DISPUTED)
    hear(told("charge.dispute.created")[0])
    assert (Payment.objects.count(), Dispute.objects.count()) == (1, 1)
    assert has_access(order) == [True]
    assert not StripeEvent.objects.filter(handled_at=None).exists()


def test_a_payment_that_settles_brings_its_disputes_along():
    buyer = UserFactory()
    order = ordered(buyer, published_listing(price_amount=999))
    pay(order, ALWAYS_DISPUTED)
    checkout_return(session_id=str(order.stripe_session_id), buyer=buyer)
    assert Dispute.objects.get().status == DisputeStatus.NEEDS_RESPONSE


def test_a_dispute_of_a_payment_that_does_not_settle_is_tried_again_and_not_lost():
    buyer = UserFactory()
    order = ordered(buyer, published_listing(price_amount=999))
    pay(order, ALWAYS_DISPUTED)
    Order.objects.filter(pk=order.pk).update(subtotal_amount=998, total_amount=998)
    event = told("charge.dispute.created")[0]
    hear(event)
    assert StripeEvent.objects.get().handled_at is None
    Order.objects.filter(pk=order.pk).update(subtotal_amount=999, total_amount=999)
    hear(event)
    assert (StripeEvent.objects.get().handled_at is None, Dispute.objects.count()) == (False, 1)


def test_a_dispute_of_another_program_s_payment_is_none_of_ours():
    order = bought(999)
    event = {**told("charge.succeeded")[0]}
    dispute = {"id": "du_other", "object": "dispute", "payment_intent": "pi_of_another_program"}
    hear({**event, "id": "evt_other", "type": "charge.dispute.created", "data": {"object": dispute}})
    assert StripeEvent.objects.get().handled_at is not None
    assert not Dispute.objects.filter(payment__order=order).exists()


# --- At the same moment --------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_twenty_syncs_at_once_book_once():
    order = bought(999)
    dispute_id = bank_disputes(intent_of(order))
    assert at_once(20, lambda _: dispute_sync(dispute_id=dispute_id).status) == ["needs_response"] * 20
    assert (Dispute.objects.count(), DisputeMovement.objects.count()) == (1, 1)
    assert seller_balance(order.items.get().seller).pending_amount == 0
    assert len(alarms("dispute_opened")) == 1
    assert OutboxMessage.objects.filter(topic="dispute_opened").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_refund_and_a_dispute_at_once_debit_the_seller_once():
    order = bought(999)
    dispute_id = bank_disputes(intent_of(order), withdraw=True)

    def act(number: int) -> str:
        if number % 2:
            return dispute_sync(dispute_id=dispute_id).status
        try:
            refund_send(refund_id=refund_request(order=order, by=None, reason=MODERATOR).pk)
        except DomainError as error:
            return error.code
        return "asked"

    outcomes = at_once(8, act)
    assert set(outcomes) <= {"needs_response", "asked", "disputed", "not_refundable"}
    assert not Refund.objects.exclude(status=RefundStatus.FAILED).exists()
    assert seller_balance(order.items.get().seller).pending_amount == 0
    assert has_access(order) == [True]
    bank(dispute_id, "close", outcome="lost")
    assert seller_balance(order.items.get().seller).pending_amount == 0


def at_once(count: int, act: Callable[[int], str]) -> list[str]:
    together = threading.Barrier(count)

    def arrive(number: int) -> str:
        together.wait()
        try:
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(arrive, range(count)))
