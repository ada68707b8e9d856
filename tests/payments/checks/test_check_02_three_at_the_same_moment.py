"""Check 2: the completed session, a payment-intent event and the return page at once deliver once."""

import json
from typing import Any

import pytest
import requests
from django.conf import settings
from django.test import Client

from accounts.models import User
from payments.models import Order, OrderStatus, StripeEvent
from payments.services import checkout_return, events, settlement
from tests.factories import UserFactory
from tests.payments.checks.outcome import is_delivered_once, outcome_of
from tests.payments.signed import signature_of
from tests.payments.support import books_are_balanced, event_of, event_stored, ordered, pay, published_listing
from tests.payments.waiting import until
from tests.support.crew import mails_in, session_mailbox
from tests.support.races import at_once, lock_skipped

pytestmark = pytest.mark.django_db(transaction=True)


def test_check_02_both_events_and_the_return_page_at_once_deliver_once(live_site, no_webhooks):
    buyer = UserFactory()
    order = ordered(buyer, published_listing())
    pay(order)
    completed, succeeded = both_events(order)
    session = signed_in(buyer)
    page = f"{live_site}/checkout/return/?session_id={order.stripe_session_id}"
    ways = [
        lambda: post_to(live_site, completed),
        lambda: post_to(live_site, succeeded),
        lambda: session.get(page, timeout=30).status_code,
    ]
    assert at_once(9, lambda number: ways[number % 3]()) == [200] * 9
    assert until(lambda: is_delivered_once(order)), outcome_of(order)
    receipts = [one for one in mails_in(session_mailbox()) if one.startswith(f"receipt.{order.pk}")]
    assert len(receipts) == 1
    assert books_are_balanced()


def test_check_02_each_of_the_three_is_told_that_it_is_done(alone):
    order = ordered(UserFactory(), published_listing())
    pay(order)
    assert arrive_at_once(order) == [True, True, OrderStatus.PAID]
    found = outcome_of(order)
    assert (found.payments, found.journals, found.grants) == (1, 2, 1)


def test_check_02_without_the_lock_the_race_appears(alone):
    order = ordered(UserFactory(), published_listing())
    pay(order)
    with lock_skipped(settlement, "order_lock", rivals=2):
        completed, _succeeded, page = arrive_at_once(order)
    failed = StripeEvent.objects.filter(last_error__startswith="IntegrityError").exists()
    assert failed or "IntegrityError" in repr(page), (completed, page)


def arrive_at_once(order: Order) -> list[Any]:
    rows = [event_stored(event) for event in both_events(order)]
    ways = [
        lambda: events.event_handle(event_pk=rows[0].pk),
        lambda: events.event_handle(event_pk=rows[1].pk),
        lambda: checkout_return(session_id=str(order.stripe_session_id), buyer=order.buyer).status,
    ]
    return at_once(3, lambda number: ways[number]())


def both_events(order: Order) -> tuple[Any, Any]:
    return event_of(order, "checkout.session.completed"), event_of(order, "payment_intent.succeeded")


def post_to(site: str, event: Any) -> int:
    """As Stripe would, were the endpoint subscribed to it."""
    body = json.dumps(event).encode()
    headers = {"Stripe-Signature": signature_of(body, settings.STRIPE_WEBHOOK_SECRET)}
    return requests.post(f"{site}/stripe/webhook/", body, headers=headers, timeout=30).status_code


def signed_in(user: User) -> requests.Session:
    client = Client()
    client.force_login(user)
    session = requests.Session()
    session.cookies.set("sessionid", client.cookies["sessionid"].value)
    return session
