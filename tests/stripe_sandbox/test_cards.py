"""What each test card and the bank debit do."""

import pytest
import stripe

from .process import SandboxProcess
from .shop import Shop


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("4000000000000002", "card_declined", "generic_decline"),
        ("4000000000009995", "card_declined", "insufficient_funds"),
        ("4000000000000069", "expired_card", None),
        ("4111111111111111", "card_declined", "test_mode_live_card"),
    ],
)
def test_a_declined_card_leaves_the_session_open(
    shop: Shop, sandbox: SandboxProcess, card: str, code: str, decline_code: str | None
) -> None:
    session = shop.open_session(1200)

    answer = sandbox.pay(session.id, card=card)

    assert answer["error"]["type"] == "card_error"
    assert (answer["error"]["code"], answer["error"].get("decline_code")) == (code, decline_code)
    assert (answer["status"], answer["payment_status"]) == ("open", "unpaid")
    charge = shop.charge_of(session.id)
    assert (charge.status, charge.paid, charge.failure_code) == ("failed", False, code)
    assert charge.balance_transaction is None


def test_after_a_decline_another_card_pays_the_same_intent(shop: Shop, sandbox: SandboxProcess) -> None:
    session = shop.open_session(1200)
    declined = sandbox.pay(session.id, card="4000000000000002")

    paid = sandbox.pay(session.id)

    assert paid["payment_status"] == "paid"
    assert paid["payment_intent"] == declined["payment_intent"]
    charges = shop.client.v1.charges.list({"payment_intent": paid["payment_intent"]}).data
    assert [charge.status for charge in charges] == ["succeeded", "failed"]
    intent = shop.client.v1.payment_intents.retrieve(paid["payment_intent"])
    assert intent.last_payment_error is None


def test_three_d_secure_waits_for_the_buyer(shop: Shop, sandbox: SandboxProcess) -> None:
    session = shop.open_session(1200)

    waiting = sandbox.pay(session.id, card="4000002760003184")

    assert (waiting["outcome"], waiting["payment_intent_status"]) == ("requires_action", "requires_action")
    assert shop.session(session.id).status == "open"
    done = sandbox.control(f"checkout/{session.id}/authenticate", {"outcome": "complete"})
    assert done["payment_status"] == "paid"
    details = shop.charge_of(session.id).payment_method_details
    assert details is not None
    assert details.card is not None
    assert details.card.three_d_secure is not None


def test_failed_three_d_secure_takes_no_money(shop: Shop, sandbox: SandboxProcess) -> None:
    session = shop.open_session(1200)

    answer = sandbox.pay(session.id, card="4000002760003184", three_d_secure="fail")

    assert answer["error"]["code"] == "payment_intent_authentication_failure"
    assert answer["status"] == "open"
    intent = shop.client.v1.payment_intents.retrieve(answer["payment_intent"])
    assert intent.status == "requires_payment_method"
    assert sandbox.pay(session.id)["payment_status"] == "paid"


def test_the_disputing_card_pays_and_is_then_disputed(shop: Shop, sandbox: SandboxProcess) -> None:
    session = shop.open_session(2000)

    paid = sandbox.pay(session.id, card="4000000000000259")

    disputes = shop.client.v1.disputes.list({"charge": paid["charge"]}).data
    assert [(dispute.amount, dispute.reason, dispute.status) for dispute in disputes] == [
        (2000, "fraudulent", "needs_response")
    ]
    assert shop.client.v1.charges.retrieve(paid["charge"]).disputed


def test_a_bank_debit_completes_unpaid_and_settles_later(shop: Shop, sandbox: SandboxProcess) -> None:
    session = shop.open_session(10_000)

    started = sandbox.pay(session.id, bank_account="000123456789")

    assert (started["status"], started["payment_status"]) == ("complete", "unpaid")
    assert started["payment_intent_status"] == "processing"
    assert shop.charge_of(session.id).status == "pending"
    settled = sandbox.control(f"checkout/{session.id}/settle", {"outcome": "succeeded"})
    assert settled["payment_status"] == "paid"
    movement = shop.charge_of(session.id).balance_transaction
    assert isinstance(movement, stripe.BalanceTransaction)
    assert (movement.type, movement.fee) == ("payment", 80)
    types = [event.type for event in shop.events() if _is_about(event, session.id)]
    assert types == ["checkout.session.async_payment_succeeded", "checkout.session.completed"]


def test_a_bank_debit_may_fail(shop: Shop, sandbox: SandboxProcess) -> None:
    session = shop.open_session(10_000)
    sandbox.pay(session.id, bank_account="000123456789")

    failed = sandbox.control(f"checkout/{session.id}/settle", {"outcome": "failed"})

    assert (failed["status"], failed["payment_status"]) == ("complete", "unpaid")
    assert failed["payment_intent_status"] == "requires_payment_method"
    types = [event.type for event in shop.events() if _is_about(event, session.id)]
    assert types == ["checkout.session.async_payment_failed", "checkout.session.completed"]


def _is_about(event: stripe.Event, session_id: str) -> bool:
    return bool(event.data.object.to_dict().get("id") == session_id)
