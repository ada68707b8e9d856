"""The contract refuses what Stripe would refuse and takes what Stripe would take."""

import copy
import time
from typing import Any

import pytest

from .contract import Contract
from .generate import derive, installed_sdk
from .sources import Sources

SESSION = (
    "mode=payment&success_url=https%3A%2F%2Fa.test%2F%3Fs%3D%7BCHECKOUT_SESSION_ID%7D"
    "&cancel_url=https%3A%2F%2Fa.test"
    "&line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=999"
    "&line_items[0][price_data][product_data][name]=Meals&line_items[0][quantity]=1&metadata[order]=1"
    "&payment_intent_data[transfer_group]=order-1&payment_intent_data[metadata][order]=1&expires_at=1795000000"
)
REFUND: dict[str, Any] = {
    "id": "re_1",
    "object": "refund",
    "amount": 100,
    "charge": "ch_1",
    "created": 1795000000,
    "currency": "usd",
    "metadata": {"row": "7"},
    "status": "succeeded",
}


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract.installed()


@pytest.mark.parametrize(
    ("verb", "path", "body"),
    [
        ("POST", "/v1/checkout/sessions", SESSION),
        ("POST", "/v1/checkout/sessions", SESSION + "&expand[0]=payment_intent.latest_charge&locale=fr"),
        ("GET", "/v1/checkout/sessions/cs_test_1", "expand[0]=line_items"),
        ("GET", "/v1/checkout/sessions", "created[gte]=1795000000&limit=100&status=open"),
        ("GET", "/v1/events", "created=1795000000&delivery_success=false&types[0]=charge.refunded"),
        (
            "POST",
            "/v1/refunds",
            "payment_intent=pi_1&amount=100&reason=duplicate&metadata[row]=7",
        ),
        ("POST", "/v1/webhook_endpoints", "url=http%3A%2F%2F127.0.0.1%2F&enabled_events[0]=*&connect=true"),
        ("DELETE", "/v1/webhook_endpoints/we_1", ""),
        ("POST", "/v1/transfers", "amount=800&currency=usd&destination=acct_1&transfer_group=order-1"),
        ("POST", "/v1/transfers/tr_1/reversals", "amount=800"),
        (
            "POST",
            "/v1/account_links",
            "account=acct_1&type=account_onboarding&return_url=http%3A%2F%2Fa.test",
        ),
        ("GET", "/v1/balance", ""),
    ],
)
def test_a_good_request_passes(contract: Contract, verb: str, path: str, body: str) -> None:
    assert contract.request_problems(verb, path, body) == []


@pytest.mark.parametrize(
    ("verb", "path", "body", "problem"),
    [
        ("POST", "/v1/checkout/sessions", SESSION + "&sucess_url=x", "sucess_url"),
        ("POST", "/v1/checkout/sessions", SESSION + "&line_items[0][price_data][amount]=1", "amount"),
        ("POST", "/v1/checkout/sessions", SESSION.replace("unit_amount]=999", "unit_amount]=9.99"), "9.99"),
        ("POST", "/v1/checkout/sessions", SESSION.replace("mode=payment", "mode=gift"), "gift"),
        ("POST", "/v1/checkout/sessions", SESSION + "&payment_method_types[0]=card", "payment_method_types"),
        ("GET", "/v1/checkout/sessions", "created[since]=1", "created"),
        ("GET", "/v1/events", "limit=many", "many"),
        ("GET", "/v1/events", "types[0]=charge.refunded&delivery_success=no", "no"),
        ("POST", "/v1/refunds", "amount=100&reason=regret", "regret"),
        ("POST", "/v1/transfers", "amount=800&currency=usd", "destination"),
        ("POST", "/v1/account_links", "account=acct_1", "type"),
        ("GET", "/v1/balance", "limit=1", "limit"),
        ("POST", "/v1/balance", "", "no such operation"),
        ("GET", "/v1/baskets", "", "no such operation"),
    ],
)
def test_a_bad_request_is_refused_by_name(
    contract: Contract, verb: str, path: str, body: str, problem: str
) -> None:
    assert problem in "\n".join(contract.request_problems(verb, path, body))


def test_a_good_answer_passes_alone_and_in_a_list(contract: Contract) -> None:
    page = {"object": "list", "data": [REFUND], "has_more": False, "url": "/v1/refunds"}

    assert contract.answer_problems("GET", "/v1/refunds/re_1", REFUND) == []
    assert contract.answer_problems("GET", "/v1/refunds", page) == []


@pytest.mark.parametrize(
    "change",
    [{"amount": "100"}, {"amount": None}, {"colour": "red"}, {"object": "repayment"}, {"reason": "regret"}],
)
def test_a_bad_answer_is_refused(contract: Contract, change: dict[str, Any]) -> None:
    assert contract.answer_problems("GET", "/v1/refunds/re_1", REFUND | change) != []


def test_an_expandable_field_is_an_id_or_the_whole_object(contract: Contract) -> None:
    with_half_a_charge = REFUND | {"charge": {"id": "ch_1", "object": "charge"}}

    assert contract.object_problems(with_half_a_charge) != []
    assert contract.object_problems(REFUND | {"charge": 5}) != []


def event(**change: Any) -> dict[str, Any]:
    envelope: dict[str, Any] = {
        "id": "evt_1",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": 1795000000,
        "data": {"object": copy.deepcopy(REFUND)},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": "refund.created",
    }
    return envelope | change


def test_a_good_event_passes(contract: Contract) -> None:
    assert contract.event_problems(event()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"type": "refund.invented"},
        {"api_version": "2024-06-20"},
        {"request": "req_1"},
        {"data": {"object": REFUND | {"amount": "100"}}},
        {"data": {"object": REFUND, "previous_attributes": {"colour": "red"}}},
        {"data": {"object": {"object": "teapot"}}},
    ],
)
def test_a_bad_event_is_refused(contract: Contract, change: dict[str, Any]) -> None:
    assert contract.event_problems(event(**change)) != []


def test_errors_have_stripes_shape(contract: Contract) -> None:
    good = {"error": {"type": "card_error", "message": "No.", "code": "card_declined"}}

    assert contract.error_problems(good) == []
    assert contract.error_problems({"error": {"type": "teapot", "message": "No."}}) != []
    assert contract.error_problems({"message": "No."}) != []


def test_the_contract_is_that_of_the_installed_sdk(contract: Contract) -> None:
    sources = Sources(installed_sdk())

    assert (contract.sdk_version, contract.api_version) == (sources.sdk_version, "2026-10-28.endive")
    assert derive(sources)["operations"] == contract.operations


def test_checking_a_request_is_quick(contract: Contract) -> None:
    contract.request_problems("POST", "/v1/checkout/sessions", SESSION)
    started = time.perf_counter()

    for _ in range(100):
        contract.request_problems("POST", "/v1/checkout/sessions", SESSION)

    assert (time.perf_counter() - started) / 100 < 0.02
