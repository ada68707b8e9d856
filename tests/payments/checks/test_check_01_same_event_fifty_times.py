"""Check 1: the same signed event fifty times in parallel pays, books, delivers and mails once."""

import pytest
from django.db import IntegrityError

from common.models import OutboxMessage
from payments import gateway
from payments.models import Order, OrderStatus, StripeEvent
from payments.services import settlement
from payments.services.settlement import session_settle
from tests.factories import UserFactory
from tests.payments.checks.outcome import DELIVERED_ONCE, is_delivered_once, outcome_of
from tests.payments.support import books_are_balanced, event_of, ordered, pay, published_listing, sandbox
from tests.payments.waiting import until
from tests.support.crew import mails_in, session_mailbox
from tests.support.races import at_once, lock_skipped

pytestmark = pytest.mark.django_db(transaction=True)


def test_check_01_fifty_parallel_deliveries_of_one_event_deliver_once(live_site):
    order = ordered(UserFactory(), published_listing())
    pay(order)
    event = event_of(order, "checkout.session.completed")
    answer = sandbox(f"events/{event['id']}/send", {"times": 50, "parallel": True})
    assert answer["statuses"] == [200] * 50
    assert until(lambda: is_delivered_once(order)), outcome_of(order)
    rows = StripeEvent.objects.filter(stripe_event_id=event["id"])
    assert until(lambda: rows.get().handled_at)
    assert outcome_of(order) == DELIVERED_ONCE
    receipts = [one for one in mails_in(session_mailbox()) if one.startswith(f"receipt.{order.pk}")]
    assert receipts == [f"receipt.{order.pk}@mail.promptfair"]
    assert books_are_balanced()


def test_check_01_rivals_settle_once_and_all_are_told_so(alone):
    order, facts = paid_order_and_facts()
    outcomes = at_once(10, lambda _: session_settle(facts).status)
    assert outcomes == [OrderStatus.PAID] * 10
    found = outcome_of(order)
    assert (found.payments, found.journals, found.grants) == (1, 2, 1)
    assert OutboxMessage.objects.filter(topic="order_paid").count() == 1


def test_check_01_without_the_lock_the_race_appears(alone):
    _order, facts = paid_order_and_facts()
    with lock_skipped(settlement, "order_lock", rivals=10):
        outcomes = at_once(10, lambda _: session_settle(facts).status)
    assert any(isinstance(outcome, IntegrityError) for outcome in outcomes), (
        "only constraints stood in the way"
    )
    assert books_are_balanced()


def paid_order_and_facts() -> tuple[Order, gateway.SessionFacts]:
    order = ordered(UserFactory(), published_listing())
    pay(order)
    return order, gateway.session_retrieve(str(order.stripe_session_id))
