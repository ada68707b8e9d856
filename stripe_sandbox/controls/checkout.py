"""Controls that stand for the buyer and the buyer's bank."""

from ..cards import BANK_ACCOUNT_SETTLES
from ..errors import StripeError
from ..jsontypes import Json
from ..payments import Buyer, Outcome, finish_3ds, pay_with_bank_debit, pay_with_card, settle_bank_debit
from ..presenting import present
from ..sandbox import Sandbox
from .dispatch import Answer, ControlError, choice, register

DEFAULT_EMAIL = "buyer@example.com"


@register("POST", "checkout/{session_id}/pay")
def pay(sandbox: Sandbox, body: Json, session_id: str) -> Answer:
    """Pay as if a person had filled the page.

    `card` (a test number), or `bank_account` for a bank debit; `email`, `name`; `three_d_secure`
    (`complete` or `fail`) says what to press if the card asks for it.
    """
    email = (
        body.get("email") or sandbox.load("checkout.session", session_id)["customer_email"] or DEFAULT_EMAIL
    )
    buyer = Buyer(email=str(email), name=str(body.get("name", "Test Buyer")), postal_code="12345")
    if "bank_account" in body:
        number = str(body["bank_account"] or BANK_ACCOUNT_SETTLES)
        return _answer(sandbox, pay_with_bank_debit(sandbox, session_id, number, buyer))
    card = str(body.get("card", "4242424242424242")).replace(" ", "")
    outcome = pay_with_card(sandbox, session_id, card, buyer)
    if outcome.kind == "requires_action" and "three_d_secure" in body:
        pressed = choice(body, "three_d_secure", "complete", ("complete", "fail"))
        outcome = finish_3ds(sandbox, session_id, authenticated=pressed == "complete")
    return _answer(sandbox, outcome)


@register("POST", "checkout/{session_id}/authenticate")
def authenticate(sandbox: Sandbox, body: Json, session_id: str) -> Answer:
    """Press Complete (`{"outcome": "complete"}`) or Fail on the 3-D Secure page."""
    pressed = choice(body, "outcome", "complete", ("complete", "fail"))
    return _answer(sandbox, finish_3ds(sandbox, session_id, authenticated=pressed == "complete"))


@register("POST", "checkout/{session_id}/settle")
def settle(sandbox: Sandbox, body: Json, session_id: str) -> Answer:
    """Let a bank debit's money come now (`{"outcome": "succeeded"}`) or fail."""
    outcome = choice(body, "outcome", "succeeded", ("succeeded", "failed"))
    session = settle_bank_debit(sandbox, session_id, succeeds=outcome == "succeeded")
    return 200, _summary(sandbox, session)


def _answer(sandbox: Sandbox, outcome: Outcome) -> Answer:
    if outcome.kind == "closed":
        raise ControlError(f"This session is {outcome.session['status']}; it cannot be paid.", 409)
    if outcome.kind == "declined":
        error = StripeError(
            outcome.error["message"],
            status=402,
            type=outcome.error["type"],
            code=outcome.error["code"],
            extra={name: outcome.error[name] for name in ("decline_code", "charge") if name in outcome.error},
        )
        return 402, error.body("req_control") | _summary(sandbox, outcome.session)
    return 200, _summary(sandbox, outcome.session) | {"outcome": outcome.kind}


def _summary(sandbox: Sandbox, session: Json) -> Json:
    shown = present(sandbox, session)
    intent = sandbox.store.get("payment_intent", session["payment_intent"] or "")
    names = (
        "id",
        "status",
        "payment_status",
        "payment_intent",
        "amount_total",
        "currency",
        "success_url",
        "url",
    )
    return {name: shown[name] for name in names} | {
        "payment_intent_status": intent["status"] if intent else None,
        "charge": intent["latest_charge"] if intent else None,
    }
