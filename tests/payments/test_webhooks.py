"""Stripe's webhooks: only signed ones, stored once, answered at once, handled by tasks or the sweeper."""

import json
import time
from typing import Any

import pytest
import stripe
from django.conf import settings
from django.test import Client
from django.utils import timezone

from common.ids import uuid7
from payments.models import Entitlement, OrderStatus, StripeEvent
from payments.services import events
from payments.tasks import stripe_events_sweep
from tests.factories import UserFactory
from tests.payments.support import DECLINED, ordered, pay, published_listing, stripe_get

pytestmark = pytest.mark.django_db

SECRET = "whsec_of_this_test"
CONNECT_SECRET = "whsec_of_connect"


@pytest.fixture(autouse=True)
def _secrets(settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = SECRET
    settings.STRIPE_CONNECT_WEBHOOK_SECRET = CONNECT_SECRET


def event_body(type_: str = "charge.updated", **stripe_object: Any) -> bytes:
    event = {"id": "evt_test_1", "object": "event", "type": type_, "data": {"object": stripe_object}}
    return json.dumps(event).encode()


def post(
    body: bytes, secret: str = SECRET, *, signature: str | None = None, age: int = 0, path: str = "webhook"
) -> int:
    made = stripe.WebhookSignature.generate_signature_header(
        body.decode(), secret, timestamp=int(time.time()) - age
    )
    headers = {"Stripe-Signature": made if signature is None else signature}
    client = Client(enforce_csrf_checks=True)
    return client.post(f"/stripe/{path}/", body, content_type="application/json", headers=headers).status_code


def test_a_signed_event_is_stored_and_answered():
    assert post(event_body()) == 200
    row = StripeEvent.objects.get()
    assert (row.stripe_event_id, row.type, row.handled_at, row.is_connect) == (
        "evt_test_1",
        "charge.updated",
        None,
        False,
    )


def test_the_same_event_again_is_answered_and_not_stored_twice():
    assert [post(event_body()) for _ in range(3)] == [200, 200, 200]
    assert StripeEvent.objects.count() == 1


@pytest.mark.parametrize(
    "refused",
    [
        {"signature": ""},
        {"signature": "t=1,v1=00"},
        {"signature": "nonsense"},
        {"secret": "whsec_wrong"},
        {"age": 301},
    ],
    ids=["missing", "wrong", "malformed", "other secret", "stale"],
)
def test_what_stripe_did_not_sign_just_now_changes_nothing(refused):
    assert post(event_body(), **refused) == 400
    assert not StripeEvent.objects.exists()


def test_one_altered_byte_is_refused():
    body = event_body(amount=100)
    signature = stripe.WebhookSignature.generate_signature_header(body.decode(), SECRET)
    assert post(body.replace(b"100", b"101"), signature=signature) == 400


@pytest.mark.parametrize("empty", ["", " ", ","])
def test_an_empty_secret_refuses_everything(settings, empty):
    settings.STRIPE_WEBHOOK_SECRET = empty
    assert post(event_body(), secret="x", signature="") == 400
    signed_with_nothing = stripe.WebhookSignature._compute_signature(f"{int(time.time())}.x", "")
    assert post(event_body(), signature=f"t={int(time.time())},v1={signed_with_nothing}") == 400
    assert not StripeEvent.objects.exists()


def test_two_secrets_serve_during_a_rollover(settings):
    settings.STRIPE_WEBHOOK_SECRET = f"whsec_new,{SECRET}"
    assert post(event_body()) == 200


def test_each_endpoint_has_its_own_secret():
    assert post(event_body(), secret=SECRET, path="connect-webhook") == 400
    assert post(event_body(), secret=CONNECT_SECRET, path="connect-webhook") == 200
    assert StripeEvent.objects.get().is_connect


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"{}", b"not json", b"\xff\xfe"])
def test_a_signed_body_that_is_no_event_is_refused(body):
    signature = "t=1,v1=00"
    if body.isascii():
        signature = stripe.WebhookSignature.generate_signature_header(body.decode(), SECRET)
    assert post_raw(body, signature) == 400


def post_raw(body: bytes, signature: str) -> int:
    headers = {"Stripe-Signature": signature}
    return Client().post("/stripe/webhook/", body, "application/json", headers=headers).status_code


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
