"""What paying does to a session: the only place where a charge comes into being.

Every function here looks at the session again inside the sandbox's one lock, so however many clicks arrive,
one of them pays and the others find the session closed.
"""

from dataclasses import dataclass, field
from typing import Literal

from .cards import (
    BANK_ACCOUNT_FAILS,
    Behaviour,
    TestCard,
    bank_details,
    card_details,
    card_ending,
    card_for,
)
from .errors import StripeError
from .events import emit
from .ids import new_id
from .jsontypes import Json
from .money import bank_debit_fee, card_fee
from .resources.balance import CHARGE_AVAILABLE_AFTER, record
from .resources.charges import billing_details, network_outcome, new_charge
from .resources.checkout_sessions import expire_if_due
from .resources.dispute_steps import open_dispute
from .resources.payment_intents import new_intent
from .sandbox import Sandbox

BANK_DEBIT_SECONDS = 4 * 24 * 3600
"""How long a bank debit takes to settle or fail, by the sandbox's clock."""


@dataclass(frozen=True)
class Buyer:
    """What a person typed beside the card."""

    email: str | None = None
    name: str | None = None
    country: str | None = "US"
    postal_code: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt: the session, and for a decline its card error."""

    kind: Literal["paid", "processing", "declined", "requires_action", "closed"]
    session: Json
    error: Json = field(default_factory=dict)


def pay_with_card(sandbox: Sandbox, session_id: str, number: str, buyer: Buyer) -> Outcome:
    """Try to pay a session with a test card."""
    card = card_for(number)
    with sandbox.store.transaction():
        session = _open_session(sandbox, session_id)
        if session["status"] != "open":
            return Outcome("closed", session)
        if session["amount_total"] == 0:
            return _complete(sandbox, session, buyer, "no_payment_required")
        intent = _intent_of(sandbox, session)
        if card.behaviour is Behaviour.DECLINES:
            return _decline(sandbox, session, intent, card, buyer)
        if card.behaviour is Behaviour.ASKS_3DS:
            return _ask_for_3ds(sandbox, session, intent, card, buyer)
        return _take_money(sandbox, session, intent, card, buyer)


def finish_3ds(sandbox: Sandbox, session_id: str, *, authenticated: bool) -> Outcome:
    """Go on after the 3-D Secure page: take the money, or note that the bank refused."""
    with sandbox.store.transaction():
        session = _open_session(sandbox, session_id)
        if session["status"] != "open":
            return Outcome("closed", session)
        intent = _intent_of(sandbox, session)
        if intent["status"] != "requires_action":
            raise StripeError("This session is not waiting for 3-D Secure.", status=409)
        waiting = sandbox.store.private(intent["id"])["authentication"]
        card, buyer = card_ending(waiting["last4"]), Buyer(**waiting["buyer"])
        intent["next_action"] = None
        if authenticated:
            return _take_money(sandbox, session, intent, card, buyer, three_d_secure=True)
        refused = TestCard(
            card.number,
            Behaviour.DECLINES,
            "payment_intent_authentication_failure",
            None,
            "We are unable to authenticate your payment method. Please choose a different "
            "payment method and try again.",
        )
        return _decline(sandbox, session, intent, refused, buyer, charged=False)


def pay_with_bank_debit(sandbox: Sandbox, session_id: str, account_number: str, buyer: Buyer) -> Outcome:
    """Start a bank debit: the session completes unpaid, the money comes or fails days later."""
    with sandbox.store.transaction():
        session = _open_session(sandbox, session_id)
        if session["status"] != "open":
            return Outcome("closed", session)
        intent = _intent_of(sandbox, session)
        charge = new_charge(sandbox, intent, details=bank_details(account_number), billing=_billing(buyer))
        charge["outcome"] = network_outcome("approved_by_network", "authorized", "Payment complete.")
        intent |= {
            "status": "processing",
            "latest_charge": charge["id"],
            "payment_method": charge["payment_method"],
            "last_payment_error": None,
        }
        sandbox.store.add(charge)
        sandbox.store.save(intent)
        sandbox.store.set_private(
            intent["id"],
            settles_at=sandbox.clock.now() + BANK_DEBIT_SECONDS,
            will_fail=account_number == BANK_ACCOUNT_FAILS,
        )
        emit(sandbox, "charge.pending", charge)
        emit(sandbox, "payment_intent.processing", intent)
        outcome = _complete(sandbox, session, buyer, "unpaid")
    return Outcome("processing", outcome.session)


def settle_bank_debit(sandbox: Sandbox, session_id: str, *, succeeds: bool) -> Json:
    """Let a bank debit's money come, or fail; return the session."""
    with sandbox.store.transaction():
        session = sandbox.load("checkout.session", session_id)
        intent = sandbox.load("payment_intent", session["payment_intent"] or "")
        if intent["status"] != "processing":
            raise StripeError("This session is not waiting for a bank debit.", status=409)
        charge = sandbox.load("charge", intent["latest_charge"])
        if succeeds:
            _succeed(sandbox, intent, charge, fee=bank_debit_fee(charge["amount"]))
            session["payment_status"] = "paid"
        else:
            message = "The customer's bank account has been closed."
            error = {"code": "account_closed", "message": message, "type": "invalid_request_error"}
            _fail(sandbox, intent, charge, error)
        sandbox.store.save(session)
        ending = "succeeded" if succeeds else "failed"
        emit(sandbox, f"checkout.session.async_payment_{ending}", session)
        return session


def settle_all_due(sandbox: Sandbox) -> int:
    """Settle or fail the bank debits whose time has come by the sandbox's clock; return how many."""
    with sandbox.store.transaction():
        due = sandbox.store.debits_ending(sandbox.clock.now())
        for intent in due:
            private = sandbox.store.private(intent["id"])
            settle_bank_debit(sandbox, private["session"], succeeds=not private["will_fail"])
    return len(due)


def _open_session(sandbox: Sandbox, session_id: str) -> Json:
    return expire_if_due(sandbox, sandbox.load("checkout.session", session_id))


def _intent_of(sandbox: Sandbox, session: Json) -> Json:
    """Return the session's intent, made at the first attempt as Stripe does."""
    if session["payment_intent"]:
        return sandbox.load("payment_intent", session["payment_intent"])
    intent = new_intent(sandbox, session, sandbox.store.private(session["id"])["payment_intent_data"])
    session["payment_intent"] = intent["id"]
    sandbox.store.save(session)
    return intent


def _take_money(
    sandbox: Sandbox,
    session: Json,
    intent: Json,
    card: TestCard,
    buyer: Buyer,
    *,
    three_d_secure: bool = False,
) -> Outcome:
    details = {"type": "card", "card": card_details(card, three_d_secure=three_d_secure)}
    charge = new_charge(sandbox, intent, details=details, billing=_billing(buyer))
    charge["outcome"] = network_outcome("approved_by_network", "authorized", "Payment complete.")
    sandbox.store.add(charge)
    waits = 0 if card.available_at_once else CHARGE_AVAILABLE_AFTER
    _succeed(sandbox, intent, charge, fee=card_fee(charge["amount"]), available_after=waits)
    outcome = _complete(sandbox, session, buyer, "paid")
    if card.behaviour is Behaviour.PAYS_THEN_DISPUTED:
        open_dispute(sandbox, charge["id"], reason=card.dispute_reason, inquiry=card.inquiry)
    return outcome


def _succeed(
    sandbox: Sandbox, intent: Json, charge: Json, *, fee: int, available_after: int = CHARGE_AVAILABLE_AFTER
) -> None:
    """Turn intent and charge to succeeded. The balance transaction follows in an update, as Stripe captures
    late.
    """
    charge |= {"status": "succeeded", "paid": True, "captured": True, "amount_captured": charge["amount"]}
    charge["receipt_url"] = f"{sandbox.base_url}/c/receipts/{charge['id']}"
    intent |= {
        "status": "succeeded",
        "amount_received": intent["amount"],
        "latest_charge": charge["id"],
        "payment_method": charge["payment_method"],
        "last_payment_error": None,
    }
    emit(sandbox, "charge.succeeded", charge)
    emit(sandbox, "payment_intent.succeeded", sandbox.store.save(intent))
    movement = record(
        sandbox,
        type="charge" if charge["payment_method_details"]["type"] == "card" else "payment",
        amount=charge["amount"],
        currency=charge["currency"],
        source=charge["id"],
        fee=fee,
        available_after=available_after,
        description=charge["description"],
    )
    charge["balance_transaction"] = movement["id"]
    emit(sandbox, "charge.updated", sandbox.store.save(charge), previous={"balance_transaction": None})


def _complete(sandbox: Sandbox, session: Json, buyer: Buyer, payment_status: str) -> Outcome:
    email = buyer.email or session["customer_email"]
    session |= {"status": "complete", "payment_status": payment_status}
    session["customer_details"] = {
        "address": _billing(buyer)["address"],
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": buyer.name,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }
    emit(sandbox, "checkout.session.completed", sandbox.store.save(session))
    return Outcome("paid", session)


def _decline(
    sandbox: Sandbox, session: Json, intent: Json, card: TestCard, buyer: Buyer, *, charged: bool = True
) -> Outcome:
    """Note a refused attempt; the session stays open for another one."""
    error: Json = {"type": "card_error", "code": card.code, "message": card.message, "param": None}
    if card.decline_code:
        error["decline_code"] = card.decline_code
    if charged:
        details = {"type": "card", "card": card_details(card)}
        charge = new_charge(sandbox, intent, details=details, billing=_billing(buyer))
        reason = card.decline_code or card.code
        charge["outcome"] = network_outcome(
            "declined_by_network", "issuer_declined", card.message, reason=reason
        )
        sandbox.store.add(charge)
        error["charge"] = charge["id"]
        _fail(sandbox, intent, charge, error)
    else:
        intent |= {"status": "requires_payment_method", "last_payment_error": error}
        emit(sandbox, "payment_intent.payment_failed", sandbox.store.save(intent))
    return Outcome("declined", session, error)


def _fail(sandbox: Sandbox, intent: Json, charge: Json, error: Json) -> None:
    charge |= {"status": "failed", "failure_code": error["code"], "failure_message": error["message"]}
    intent |= {
        "status": "requires_payment_method",
        "latest_charge": charge["id"],
        "payment_method": None,
        "last_payment_error": error,
    }
    emit(sandbox, "charge.failed", sandbox.store.save(charge))
    emit(sandbox, "payment_intent.payment_failed", sandbox.store.save(intent))


def _ask_for_3ds(sandbox: Sandbox, session: Json, intent: Json, card: TestCard, buyer: Buyer) -> Outcome:
    url = f"{sandbox.base_url}/c/pay/{session['id']}/authenticate"
    intent |= {
        "status": "requires_action",
        "payment_method": new_id("pm_"),
        "next_action": {"type": "redirect_to_url", "redirect_to_url": {"return_url": None, "url": url}},
    }
    sandbox.store.set_private(intent["id"], authentication={"last4": card.last4, "buyer": vars(buyer)})
    emit(sandbox, "payment_intent.requires_action", sandbox.store.save(intent))
    return Outcome("requires_action", session)


def _billing(buyer: Buyer) -> Json:
    return billing_details(
        email=buyer.email, name=buyer.name, country=buyer.country, postal_code=buyer.postal_code
    )
