"""Check 5: a worker killed (SIGKILL) at every step of delivery; then one grant, one receipt record."""

from pathlib import Path
from typing import Any

import pytest

from common.models import OutboxMessage
from payments.models import Order, StripeEvent
from tests.factories import UserFactory
from tests.payments.checks.outcome import DELIVERED_ONCE, is_delivered_once, leases_end, outcome_of
from tests.payments.support import books_are_balanced, event_of, event_stored, ordered, pay, published_listing
from tests.payments.waiting import until
from tests.support.crew import mails_in
from tests.support.victim import Victim

pytestmark = pytest.mark.django_db(transaction=True)

EVENT, DELIVERY, OUTBOX = "payments.stripe_event_handle", "payments.delivery_finish", "common.outbox_deliver"
SWEEPS = ("payments.stripe_events_sweep", "payments.deliveries_sweep", "common.outbox_sweep")


@pytest.mark.parametrize(
    ("task", "some_of_its_steps"),
    [
        (
            EVENT,
            ["payments_payment", "payments_journal", "payments_entitlement", "COMMIT", "hint payments.d"],
        ),
        (DELIVERY, ['UPDATE "payments_delivery" SET "receipt_sent_at"', '"sellers_notified_at" = ', "end"]),
        (OUTBOX, ["listings_listing", '"handled_at"', "COMMIT"]),
    ],
    ids=["settling", "delivering", "telling"],
)
def test_check_05_killed_at_each_step_of_a_task_everything_is_done_once(
    victim: Victim, victim_mailbox: Path, task: str, some_of_its_steps: list[str]
):
    orders, steps = [], []
    while True:
        order = event_waits()
        killed_at = victim.run(task, *subject_of(task, order, victim), die_at=len(steps) + 1)
        orders.append(order)
        if killed_at is None:
            break
        steps.append(killed_at)
    for part in some_of_its_steps:
        assert any(part in step for step in steps), (part, steps)

    worker_restarts(victim)

    assert [outcome_of(order) for order in orders] == [DELIVERED_ONCE] * len(orders)
    sent = mails_in(victim_mailbox)
    for order in orders:
        # Killed after sending and before noting it, the mail goes out again under the same Message-ID.
        assert 1 <= sent.count(f"receipt.{order.pk}@mail.promptfair") <= 2
    assert books_are_balanced()


def event_waits() -> Order:
    """A paid session, and its event as the web process committed it."""
    order = ordered(UserFactory(), published_listing())
    pay(order)
    event_stored(event_of(order, "checkout.session.completed"))
    return order


def subject_of(task: str, order: Order, victim: Victim) -> list[Any]:
    """What the task is about; all that comes before it is done without an accident."""
    event = StripeEvent.objects.get(payload__data__object__id=order.stripe_session_id)
    if task == EVENT:
        return [event.pk]
    victim.run(EVENT, event.pk)
    if task == DELIVERY:
        return [order.pk]
    return [OutboxMessage.objects.get(topic="order_paid", subject=order.pk).pk]


def worker_restarts(victim: Victim) -> None:
    """What beat starts, once the leases are over; twice, for a sweeper's work may be the next one's cause."""
    for _ in range(2):
        leases_end()
        for sweep in SWEEPS:
            victim.run(sweep)


def test_check_05_a_real_worker_killed_while_it_mails_delivers_within_a_minute(crew, victim):
    order = event_waits()
    victim.run(EVENT, StripeEvent.objects.get().pk)
    worker = crew.worker(EMAIL_BACKEND="tests.support.hanging_mail.HangingBackend")
    crew.beat()
    assert until(crew.mail_began.exists), "the worker began to send the receipt"
    worker.kill()
    crew.worker()
    assert until(lambda: is_delivered_once(order), seconds=60), outcome_of(order)
    assert sorted(one.partition(".")[0] for one in mails_in(crew.mailbox)) == ["receipt", "sale"]
