"""Transfers of the platform's money to connected accounts, and their reversals."""

from ..errors import StripeError, missing
from ..events import emit
from ..ids import new_id
from ..jsontypes import Json
from ..pagination import Where, list_answer, whole_list
from ..params import LIST_FIELDS, Int, ListOf, Metadata, Obj, Spec, Str, merge_metadata
from ..presenting import PRESENTERS, present
from ..routing import Call, route
from ..sandbox import Sandbox
from ..schema import column
from .balance import available_amount, record


@route(
    "POST",
    "/v1/transfers",
    Obj(
        {
            "amount": Int(minimum=1),
            "currency": Str(),
            "destination": Str(),
            "source_transaction": Str(),
            "transfer_group": Str(),
            "description": Str(),
            "metadata": Metadata(),
            "expand": ListOf(Str()),
        },
        required=["amount", "currency", "destination"],
    ),
)
def create_transfer(call: Call) -> Json:
    """Send money. With `source_transaction` it follows that charge's funds; without, it must be available
    now.
    """
    params, sandbox = call.params, call.sandbox
    _check_destination(sandbox, params["destination"])
    source = _source_charge(sandbox, params)
    currency = params["currency"].lower()
    if source is None and params["amount"] > available_amount(sandbox, currency):
        raise StripeError(
            "You have insufficient available funds in your Stripe account. Try adding funds directly to your "
            "available balance by creating Charges using the 4000000000000077 test card.",
            code="balance_insufficient",
        )
    transfer = _new_transfer(sandbox, params, source)
    waits = _seconds_until_available(sandbox, source)
    movement = record(
        sandbox,
        type="transfer",
        amount=-params["amount"],
        currency=currency,
        source=transfer["id"],
        available_after=waits,
    )
    record(
        sandbox,
        type="payment",
        amount=params["amount"],
        currency=currency,
        source=transfer["destination_payment"],
        available_after=waits,
        account=params["destination"],
    )
    transfer["balance_transaction"] = movement["id"]
    sandbox.store.add(transfer)
    emit(sandbox, "transfer.created", transfer)
    return present(sandbox, transfer)


def _check_destination(sandbox: Sandbox, account_id: str) -> None:
    account = sandbox.store.get("account", account_id)
    if account is None:
        raise missing("destination", account_id, param="destination", status=400)
    if account["capabilities"].get("transfers") != "active":
        raise StripeError(
            "Your destination account needs to have at least one of the following capabilities "
            "enabled: transfers, "
            "crypto_transfers, legacy_payments",
            code="insufficient_capabilities_for_transfer",
        )


def _source_charge(sandbox: Sandbox, params: Json) -> Json | None:
    if "source_transaction" not in params:
        return None
    charge = sandbox.load("charge", params["source_transaction"], param="source_transaction")
    sent = sum(
        item["amount"] for item in sandbox.store.find("transfer", {"source_transaction": charge["id"]})
    )
    if not charge["paid"] or sent + params["amount"] > charge["amount"]:
        raise StripeError(
            f"The transfers of charge {charge['id']} would exceed its amount.", param="source_transaction"
        )
    return charge


def _seconds_until_available(sandbox: Sandbox, source: Json | None) -> int:
    if source is None:
        return 0
    movement = sandbox.load("balance_transaction", source["balance_transaction"])
    return max(0, int(movement["available_on"]) - sandbox.clock.now())


def _new_transfer(sandbox: Sandbox, params: Json, source: Json | None) -> Json:
    group = params.get("transfer_group")
    if group is None and source is not None:
        group = source["transfer_group"] or f"group_{source['id']}"
    return {
        "id": new_id("tr_"),
        "object": "transfer",
        "amount": params["amount"],
        "amount_reversed": 0,
        "balance_transaction": None,
        "created": sandbox.clock.now(),
        "currency": params["currency"].lower(),
        "description": params.get("description"),
        "destination": params["destination"],
        "destination_payment": new_id("py_"),
        "livemode": False,
        "metadata": params.get("metadata", {}),
        "reversed": False,
        "source_transaction": source["id"] if source else None,
        "source_type": "card",
        "transfer_group": group,
    }


def _present(sandbox: Sandbox, transfer: Json) -> Json:
    reversals = list(reversed(sandbox.store.find("transfer_reversal", {"transfer": transfer["id"]})))
    return transfer | {
        "reversals": whole_list(reversals[:10], url=f"/v1/transfers/{transfer['id']}/reversals")
    }


PRESENTERS["transfer"] = _present


@route("GET", "/v1/transfers", Obj(LIST_FIELDS | {"destination": Str(), "transfer_group": Str()}))
def list_transfers(call: Call) -> Json:
    """Answer transfers, newest first; by `transfer_group` to find one whose answer was lost."""
    return list_answer(call, "transfer", url="/v1/transfers", equal=("destination", "transfer_group"))


@route("GET", "/v1/transfers/{id}")
def retrieve_transfer(call: Call) -> Json:
    """Answer one transfer."""
    return present(call.sandbox, call.sandbox.load("transfer", call.ids["id"]))


@route(
    "POST", "/v1/transfers/{id}", Obj({"metadata": Metadata(), "description": Str(), "expand": ListOf(Str())})
)
def update_transfer(call: Call) -> Json:
    """Change a transfer's description and metadata."""
    transfer = call.sandbox.load("transfer", call.ids["id"])
    previous = {"metadata": transfer["metadata"]}
    transfer["metadata"] = merge_metadata(transfer["metadata"], call.params.get("metadata"))
    transfer["description"] = call.params.get("description", transfer["description"])
    emit(call.sandbox, "transfer.updated", call.sandbox.store.save(transfer), previous=previous)
    return present(call.sandbox, transfer)


@route(
    "POST",
    "/v1/transfers/{id}/reversals",
    Obj({"amount": Int(minimum=1), "description": Str(), "metadata": Metadata(), "expand": ListOf(Str())}),
)
def create_reversal(call: Call) -> Json:
    """Take money back from a connected account, which must have it."""
    sandbox = call.sandbox
    transfer = sandbox.load("transfer", call.ids["id"])
    left = transfer["amount"] - transfer["amount_reversed"]
    amount = call.params.get("amount", left)
    if amount > left or left == 0:
        raise StripeError(
            f"Reversal amount ({amount}) is greater than unreversed amount ({left})", param="amount"
        )
    if amount > available_amount(sandbox, transfer["currency"], account=transfer["destination"]):
        raise StripeError(
            "The connected account has insufficient available funds for this reversal.",
            code="balance_insufficient",
        )
    return _reverse(sandbox, transfer, amount, metadata=call.params.get("metadata", {}))


def _reverse(sandbox: Sandbox, transfer: Json, amount: int, *, metadata: dict[str, str]) -> Json:
    reversal: Json = {
        "id": new_id("trr_"),
        "object": "transfer_reversal",
        "amount": amount,
        "created": sandbox.clock.now(),
        "currency": transfer["currency"],
        "destination_payment_refund": new_id("pyr_"),
        "metadata": metadata,
        "source_refund": None,
        "transfer": transfer["id"],
    }
    back = record(
        sandbox, type="transfer_refund", amount=amount, currency=transfer["currency"], source=reversal["id"]
    )
    record(
        sandbox,
        type="payment_refund",
        amount=-amount,
        currency=transfer["currency"],
        source=reversal["destination_payment_refund"],
        account=transfer["destination"],
    )
    sandbox.store.add(reversal | {"balance_transaction": back["id"]})
    previous = {name: transfer[name] for name in ("amount_reversed", "reversed")}
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    emit(sandbox, "transfer.reversed", sandbox.store.save(transfer), previous=previous)
    return reversal | {"balance_transaction": back["id"]}


_PAGE: dict[str, Spec] = {
    name: LIST_FIELDS[name] for name in ("limit", "starting_after", "ending_before", "expand")
}


@route("GET", "/v1/transfers/{transfer}/reversals", Obj(_PAGE))
def list_reversals(call: Call) -> Json:
    """Answer a transfer's reversals, newest first."""
    transfer = call.sandbox.load("transfer", call.ids["transfer"])
    where = Where(f"{column('transfer')} = ?", [transfer["id"]])
    return list_answer(
        call, "transfer_reversal", url=f"/v1/transfers/{transfer['id']}/reversals", where=where
    )


@route("GET", "/v1/transfers/{transfer}/reversals/{id}")
def retrieve_reversal(call: Call) -> Json:
    """Answer one reversal."""
    return call.sandbox.load("transfer_reversal", call.ids["id"])
