"""What a shop can see without a person at the page, the same at Stripe and at the sandbox.

Every answer is also held to the contract: where it fails for Stripe itself, the contract is wrong, not
Stripe.
"""

import json
import time
import uuid
from typing import Any

import pytest
import stripe

from tests.stripe_contract.contract import Contract
from tests.stripe_sandbox.shop import Shop


def problems(verb: str, path: str, answer: stripe.StripeObject) -> list[str]:
    """Return what the contract says of an answer."""
    decoded: Any = json.loads(str(answer))
    return Contract.installed().answer_problems(verb, path, decoded)


def test_a_session_opens_unpaid_and_expires_when_asked(either_shop: Shop) -> None:
    session = either_shop.open_session(999)
    assert problems("POST", "/v1/checkout/sessions", session) == []
    assert (session.status, session.payment_status, session.amount_total) == ("open", "unpaid", 999)
    assert session.url

    expired = either_shop.client.v1.checkout.sessions.expire(session.id)

    assert problems("POST", f"/v1/checkout/sessions/{session.id}/expire", expired) == []
    assert (expired.status, expired.url) == ("expired", None)


def test_line_items_come_back_as_given(either_shop: Shop) -> None:
    lines = [either_shop.line(499, name="One"), either_shop.line(300, name="Two", quantity=3)]
    session = either_shop.open_session(line_items=lines)

    listed = either_shop.client.v1.checkout.sessions.line_items.list(session.id)

    assert {(item.description, item.amount_total) for item in listed.data} == {("One", 499), ("Two", 900)}


def test_the_same_key_gives_the_same_session_and_another_body_an_error(either_shop: Shop) -> None:
    key = uuid.uuid4().hex
    first = either_shop.open_session(999, key=key)

    assert either_shop.open_session(999, key=key).id == first.id
    with pytest.raises(stripe.IdempotencyError):
        either_shop.open_session(1000, key=key)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"line_items": [Shop.line(49)]}, "amount_too_small"),
        ({"success_url": "nowhere"}, "url_invalid"),
        ({"sucess_url": "https://example.com/"}, "parameter_unknown"),
        ({"expires_at": 1}, None),
    ],
)
def test_what_stripe_refuses_the_sandbox_refuses(
    either_shop: Shop, change: dict[str, Any], code: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        either_shop.open_session(**change)

    assert (caught.value.http_status, caught.value.code) == (400, code)


def test_a_session_may_live_half_an_hour(either_shop: Shop) -> None:
    expires_at = int(time.time()) + 31 * 60

    assert either_shop.open_session(expires_at=expires_at).expires_at == expires_at


def test_missing_objects_are_404(either_shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        either_shop.client.v1.payment_intents.retrieve("pi_nothing")

    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")


def test_the_balance_has_the_contracts_shape(either_shop: Shop) -> None:
    assert problems("GET", "/v1/balance", either_shop.client.v1.balance.retrieve()) == []
