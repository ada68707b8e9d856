"""Stale answers, unknown words, and disputes heard of before their payments.

Every order of events, and rivals at the same moment: checks 8 and 17.
"""

import dataclasses

import pytest

from common.models import OutboxMessage
from payments import gateway_disputes
from payments.models import (
    Dispute,
    DisputeEvidence,
    DisputeMovement,
    DisputeStatus,
    Order,
    Payment,
    StripeEvent,
)
from payments.queries import seller_balance
from payments.services import checkout_return
from payments.services.disputes import dispute_note
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
    told,
)
from tests.payments.support import (
    ordered,
    pay,
    published_listing,
    sandbox,
)
from tests.payments.waiting import until

ALWAYS_DISPUTED = "4000000000000259"


@pytest.fixture(autouse=True)
def fresh_stripe(stripe_sandbox):
    """So that Stripe's balance is this test's alone."""
    sandbox("reset")


@pytest.fixture(autouse=True)
def books_held_against_stripe(fresh_stripe, db):
    yield
    assert books_match_stripe()


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


def test_a_card_that_disputes_is_followed_by_webhook_and_worker(live_site):
    """Signed events, a real worker: payment, dispute, draft and mails, without any of our calls."""
    order = ordered(UserFactory(), published_listing(price_amount=999))
    pay(order, ALWAYS_DISPUTED)
    assert until(DisputeEvidence.objects.exclude(fields={}).exists)
    told_to_sellers = OutboxMessage.objects.filter(topic="dispute_opened", handled_at__isnull=False)
    assert until(told_to_sellers.exists)
    assert until(lambda: not StripeEvent.objects.filter(handled_at=None).exists())
    assert seller_balance(order.items.get().seller).pending_amount == 0
    bank_id = Dispute.objects.get().stripe_dispute_id
    sandbox(f"disputes/{bank_id}/close", {"outcome": "lost"})
    assert until(Dispute.objects.filter(status=DisputeStatus.LOST).exists)
    assert has_access(order) == [False]
