"""Check 4: the web process killed after an event is committed and before it is enqueued: delivered within a
minute, by no human and without Stripe sending it again.
"""

import json

import pytest
import requests
from django.conf import settings

from payments.models import StripeEvent
from payments.services import events
from tests.factories import UserFactory
from tests.payments.checks.outcome import is_delivered_once, outcome_of
from tests.payments.signed import signature_of
from tests.payments.support import event_of, event_stored, ordered, pay, published_listing
from tests.payments.waiting import until
from tests.support.queues import session_redis

pytestmark = pytest.mark.django_db(transaction=True)


def test_check_04_an_event_that_stripe_sends_again_is_hinted_at_again(alone, slot):
    order = ordered(UserFactory(), published_listing())
    pay(order)
    event = event_of(order, "checkout.session.completed")
    row = event_stored(event)
    waiting = f"unread-{slot.number}-payments"
    events.event_store(event=event, is_connect=False)
    assert session_redis().llen(waiting) == 1
    assert events.event_handle(event_pk=row.pk)
    events.event_store(event=event, is_connect=False)
    assert session_redis().llen(waiting) == 2, "settling hinted at the delivery, and nothing else was"


def test_check_04_a_web_process_killed_between_commit_and_hint_loses_nothing(crew):
    order = ordered(UserFactory(), published_listing())
    pay(order)
    body = json.dumps(event_of(order, "checkout.session.completed")).encode()
    web, url = crew.dying_web()
    headers = {"Stripe-Signature": signature_of(body, settings.STRIPE_WEBHOOK_SECRET)}
    with pytest.raises(requests.ConnectionError):
        requests.post(f"{url}/stripe/webhook/", body, headers=headers, timeout=30)
    web.kill()

    assert StripeEvent.objects.get().handled_at is None, "committed"
    assert crew.flush_redis() == 0, "and no hint was sent"
    crew.worker()
    crew.beat()
    assert until(lambda: is_delivered_once(order), seconds=60), outcome_of(order)
