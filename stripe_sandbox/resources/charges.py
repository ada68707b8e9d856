"""Charges: the shape of one attempt to take money, and their routes."""

from ..events import emit
from ..ids import new_id
from ..jsontypes import Json
from ..pagination import list_answer, whole_list
from ..params import LIST_FIELDS, ListOf, Metadata, Obj, Str, merge_metadata
from ..presenting import INCLUDABLE
from ..routing import Call, route
from ..sandbox import Sandbox


def new_charge(sandbox: Sandbox, intent: Json, *, details: Json, billing: Json) -> Json:
    """Return a charge of the intent's whole amount, not yet succeeded and not yet stored."""
    return {
        "id": new_id("ch_"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": billing,
        "calculated_statement_descriptor": sandbox.merchant_name.upper()[:22],
        "captured": False,
        "created": sandbox.clock.now(),
        "currency": intent["currency"],
        "customer": None,
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": None,
        "outcome": None,
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": new_id("pm_"),
        "payment_method_details": details,
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "pending",
        "transfer_data": None,
        "transfer_group": intent["transfer_group"],
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
    equal = {"payment_intent": "payment_intent", "transfer_group": "transfer_group", "customer": "customer"}
    return list_answer(call, "charge", url="/v1/charges", equal=equal)


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
