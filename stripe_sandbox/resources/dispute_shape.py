"""The full shape of a dispute, and the evidence that Stripe takes."""

from ..ids import new_id
from ..jsontypes import Json
from ..params import Obj, Str
from ..sandbox import Sandbox

_DAY = 24 * 3600
_LONG_TEXT = 20_000
_TEXT = 5_000
LONG_EVIDENCE = (
    "access_activity_log",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "duplicate_charge_explanation",
    "product_description",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "uncategorized_text",
)
SHORT_EVIDENCE = (
    "billing_address",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "duplicate_charge_id",
    "service_date",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_tracking_number",
)
FILE_EVIDENCE = (
    "cancellation_policy",
    "customer_communication",
    "customer_signature",
    "duplicate_charge_documentation",
    "receipt",
    "refund_policy",
    "service_documentation",
    "shipping_documentation",
    "uncategorized_file",
)
EVIDENCE = Obj(
    {name: Str(max_length=_LONG_TEXT, blank=True) for name in LONG_EVIDENCE}
    | {name: Str(max_length=_TEXT, blank=True) for name in (*SHORT_EVIDENCE, *FILE_EVIDENCE)}
)

_VISA_CODES = {
    "credit_not_processed": "13.6",
    "duplicate": "12.6.1",
    "fraudulent": "10.4",
    "product_not_received": "13.1",
    "product_unacceptable": "13.3",
}


def new_dispute(sandbox: Sandbox, charge: Json, *, reason: str, amount: int, inquiry: bool) -> Json:
    """Return a dispute that is not stored yet and has moved no money; `amount` in minor units."""
    now = sandbox.clock.now()
    return {
        "id": new_id("du_"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": dict.fromkeys((*LONG_EVIDENCE, *SHORT_EVIDENCE, *FILE_EVIDENCE))
        | {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": evidence_due_by(now),
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": _method(charge, reason, inquiry=inquiry),
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }


def evidence_due_by(now: int) -> int:
    """Return the last second of the eighth UTC day from now."""
    return (now // _DAY + 9) * _DAY - 1


def _method(charge: Json, reason: str, *, inquiry: bool) -> Json | None:
    card = charge["payment_method_details"].get("card")
    if card is None:
        return None
    details = {"brand": card["brand"], "network": card["network"]}
    details["case_type"] = "inquiry" if inquiry else "chargeback"
    details["network_reason_code"] = _VISA_CODES.get(reason) if card["network"] == "visa" else None
    return {"type": "card", "card": details}
