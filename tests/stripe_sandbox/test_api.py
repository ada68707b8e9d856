"""Keys, versions, parameters, expansion and lists, as every resource has them."""

import json
import urllib.error
import urllib.request
from urllib.parse import urlencode

import pytest
import stripe

from .process import SandboxProcess
from .shop import KEY, Shop, client_for


def http(
    sandbox: SandboxProcess, path: str, *, key: str = KEY, body: str | None = None, **headers: str
) -> tuple[int, dict]:  # type: ignore[type-arg]
    """Send one request without the SDK."""
    request = urllib.request.Request(
        sandbox.url + path,
        data=None if body is None else body.encode(),
        headers=({"Authorization": f"Bearer {key}"} if key else {}) | headers,
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


@pytest.mark.parametrize("key", ["", "sk_live_abcdefgh", "rk_live_abcdefgh", "pk_test_abcdefgh", "nonsense"])
def test_only_test_keys_open_the_door(sandbox: SandboxProcess, key: str) -> None:
    status, answer = http(sandbox, "/v1/balance", key=key)

    assert (status, answer["error"]["type"]) == (401, "invalid_request_error")


@pytest.mark.parametrize("key", ["sk_test_abcdefgh", "rk_test_abcdefgh"])
def test_secret_and_restricted_test_keys_are_taken(sandbox: SandboxProcess, key: str) -> None:
    assert client_for(sandbox.url, key).v1.balance.retrieve().object == "balance"


def test_the_key_may_come_as_basic_authentication(sandbox: SandboxProcess) -> None:
    status, _ = http(sandbox, "/v1/balance", key="", Authorization="Basic c2tfdGVzdF9hYmNkZWZnaDo=")

    assert status == 200


def test_another_api_version_is_refused(sandbox: SandboxProcess) -> None:
    status, answer = http(sandbox, "/v1/balance", **{"Stripe-Version": "2024-06-20"})

    assert status == 400
    assert "2026-10-28.endive" in answer["error"]["message"]


GOOD = {
    "mode": "payment",
    "success_url": "http://127.0.0.1:8000/",
    "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "usd",
    "line_items[0][price_data][unit_amount]": "999",
    "line_items[0][price_data][product_data][name]": "A prompt",
}


@pytest.mark.parametrize(
    ("changed", "code", "param"),
    [
        ({"succes_url": "http://127.0.0.1/"}, "parameter_unknown", "succes_url"),
        ({"success_url": None}, "parameter_missing", "success_url"),
        ({"line_items[0][quantity]": None}, "parameter_missing", "line_items[0][quantity]"),
        ({"mode": "gift"}, None, "mode"),
        ({"client_reference_id": ""}, "parameter_invalid_empty", "client_reference_id"),
        ({"expires_at": "soon"}, "parameter_invalid_integer", "expires_at"),
        ({"line_items[0][price_data][price]": "1"}, "parameter_unknown", "line_items[0][price_data][price]"),
        ({"line_items": "none"}, None, "line_items"),
        ({"metadata": "none"}, None, "metadata"),
        ({"automatic_tax[enabled]": "yes"}, None, "automatic_tax[enabled]"),
    ],
)
def test_bad_parameters_are_named(
    sandbox: SandboxProcess, changed: dict[str, str | None], code: str | None, param: str
) -> None:
    form = {name: value for name, value in (GOOD | changed).items() if value is not None}
    if "line_items" in changed:
        form = {name: value for name, value in form.items() if not name.startswith("line_items[")}

    status, answer = http(sandbox, "/v1/checkout/sessions", body=urlencode(form))

    assert status == 400
    assert (answer["error"].get("code"), answer["error"]["param"]) == (code, param)


def test_an_address_that_is_none_is_refused(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.open_session(success_url="nowhere")

    assert (caught.value.code, caught.value.param) == ("url_invalid", "success_url")


def test_an_unknown_object_is_missing(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.client.v1.charges.retrieve("ch_nothing")

    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")
    assert caught.value.request_id


def test_an_unknown_path_is_not_served(sandbox: SandboxProcess) -> None:
    assert http(sandbox, "/v1/balance/everything")[0] == 404


def test_expansion_follows_references(shop: Shop, sandbox: SandboxProcess) -> None:
    session = shop.open_session(999)
    intent_id = sandbox.pay(session.id)["payment_intent"]

    intent = shop.client.v1.payment_intents.retrieve(
        intent_id, {"expand": ["latest_charge.balance_transaction"]}
    )

    assert isinstance(intent.latest_charge, stripe.Charge)
    assert isinstance(intent.latest_charge.balance_transaction, stripe.BalanceTransaction)
    assert intent.latest_charge.balance_transaction.source == intent.latest_charge.id


def test_expansion_works_inside_lists(shop: Shop, sandbox: SandboxProcess) -> None:
    sandbox.pay(shop.open_session(999).id)

    newest = shop.client.v1.charges.list({"limit": 1, "expand": ["data.payment_intent"]}).data[0]

    assert isinstance(newest.payment_intent, stripe.PaymentIntent)


def test_what_cannot_be_expanded_is_refused(shop: Shop) -> None:
    session = shop.open_session()

    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        shop.session(session.id, "amount_total")


def test_lists_page_in_both_directions(shop: Shop) -> None:
    opened = [shop.open_session().id for _ in range(5)]
    newest_first = opened[::-1]
    sessions = shop.client.v1.checkout.sessions

    first = sessions.list({"limit": 2})
    second = sessions.list({"limit": 2, "starting_after": first.data[-1].id})
    back = sessions.list({"limit": 2, "ending_before": second.data[0].id})

    assert [session.id for session in first.data] == newest_first[:2]
    assert [session.id for session in second.data] == newest_first[2:4]
    assert [session.id for session in back.data] == newest_first[:2]
    assert first.has_more
    everything = [session.id for session in sessions.list({"limit": 2}).auto_paging_iter()]
    assert everything[:5] == newest_first


def test_lists_are_bounded_in_time(own_shop: Shop, own_sandbox: SandboxProcess) -> None:
    early = own_shop.open_session()
    own_sandbox.control("clock", {"advance": 3600})
    late = own_shop.open_session()
    sessions = own_shop.client.v1.checkout.sessions

    assert [item.id for item in sessions.list({"created": {"gte": late.created}}).data] == [late.id]
    assert [item.id for item in sessions.list({"created": {"lt": late.created}}).data] == [early.id]


def test_a_page_holds_at_most_a_hundred(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.client.v1.events.list({"limit": 101})

    assert caught.value.param == "limit"


def test_events_are_read_back_by_type_and_by_id(shop: Shop, sandbox: SandboxProcess) -> None:
    session = shop.open_session()
    sandbox.pay(session.id)

    (event,) = shop.events(type="checkout.session.completed")[:1]

    assert event.data.object.to_dict()["id"] == session.id
    assert shop.client.v1.events.retrieve(event.id).type == event.type
    assert {item.type for item in shop.events(type="charge.*")} <= {
        "charge.succeeded",
        "charge.updated",
        "charge.failed",
        "charge.pending",
        "charge.refunded",
        "charge.refund.updated",
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
    }


def test_the_balance_transaction_comes_after_the_charge_as_with_async_capture(
    shop: Shop, sandbox: SandboxProcess
) -> None:
    charge = sandbox.pay(shop.open_session().id)["charge"]

    about = [event for event in shop.events(type="charge.*") if event.data.object.to_dict()["id"] == charge]

    assert [event.type for event in about] == ["charge.updated", "charge.succeeded"]
    assert about[1].data.object.to_dict()["balance_transaction"] is None
    assert about[0].data.object.to_dict()["balance_transaction"].startswith("txn_")
