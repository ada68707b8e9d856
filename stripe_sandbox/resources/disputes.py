"""Disputes: opened by a card or a control, answered with evidence, closed won or lost, with the money
following.
"""

from ..errors import StripeError
from ..events import emit
from ..ids import new_id
from ..jsontypes import Json
from ..money import DISPUTE_FEE
from ..pagination import list_answer
from ..params import LIST_FIELDS, Bool, ListOf, Metadata, Obj, Str, merge_metadata
from ..routing import Call, route
from ..sandbox import Sandbox
from .balance import record

_DAYS = 24 * 3600
_TEXT_EVIDENCE = [
    "access_activity_log",
    "billing_address",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_tracking_number",
    "uncategorized_text",
]
_FILE_EVIDENCE = [
    "cancellation_policy",
    "customer_communication",
    "customer_signature",
    "duplicate_charge_documentation",
    "receipt",
    "refund_policy",
    "service_documentation",
    "shipping_documentation",
    "uncategorized_file",
]
_VERDICTS = {"winning_evidence": True, "losing_evidence": False}
"""Stripe's test mode decides at once when `uncategorized_text` is one of these."""


def open_dispute(sandbox: Sandbox, charge_id: str, *, reason: str, amount: int | None = None) -> Json:
    """Dispute a charge as the buyer's bank would: the amount and a fee leave the balance."""
    with sandbox.store.transaction():
        charge = sandbox.load("charge", charge_id)
        if not charge["paid"] or charge["disputed"]:
            raise StripeError("Only a paid charge without a dispute can be disputed.", status=409)
        dispute = _new_dispute(sandbox, charge, reason, charge["amount"] if amount is None else amount)
        sandbox.store.add(dispute)
        charge["disputed"] = True
        sandbox.store.save(charge)
        emit(sandbox, "charge.dispute.created", dispute)
        emit(sandbox, "charge.updated", charge, previous={"disputed": False})
        _move(sandbox, dispute, -dispute["amount"], fee=DISPUTE_FEE)
        emit(sandbox, "charge.dispute.funds_withdrawn", sandbox.store.save(dispute))
    return dispute


def _new_dispute(sandbox: Sandbox, charge: Json, reason: str, amount: int) -> Json:
    now = sandbox.clock.now()
    card = charge["payment_method_details"].get("card") or {"brand": "visa", "network": "visa"}
    return {
        "id": new_id("du_"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": dict.fromkeys([*_TEXT_EVIDENCE, *_FILE_EVIDENCE]) | {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": now + 9 * _DAYS,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": card["brand"],
                "case_type": "chargeback",
                "network": card["network"],
                "network_reason_code": "10.4",
            },
            "type": "card",
        },
        "reason": reason,
        "status": "needs_response",
    }


def _move(sandbox: Sandbox, dispute: Json, amount: int, *, fee: int = 0) -> None:
    movement = record(
        sandbox,
        type="adjustment",
        amount=amount,
        currency=dispute["currency"],
        source=dispute["id"],
        fee=fee,
        fee_description="Dispute fee",
        description=f"Chargeback {'withdrawal' if amount < 0 else 'reversal'} for {dispute['charge']}",
    )
    dispute["balance_transactions"].append(movement)


def close_dispute(sandbox: Sandbox, dispute_id: str, *, won: bool) -> Json:
    """End a dispute; a win brings the amount back, the fee stays paid."""
    with sandbox.store.transaction():
        dispute = sandbox.load("dispute", dispute_id)
        if dispute["status"] in {"won", "lost"}:
            raise StripeError(f"This dispute is already closed ({dispute['status']}).")
        dispute["status"] = "won" if won else "lost"
        if won:
            _move(sandbox, dispute, dispute["amount"])
        sandbox.store.save(dispute)
        emit(sandbox, "charge.dispute.closed", dispute)
        if won:
            emit(sandbox, "charge.dispute.funds_reinstated", dispute)
    return dispute


@route("GET", "/v1/disputes", Obj(LIST_FIELDS | {"charge": Str(), "payment_intent": Str()}))
def list_disputes(call: Call) -> Json:
    """Answer disputes, newest first."""
    equal = {"charge": "charge", "payment_intent": "payment_intent"}
    return list_answer(call, "dispute", url="/v1/disputes", equal=equal)


@route("GET", "/v1/disputes/{id}")
def retrieve_dispute(call: Call) -> Json:
    """Answer one dispute."""
    return call.sandbox.load("dispute", call.ids["id"])


_EVIDENCE = Obj({name: Str(max_length=20000, blank=True) for name in (*_TEXT_EVIDENCE, *_FILE_EVIDENCE)})


@route(
    "POST",
    "/v1/disputes/{id}",
    Obj({"evidence": _EVIDENCE, "submit": Bool(), "metadata": Metadata(), "expand": ListOf(Str())}),
)
def update_dispute(call: Call) -> Json:
    """Take evidence; submitted (the default), it goes under review or, with Stripe's test words, decides."""
    dispute = call.sandbox.load("dispute", call.ids["id"])
    if dispute["status"] in {"won", "lost"}:
        raise StripeError("This dispute is already closed.")
    previous = {"status": dispute["status"]}
    dispute["metadata"] = merge_metadata(dispute["metadata"], call.params.get("metadata"))
    evidence = call.params.get("evidence", {})
    dispute["evidence"] |= evidence
    submitted = bool(evidence) and call.params.get("submit", True)
    details = dispute["evidence_details"]
    details["has_evidence"] = details["has_evidence"] or bool(evidence)
    if submitted:
        details |= {"submission_count": details["submission_count"] + 1, "submission_method": "manual"}
        dispute["status"] = "under_review"
    emit(call.sandbox, "charge.dispute.updated", call.sandbox.store.save(dispute), previous=previous)
    verdict = _VERDICTS.get(evidence.get("uncategorized_text") or "")
    if submitted and verdict is not None:
        return close_dispute(call.sandbox, dispute["id"], won=verdict)
    return dispute


@route("POST", "/v1/disputes/{id}/close")
def give_up_dispute(call: Call) -> Json:
    """Accept the dispute: it is lost."""
    return close_dispute(call.sandbox, call.ids["id"], won=False)
