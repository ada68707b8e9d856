"""Check 8: every permutation of paid, refund and dispute events ends in the same state, which is Stripe's."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction

from payments.models import Dispute, Order, StripeEvent
from payments.queries import seller_balance
from payments.services.disputes import dispute_sync
from payments.services.refunds import payment_refunds_sync
from tests.factories import UserFactory
from tests.payments.disputing import (
    bank_disputes,
    books_match_stripe,
    has_access,
    hear,
    intent_of,
    standing,
    told,
)
from tests.payments.support import (
    ordered,
    paid_order,
    pay,
    published_listing,
    sandbox,
    stripe_get,
    stripe_post,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alone", "empty_stripe")]

HEARD = ("checkout.session.completed", "charge.refunded", "charge.dispute.created", "charge.dispute.closed")


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_check_08_every_permutation_of_events_ends_alike_and_equal_to_stripe(outcome):
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
            assert books_match_stripe()
    assert len(ends) == 24
    assert all(end == ends[0] for end in ends)
    assert ends[0]["disputes"][0][1] == outcome


def test_check_08_hearing_of_any_part_of_a_history_while_it_goes_on_ends_alike():
    """After each step but the last we hear of it or not: 32 ways through the same history."""
    ends = []
    for heard in itertools.product([False, True], repeat=5):
        with undone():
            sandbox("reset")
            order = paid_order(300, 700)
            intent = intent_of(order)
            for step, is_heard in zip(history_of_a_dispute_and_a_refund(intent), (*heard, True), strict=True):
                step()
                if is_heard:
                    hear_all(intent)
            ends.append(figures(order))
            assert books_match_stripe()
    assert all(end == ends[0] for end in ends)
    # $8.00 of $10.00, over two sellers by price; the refund that failed left no trace.
    assert ends[0] == {
        "pending": [240 - 192, 560 - 448],
        "lost": 160,
        "access": [True, True],
        "order": "paid",
    }


@contextmanager
def undone() -> Iterator[None]:
    """What happens in here has not happened afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def history_of_a_dispute_and_a_refund(intent: str) -> list[Callable[[], Any]]:
    """What happens at the bank and at Stripe, step by step."""
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
