"""Webhooks: signed, complete, repeated until taken; held, dropped, reordered and sent again on order."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from .process import SandboxProcess
from .receiver import Received, Receiver
from .shop import Shop


@pytest.fixture
def endpoint(own_shop: Shop, receiver: Receiver) -> stripe.WebhookEndpoint:
    """An endpoint for everything about sessions."""
    return register(own_shop, receiver, "checkout.session.completed", "checkout.session.expired")


def register(shop: Shop, receiver: Receiver, *events: str, connect: bool = False) -> stripe.WebhookEndpoint:
    params: Any = {
        "url": receiver.url,
        "enabled_events": list(events),
        "api_version": "2026-10-28.endive",
        "connect": connect,
    }
    return shop.client.v1.webhook_endpoints.create(params)


def paid_session(shop: Shop, sandbox: SandboxProcess) -> str:
    session = shop.open_session()
    sandbox.pay(session.id)
    return session.id


def test_an_event_is_signed_so_that_the_sdk_accepts_it(
    own_shop: Shop, own_sandbox: SandboxProcess, receiver: Receiver, endpoint: stripe.WebhookEndpoint
) -> None:
    session_id = paid_session(own_shop, own_sandbox)
    own_sandbox.settle_deliveries()

    got = receiver.only("checkout.session.completed")
    event = own_shop.client.construct_event(got.body, got.signature, str(endpoint.secret))

    assert event.api_version == "2026-10-28.endive"
    assert event.data.object.to_dict()["id"] == session_id
    assert event.request is not None
    assert event.request.id is None
    with pytest.raises(stripe.SignatureVerificationError):
        own_shop.client.construct_event(got.body + b" ", got.signature, str(endpoint.secret))


def test_the_cause_of_an_event_is_named(own_shop: Shop, key: str) -> None:
    session = own_shop.open_session()
    own_shop.client.v1.checkout.sessions.expire(session.id, options={"idempotency_key": key})

    (event,) = own_shop.events(type="checkout.session.expired")

    assert event.request is not None
    assert str(event.request.id).startswith("req_")
    assert event.request.idempotency_key == key


def test_an_endpoint_gets_only_what_it_asked_for(
    own_shop: Shop, own_sandbox: SandboxProcess, receiver: Receiver, endpoint: stripe.WebhookEndpoint
) -> None:
    paid_session(own_shop, own_sandbox)
    own_sandbox.settle_deliveries()

    assert receiver.types == ["checkout.session.completed"]


def test_the_secret_is_answered_once(own_shop: Shop, endpoint: stripe.WebhookEndpoint) -> None:
    assert str(endpoint.secret).startswith("whsec_")

    listed = own_shop.client.v1.webhook_endpoints.list().data

    assert [item.id for item in listed] == [endpoint.id]
    assert "secret" not in listed[0].to_dict()


def test_a_connect_endpoint_gets_nothing_of_the_platform(
    own_shop: Shop, own_sandbox: SandboxProcess, receiver: Receiver
) -> None:
    register(own_shop, receiver, "*", connect=True)

    paid_session(own_shop, own_sandbox)
    own_sandbox.settle_deliveries()

    assert receiver.received == []


def test_only_this_machine_gets_webhooks(own_shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="this machine only"):
        own_shop.client.v1.webhook_endpoints.create(
            {"url": "https://example.com/hook", "enabled_events": ["*"]}
        )


def test_anything_but_2xx_is_tried_again(
    own_shop: Shop, own_sandbox: SandboxProcess, receiver: Receiver, endpoint: stripe.WebhookEndpoint
) -> None:
    answers: Iterator[int] = iter([500, 302, 200])
    receiver.answer = lambda _: next(answers)

    paid_session(own_shop, own_sandbox)
    own_sandbox.settle_deliveries()

    assert receiver.types == ["checkout.session.completed"] * 3
    assert len({got.event["id"] for got in receiver.received}) == 1


def test_given_up_events_are_listed_as_undelivered(
    own_shop: Shop, own_sandbox: SandboxProcess, receiver: Receiver, endpoint: stripe.WebhookEndpoint
) -> None:
    receiver.answer = lambda _: 503
    paid_session(own_shop, own_sandbox)
    own_sandbox.settle_deliveries()

    undelivered = own_shop.events(delivery_success=False)

    assert [event.type for event in undelivered] == ["checkout.session.completed"]
    assert len(receiver.received) == 5  # the first try and the four of --retry-delays
    receiver.answer = lambda _: 200
    own_sandbox.control("deliveries/retry")
    own_sandbox.settle_deliveries()
    assert own_shop.events(delivery_success=False) == []


def test_dropped_events_never_arrive_but_are_listed(
    own_shop: Shop, own_sandbox: SandboxProcess, receiver: Receiver, endpoint: stripe.WebhookEndpoint
) -> None:
    own_sandbox.control("deliveries", {"mode": "drop"})
    paid_session(own_shop, own_sandbox)
    own_sandbox.control("deliveries", {"mode": "normal"})
    own_sandbox.settle_deliveries()

    assert receiver.received == []
    assert [event.type for event in own_shop.events(delivery_success=False)] == ["checkout.session.completed"]


def test_held_events_leave_in_reverse_order_on_order(
    own_shop: Shop, own_sandbox: SandboxProcess, receiver: Receiver, endpoint: stripe.WebhookEndpoint
) -> None:
    own_sandbox.control("deliveries", {"mode": "hold"})
    sessions = [paid_session(own_shop, own_sandbox) for _ in range(3)]
    time.sleep(0.3)
    assert receiver.received == []

    own_sandbox.control("deliveries", {"mode": "normal", "order": "reverse"})
    own_sandbox.settle_deliveries()

    assert [got.event["data"]["object"]["id"] for got in receiver.received] == sessions[::-1]


def test_deliveries_can_be_delayed(
    own_shop: Shop, own_sandbox: SandboxProcess, receiver: Receiver, endpoint: stripe.WebhookEndpoint
) -> None:
    own_sandbox.control("deliveries", {"delay_ms": 600})
    started = time.monotonic()

    paid_session(own_shop, own_sandbox)
    own_sandbox.settle_deliveries()

    assert len(receiver.received) == 1
    assert time.monotonic() - started >= 0.6


def test_an_event_can_be_sent_fifty_times_at_once(
    own_shop: Shop, own_sandbox: SandboxProcess, receiver: Receiver, endpoint: stripe.WebhookEndpoint
) -> None:
    paid_session(own_shop, own_sandbox)
    own_sandbox.settle_deliveries()
    (event,) = own_shop.events(type="checkout.session.completed")

    answer = own_sandbox.control(f"events/{event.id}/send", {"times": 50, "parallel": True})

    assert answer["statuses"] == [200] * 50
    assert {got.event["id"] for got in receiver.received} == {event.id}
    assert len(receiver.received) == 51


def test_a_slow_endpoint_does_not_hold_up_payments(
    own_shop: Shop, own_sandbox: SandboxProcess, receiver: Receiver, endpoint: stripe.WebhookEndpoint
) -> None:
    def slowly(_: Received) -> int:
        time.sleep(1.5)
        return 200

    receiver.answer = slowly
    started = time.monotonic()

    paid_session(own_shop, own_sandbox)
    paid_session(own_shop, own_sandbox)

    assert time.monotonic() - started < 1.0
    own_sandbox.settle_deliveries()


def test_pending_deliveries_survive_a_crash(
    own_shop: Shop, own_sandbox: SandboxProcess, receiver: Receiver, endpoint: stripe.WebhookEndpoint
) -> None:
    own_sandbox.control("deliveries", {"mode": "hold"})
    session_id = paid_session(own_shop, own_sandbox)

    own_sandbox.kill()
    own_sandbox.start()
    own_sandbox.settle_deliveries()

    assert receiver.only("checkout.session.completed").event["data"]["object"]["id"] == session_id


def test_a_deleted_endpoint_gets_nothing_more(
    own_shop: Shop, own_sandbox: SandboxProcess, receiver: Receiver, endpoint: stripe.WebhookEndpoint
) -> None:
    assert own_shop.client.v1.webhook_endpoints.delete(endpoint.id).deleted

    paid_session(own_shop, own_sandbox)
    own_sandbox.settle_deliveries()

    assert receiver.received == []


def test_a_disabled_endpoint_gets_nothing(
    own_shop: Shop, own_sandbox: SandboxProcess, receiver: Receiver, endpoint: stripe.WebhookEndpoint
) -> None:
    own_shop.client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})

    paid_session(own_shop, own_sandbox)
    own_sandbox.settle_deliveries()

    assert receiver.received == []
