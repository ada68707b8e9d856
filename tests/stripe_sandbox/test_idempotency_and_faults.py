"""`Idempotency-Key` and failures on order, together as they meet in life."""

import threading
import time

import pytest
import stripe

from .process import SandboxProcess
from .shop import Shop

SESSIONS = "/v1/checkout/sessions"


def test_the_same_request_gets_the_same_answer(shop: Shop, key: str) -> None:
    first = shop.open_session(key=key)
    again = shop.open_session(key=key)

    assert again.id == first.id
    assert again.last_response is not None
    assert again.last_response.headers["Idempotent-Replayed"] == "true"


def test_another_request_under_the_same_key_is_an_error(shop: Shop, key: str) -> None:
    shop.open_session(999, key=key)

    with pytest.raises(stripe.IdempotencyError) as caught:
        shop.open_session(1000, key=key)

    assert caught.value.http_status == 400


def test_a_request_in_flight_answers_409(own_shop: Shop, own_sandbox: SandboxProcess, key: str) -> None:
    fault = {"path": SESSIONS, "kind": "delay", "when": "during", "seconds": 1}
    own_sandbox.control("faults", fault)
    slow = threading.Thread(target=own_shop.open_session, kwargs={"key": key})
    slow.start()
    time.sleep(0.4)

    with pytest.raises(stripe.StripeError) as caught:
        own_shop.open_session(key=key)

    slow.join()
    assert caught.value.http_status == 409
    assert caught.value.error is not None
    assert caught.value.error.code == "idempotency_key_in_use"
    assert len(own_shop.client.v1.checkout.sessions.list().data) == 1


def test_a_validation_failure_is_not_kept(shop: Shop, key: str) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        shop.open_session(10, key=key)

    assert shop.open_session(999, key=key).amount_total == 999


def test_a_refusal_after_work_began_is_kept(shop: Shop, sandbox: SandboxProcess, key: str) -> None:
    session = shop.open_session(1000)
    sandbox.pay(session.id)
    charge = shop.charge_of(session.id)
    refunds = shop.client.v1.refunds
    with pytest.raises(stripe.InvalidRequestError):
        refunds.create({"charge": charge.id, "amount": 2000}, {"idempotency_key": key})

    with pytest.raises(stripe.InvalidRequestError) as caught:
        refunds.create({"charge": charge.id, "amount": 2000}, {"idempotency_key": key})

    assert caught.value.headers is not None
    assert caught.value.headers["Idempotent-Replayed"] == "true"


def test_keys_are_forgotten_after_a_day(own_shop: Shop, own_sandbox: SandboxProcess, key: str) -> None:
    first = own_shop.open_session(key=key)

    own_sandbox.control("clock", {"advance": 25 * 3600})

    assert own_shop.open_session(key=key).id != first.id


def test_an_answer_lost_after_the_effect_is_recovered_by_the_key(
    own_shop: Shop, own_sandbox: SandboxProcess, key: str
) -> None:
    own_sandbox.control("faults", {"method": "POST", "path": SESSIONS, "kind": "reset", "when": "after"})
    with pytest.raises(stripe.APIConnectionError):
        own_shop.open_session(key=key)

    recovered = own_shop.open_session(key=key)

    (only,) = own_shop.client.v1.checkout.sessions.list().data
    assert recovered.id == only.id


def test_a_failure_before_the_effect_leaves_nothing(
    own_shop: Shop, own_sandbox: SandboxProcess, key: str
) -> None:
    own_sandbox.control("faults", {"path": SESSIONS, "kind": "reset", "when": "before"})
    with pytest.raises(stripe.APIConnectionError):
        own_shop.open_session(key=key)

    assert own_shop.client.v1.checkout.sessions.list().data == []
    assert own_shop.open_session(key=key).status == "open"


def test_a_500_during_the_work_is_replayed(own_shop: Shop, own_sandbox: SandboxProcess, key: str) -> None:
    own_sandbox.control("faults", {"path": SESSIONS, "when": "during", "status": 500})

    for _ in range(2):
        with pytest.raises(stripe.APIError) as caught:
            own_shop.open_session(key=key)
        assert caught.value.http_status == 500

    assert own_shop.client.v1.checkout.sessions.list().data == []


def test_faults_are_used_up(own_shop: Shop, own_sandbox: SandboxProcess) -> None:
    own_sandbox.control("faults", {"path": "/v1/balance", "status": 429, "times": 2})

    for _ in range(2):
        with pytest.raises(stripe.RateLimitError):
            own_shop.client.v1.balance.retrieve()

    assert own_shop.client.v1.balance.retrieve().object == "balance"


def test_a_timeout_says_nothing_for_a_while(own_shop: Shop, own_sandbox: SandboxProcess) -> None:
    own_sandbox.control("faults", {"path": "/v1/balance", "kind": "timeout", "seconds": 0.5})
    started = time.monotonic()

    with pytest.raises(stripe.APIConnectionError):
        own_shop.client.v1.balance.retrieve()

    assert time.monotonic() - started >= 0.5


def test_faults_can_be_cleared(own_shop: Shop, own_sandbox: SandboxProcess) -> None:
    own_sandbox.control("faults", {"times": 5})

    assert own_sandbox.request("DELETE", "faults")[0] == 200

    assert own_shop.client.v1.balance.retrieve().object == "balance"


@pytest.mark.parametrize("body", [{"kind": "gremlin"}, {"when": "never"}, {"colour": "red"}, {"times": 0}])
def test_a_misspelt_fault_is_refused(sandbox: SandboxProcess, body: dict[str, object]) -> None:
    assert sandbox.request("POST", "faults", body)[0] == 400
