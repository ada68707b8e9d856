"""Opening, reading, expiring and paying sessions."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from .process import SandboxProcess
from .shop import CANCEL_URL, SUCCESS_URL, Shop


def test_new_session_is_open_unpaid_and_has_a_page(shop: Shop, sandbox: SandboxProcess) -> None:
    session = shop.open_session(999, customer_email="ada@example.com", locale="fr")

    assert session.id.startswith("cs_test_")
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert (session.amount_total, session.currency) == (999, "usd")
    assert session.url == f"{sandbox.url}/c/pay/{session.id}"
    assert session.expires_at - session.created == 24 * 3600
    assert session.payment_intent is None
    assert session.client_reference_id == "order-1"
    assert session.customer_email == "ada@example.com"
    assert session.success_url == SUCCESS_URL
    assert session.cancel_url == CANCEL_URL


def test_line_items_are_listed_and_expanded_but_not_given_unasked(shop: Shop) -> None:
    lines = [shop.line(499, name="One"), shop.line(300, name="Two", quantity=3)]
    session = shop.open_session(line_items=lines)

    assert "line_items" not in session.to_dict()
    listed = shop.client.v1.checkout.sessions.line_items.list(session.id).data
    expanded = shop.session(session.id, "line_items").line_items
    assert expanded is not None
    assert [(item.description, item.quantity, item.amount_total) for item in listed] == [
        ("One", 1, 499),
        ("Two", 3, 900),
    ]
    assert [item.id for item in expanded.data] == [item.id for item in listed]
    assert session.amount_total == 1399


def test_paying_completes_the_session_and_closes_its_page(shop: Shop, sandbox: SandboxProcess) -> None:
    session = shop.open_session(999)

    answer = sandbox.pay(session.id)

    assert (answer["status"], answer["payment_status"]) == ("complete", "paid")
    paid = shop.session(session.id, "payment_intent")
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert isinstance(paid.payment_intent, stripe.PaymentIntent)
    assert paid.payment_intent.status == "succeeded"
    assert paid.payment_intent.amount_received == 999
    assert paid.payment_intent.transfer_group == "order-1"
    assert dict(paid.payment_intent.metadata.to_dict()) == {"order": "1"}


def test_twenty_parallel_clicks_charge_once(shop: Shop, sandbox: SandboxProcess) -> None:
    session = shop.open_session(999)

    def click(_: int) -> int:
        return sandbox.request("POST", f"checkout/{session.id}/pay", {"card": "4242424242424242"})[0]

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(click, range(20)))

    assert sorted(statuses) == [200] + [409] * 19
    intent = shop.session(session.id).payment_intent
    charges = shop.client.v1.charges.list({"payment_intent": str(intent)}).data
    assert [charge.paid for charge in charges] == [True]


def test_expiring_closes_the_session_for_good(shop: Shop, sandbox: SandboxProcess) -> None:
    session = shop.open_session()

    expired = shop.client.v1.checkout.sessions.expire(session.id)

    assert (expired.status, expired.url) == ("expired", None)
    assert sandbox.request("POST", f"checkout/{session.id}/pay", {})[0] == 409
    with pytest.raises(stripe.InvalidRequestError, match="Only Checkout Sessions with a status"):
        shop.client.v1.checkout.sessions.expire(session.id)


@pytest.mark.parametrize("minutes", [29, 24 * 60 + 1])
def test_a_session_lives_from_half_an_hour_to_a_day(shop: Shop, minutes: int) -> None:
    now = shop.open_session().created

    with pytest.raises(stripe.InvalidRequestError, match="expires_at") as caught:
        shop.open_session(expires_at=now + minutes * 60)

    assert caught.value.param == "expires_at"


def test_less_than_fifty_cents_is_refused(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.open_session(49)

    assert caught.value.code == "amount_too_small"
    assert shop.open_session(50).amount_total == 50


def test_an_order_of_nothing_needs_no_payment(shop: Shop, sandbox: SandboxProcess) -> None:
    session = shop.open_session(0)

    assert session.payment_status == "no_payment_required"
    assert sandbox.pay(session.id)["payment_status"] == "no_payment_required"
    assert shop.session(session.id).payment_intent is None


def test_one_currency_per_session(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="same currency"):
        shop.open_session(line_items=[shop.line(500), shop.line(500, currency="eur")])


def test_sessions_are_listed_by_status_and_intent(shop: Shop, sandbox: SandboxProcess) -> None:
    paid, waiting = shop.open_session(), shop.open_session()
    sandbox.pay(paid.id)
    sessions = shop.client.v1.checkout.sessions

    by_intent = sessions.list({"payment_intent": str(shop.session(paid.id).payment_intent)}).data
    open_ids = {session.id for session in sessions.list({"status": "open", "limit": 100}).data}

    assert [session.id for session in by_intent] == [paid.id]
    assert waiting.id in open_ids
    assert paid.id not in open_ids


def test_metadata_is_merged_and_cleared(shop: Shop) -> None:
    session = shop.open_session(metadata={"a": "1", "b": "2"})

    changed = shop.client.v1.checkout.sessions.update(session.id, {"metadata": {"a": "", "c": "3"}})

    assert changed.metadata is not None
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}
