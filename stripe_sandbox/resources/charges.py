"""Charges: the shape of one attempt to take money, and their routes."""

from ..events import emit
from ..ids import new_id
from ..jsontypes import Json
from ..pagination import Where, list_answer, whole_list
from ..params import LIST_FIELDS, ListOf, Metadata, Obj, Str, merge_metadata
from ..presenting import INCLUDABLE
from ..routing import Call, route
from ..sandbox import Sandbox

_UNUSED = (
    "application",
    "application_fee",
    "application_fee_amount",
    "customer",
    "failure_balance_transaction",
    "on_behalf_of",
    "receipt_number",
    "receipt_url",
    "review",
    "shipping",
    "source_transfer",
    "transfer_data",
)
"""Fields that a charge has and that nothing in the sandbox fills."""


def new_charge(sandbox: Sandbox, intent: Json, *, details: Json, billing: Json) -> Json:
    """Return a charge of the intent's whole amount, not yet succeeded and not yet stored."""
    return dict.fromkeys(_UNUSED) | {
        "id": new_id("ch_"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "balance_transaction": None,
        "billing_details": billing,
        "calculated_statement_descriptor": sandbox.merchant_name.upper()[:22],
        "captured": False,
        "created": sandbox.clock.now(),
        "currency": intent["currency"],
        "description": intent["description"],
        "disputed": False,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "outcome": None,
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": new_id("pm_"),
        "payment_method_details": details,
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "refunded": False,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "pending",
        "transfer_group": intent["transfer_group"],
    }


def network_outcome(
    network_status: str, type: str, seller_message: str, *, reason: str | None = None
) -> Json:
    """Return `outcome`; a `reason` marks a decline."""
    return {
        "advice_code": "try_again_later" if reason else None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": network_status,
        "reason": reason,
        "risk_level": "normal",
        "risk_score": 32,
        "seller_message": seller_message,
        "type": type,
    }


def billing_details(
    *, email: str | None, name: str | None, country: str | None, postal_code: str | None
) -> Json:
    """Return `billing_details` from what the buyer typed."""
    address = dict.fromkeys(("city", "line1", "line2", "state"), None)
    return {
        "address": address | {"country": country, "postal_code": postal_code},
        "email": email,
        "name": name,
        "phone": None,
        "tax_id": None,
    }


@route(
    "GET",
    "/v1/charges",
    Obj(LIST_FIELDS | {"payment_intent": Str(), "transfer_group": Str(), "customer": Str()}),
)
def list_charges(call: Call) -> Json:
    """Answer charges, newest first."""
    where = Where("FALSE") if "customer" in call.params else None
    equal = ("payment_intent", "transfer_group")
    return list_answer(call, "charge", url="/v1/charges", equal=equal, where=where)


@route("GET", "/v1/charges/{id}")
def retrieve_charge(call: Call) -> Json:
    """Answer one charge."""
    return call.sandbox.load("charge", call.ids["id"])


@route(
    "POST",
    "/v1/charges/{id}",
    Obj({"metadata": Metadata(), "description": Str(), "transfer_group": Str(), "expand": ListOf(Str())}),
)
def update_charge(call: Call) -> Json:
    """Change what may be changed of a charge."""
    charge = call.sandbox.load("charge", call.ids["id"])
    previous = {name: charge[name] for name in call.params if name in charge}
    charge["metadata"] = merge_metadata(charge["metadata"], call.params.get("metadata"))
    charge |= {name: call.params[name] for name in ("description", "transfer_group") if name in call.params}
    emit(call.sandbox, "charge.updated", call.sandbox.store.save(charge), previous=previous)
    return charge


def _refunds(sandbox: Sandbox, charge: Json) -> Json:
    refunds = list(reversed(sandbox.store.find("refund", {"charge": charge["id"]})))
    return {"value": whole_list(refunds, url=f"/v1/charges/{charge['id']}/refunds")}


INCLUDABLE["charge", "refunds"] = _refunds
