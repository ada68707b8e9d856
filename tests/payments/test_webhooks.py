"""Stripe's webhooks: only signed ones, stored once, answered at once, handled by tasks or the sweeper."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from common.ids import uuid7
from payments.models import Entitlement, OrderStatus, StripeEvent
from payments.services import events
from payments.tasks import stripe_events_sweep
from tests.factories import UserFactory
from tests.payments.signed import CONNECT_SECRET, SECRET, event_body, post, post_signed, signature_of
from tests.payments.support import DECLINED, ordered, pay, published_listing, stripe_get

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _secrets(settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = SECRET
    settings.STRIPE_CONNECT_WEBHOOK_SECRET = CONNECT_SECRET


def test_a_signed_event_is_stored_and_answered():
    assert post_signed(event_body()) == 200
    row = StripeEvent.objects.get()
    assert (row.stripe_event_id, row.type, row.handled_at, row.is_connect) == (
        "evt_test_1",
        "charge.updated",
        None,
        False,
    )


def test_the_same_event_again_is_answered_and_not_stored_twice():
    assert [post_signed(event_body()) for _ in range(3)] == [200, 200, 200]
    assert StripeEvent.objects.count() == 1


def test_two_secrets_serve_during_a_rollover(settings):
    settings.STRIPE_WEBHOOK_SECRET = f"whsec_new,{SECRET}"
    assert post_signed(event_body()) == 200


def test_an_event_of_the_connect_endpoint_is_marked_so():
    assert post_signed(event_body(), CONNECT_SECRET, path="connect-webhook") == 200
    assert StripeEvent.objects.get().is_connect


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"{}", b"not json", b"\xff\xfe"])
def test_a_signed_body_that_is_no_event_is_refused(body):
    signature = signature_of(body) if body.isascii() else "t=1,v1=00"
    assert post(body, signature) == 400


def test_only_post_is_taken():
    assert Client().get("/stripe/webhook/").status_code == 405


def store(type_: str, stripe_object: Any, event_id: str = "evt_1") -> StripeEvent:
    event = {"id": event_id, "type": type_, "data": {"object": stripe_object}}
    events.event_store(event=event, is_connect=False)
    return StripeEvent.objects.get(stripe_event_id=event_id)


@pytest.mark.usefixtures("stripe_sandbox")
def test_a_completed_session_is_settled_by_asking_stripe_not_by_the_payload():
    buyer = UserFactory()
    order = ordered(buyer, published_listing())
    session = stripe_get(f"checkout/sessions/{order.stripe_session_id}")
    forged = {**session, "status": "complete", "payment_status": "paid"}
    assert events.event_handle(event_pk=store("checkout.session.completed", forged).pk)
    order.refresh_from_db()
    assert order.status == OrderStatus.PENDING
    assert not Entitlement.objects.exists()
    pay(order)
    assert events.event_handle(event_pk=store("checkout.session.completed", session, "evt_2").pk)
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID


@pytest.mark.usefixtures("stripe_sandbox")
def test_a_declined_card_is_remembered_for_the_order_s_page():
    order = ordered(UserFactory(), published_listing())
    pay(order, DECLINED)
    event = stripe_get("events?type=payment_intent.payment_failed&limit=1")["data"][0]
    events.event_handle(event_pk=store(event["type"], event["data"]["object"], event["id"]).pk)
    order.refresh_from_db()
    assert (order.status, order.payment_problem) == (OrderStatus.PENDING, "generic_decline")


@pytest.mark.usefixtures("stripe_sandbox")
def test_an_event_that_fails_waits_and_the_sweeper_finishes_it():
    session = {"id": "cs_test_unknown", "metadata": {"order_id": str(uuid7())}}
    event = store("checkout.session.completed", session)
    assert not events.event_handle(event_pk=event.pk)
    event.refresh_from_db()
    assert (event.handled_at, event.attempts) == (None, 1)
    assert event.last_error
    assert event.next_attempt_at > timezone.now()
    assert not events.event_handle(event_pk=event.pk), "a claimed event is not handled again at once"
    order = ordered(UserFactory(), published_listing())
    pay(order)
    payload = {"data": {"object": {"id": order.stripe_session_id, "metadata": {"order_id": str(order.pk)}}}}
    StripeEvent.objects.update(payload=payload, next_attempt_at=timezone.now())
    stripe_events_sweep()
    event.refresh_from_db()
    assert event.handled_at


@pytest.mark.parametrize("metadata", [{}, None, {"order_id": "4711"}])
def test_events_of_other_programs_on_the_account_are_left_alone(metadata):
    event = store("checkout.session.completed", {"id": "cs_of_others", "metadata": metadata})
    assert events.event_handle(event_pk=event.pk)


def test_a_handled_event_is_not_handled_again():
    event = store("charge.updated", {})
    assert events.event_handle(event_pk=event.pk)
    StripeEvent.objects.update(next_attempt_at=timezone.now())
    assert not events.event_handle(event_pk=event.pk)


def test_the_secrets_of_the_settings_are_not_in_the_answer():
    body = Client().post("/stripe/webhook/", b"{}", "application/json").content.decode()
    assert settings.STRIPE_WEBHOOK_SECRET not in body
