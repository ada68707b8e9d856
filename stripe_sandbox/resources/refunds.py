"""Refunds: full or in part, never more than is left; failures on order."""

from ..errors import StripeError, invalid
from ..events import emit
from ..ids import new_id
from ..jsontypes import Json
from ..money import in_words
from ..pagination import list_answer
from ..params import LIST_FIELDS, Bool, Int, ListOf, Metadata, Obj, Str, merge_metadata
from ..routing import Call, route
from ..sandbox import Sandbox
from .balance import record
from .dispute_steps import end_refunded_inquiries, is_charged_back

REASONS = ("duplicate", "fraudulent", "requested_by_customer")
FAILURES = (
    "lost_or_stolen_card",
    "expired_or_canceled_card",
    "charge_for_pending_refund_disputed",
    "insufficient_funds",
    "declined",
    "merchant_request",
    "unknown",
)


@route(
    "POST",
    "/v1/refunds",
    Obj(
        {
            "charge": Str(),
            "payment_intent": Str(),
            "amount": Int(minimum=1),
            "reason": Str(choices=REASONS),
            "metadata": Metadata(),
            "instructions_email": Str(),
            "reverse_transfer": Bool(),
            "refund_application_fee": Bool(),
            "expand": ListOf(Str()),
        }
    ),
)
def create_refund(call: Call) -> Json:
    """Give money back to the buyer."""
    for name in ("reverse_transfer", "refund_application_fee"):
        if call.params.get(name):
            raise StripeError(
                f"The charge has no transfer or application fee to give back ({name}).", param=name
            )
    charge = _charge_to_refund(call)
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise StripeError(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if is_charged_back(call.sandbox, charge):
        raise StripeError(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed"
        )
    amount = call.params.get("amount", left)
    if amount > left:
        raise StripeError(
            f"Refund amount ({in_words(amount, charge['currency'])}) is greater than unrefunded "
            "amount on charge "
            f"({in_words(left, charge['currency'])})",
            param="amount",
        )
    return _refund(
        call.sandbox,
        charge,
        amount,
        reason=call.params.get("reason"),
        metadata=call.params.get("metadata", {}),
    )


def _charge_to_refund(call: Call) -> Json:
    given = [name for name in ("charge", "payment_intent") if name in call.params]
    if len(given) != 1:
        raise invalid(
            "One of the following params should be provided for this request: payment_intent or charge.",
            code="parameter_missing" if not given else None,
        )
    charge_id = call.params.get("charge", "")
    if given == ["payment_intent"]:
        intent = call.sandbox.load("payment_intent", call.params["payment_intent"], param="payment_intent")
        charge_id = intent["latest_charge"] or ""
        if intent["status"] != "succeeded":
            raise StripeError(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
            )
    charge = call.sandbox.load("charge", charge_id)
    if not charge["paid"]:
        raise StripeError(
            f"Charge {charge['id']} was not paid; cannot issue a refund.", code="charge_not_refundable"
        )
    return charge


def _refund(
    sandbox: Sandbox, charge: Json, amount: int, *, reason: str | None, metadata: dict[str, str]
) -> Json:
    refund = _new_refund(sandbox, charge, amount, reason=reason, metadata=metadata)
    card = charge["payment_method_details"]["type"] == "card"
    movement = record(
        sandbox,
        type="refund" if card else "payment_refund",
        amount=-amount,
        currency=charge["currency"],
        source=refund["id"],
        description="REFUND FOR CHARGE" + (f" ({charge['description']})" if charge["description"] else ""),
    )
    refund["balance_transaction"] = movement["id"]
    sandbox.store.add(refund)
    emit(sandbox, "refund.created", refund)
    previous = {name: charge[name] for name in ("amount_refunded", "refunded")}
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    emit(sandbox, "charge.refunded", sandbox.store.save(charge), previous=previous)
    if charge["refunded"]:
        end_refunded_inquiries(sandbox, charge)
    return refund


def _new_refund(
    sandbox: Sandbox, charge: Json, amount: int, *, reason: str | None, metadata: dict[str, str]
) -> Json:
    method = charge["payment_method_details"]["type"]
    details: Json = {"type": method}
    if method == "card":
        details["card"] = {
            "reference_status": "pending",
            "reference_type": "acquirer_reference_number",
            "type": "refund",
        }
    return {
        "id": new_id("re_"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": sandbox.clock.now(),
        "currency": charge["currency"],
        "destination_details": details,
        "metadata": metadata,
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def fail_refund(sandbox: Sandbox, refund_id: str, *, reason: str) -> Json:
    """Let a refund come back, as happens when the buyer's card no longer exists: the charge counts it no
    more.
    """
    with sandbox.store.transaction():
        refund = sandbox.load("refund", refund_id)
        if refund["status"] != "succeeded":
            raise StripeError(f"Refund {refund_id} is {refund['status']}.", status=409)
        charge = sandbox.load("charge", refund["charge"])
        movement = record(
            sandbox,
            type="refund_failure",
            amount=refund["amount"],
            currency=refund["currency"],
            source=refund["id"],
            description="REFUND FAILURE",
        )
        refund |= {
            "status": "failed",
            "failure_reason": reason,
            "failure_balance_transaction": movement["id"],
        }
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False
        sandbox.store.save(charge)
        sandbox.store.save(refund)
        emit(sandbox, "refund.updated", refund, previous={"status": "succeeded"})
        emit(sandbox, "refund.failed", refund)
        emit(sandbox, "charge.refund.updated", refund, previous={"status": "succeeded"})
    return refund


@route("GET", "/v1/refunds", Obj(LIST_FIELDS | {"charge": Str(), "payment_intent": Str()}))
def list_refunds(call: Call) -> Json:
    """Answer refunds, newest first."""
    return list_answer(call, "refund", url="/v1/refunds", equal=("charge", "payment_intent"))


@route("GET", "/v1/refunds/{id}")
def retrieve_refund(call: Call) -> Json:
    """Answer one refund."""
    return call.sandbox.load("refund", call.ids["id"])


@route("POST", "/v1/refunds/{id}", Obj({"metadata": Metadata(), "expand": ListOf(Str())}))
def update_refund(call: Call) -> Json:
    """Change a refund's metadata."""
    refund = call.sandbox.load("refund", call.ids["id"])
    previous = {"metadata": refund["metadata"]}
    refund["metadata"] = merge_metadata(refund["metadata"], call.params.get("metadata"))
    emit(call.sandbox, "refund.updated", call.sandbox.store.save(refund), previous=previous)
    return refund
