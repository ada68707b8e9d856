"""Balance transactions and the balance they add up to, for the platform and for connected accounts."""

import sqlite3
from collections import defaultdict

from ..errors import StripeError
from ..ids import new_id
from ..jsontypes import Json
from ..pagination import Where, list_answer
from ..params import LIST_FIELDS, Obj, Str
from ..presenting import PRESENTERS, present
from ..routing import Call, route
from ..sandbox import Sandbox
from ..schema import recount

CHARGE_AVAILABLE_AFTER = 2 * 24 * 3600
"""Seconds until a payment's money may be moved on."""
_CATEGORIES = {
    "adjustment": "other_adjustment",
    "payment": "charge",
    "payment_refund": "refund",
    "payout_failure": "payout_reversal",
    "stripe_fee": "fee",
    "transfer_refund": "transfer_reversal",
}


def record(
    sandbox: Sandbox,
    *,
    type: str,
    amount: int,
    currency: str,
    source: str | None,
    category: str | None = None,
    fee: int = 0,
    fee_description: str = "Stripe processing fees",
    available_after: int = 0,
    account: str | None = None,
    description: str | None = None,
) -> Json:
    """Write one movement of money; amounts in minor units, negative when money leaves."""
    now = sandbox.clock.now()
    fee_details: list[Json] = []
    if fee:
        detail = {"amount": fee, "application": None, "currency": currency, "type": "stripe_fee"}
        fee_details.append(detail | {"description": fee_description})
    movement: Json = {
        "id": new_id("txn_"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": now + available_after,
        "balance_type": "payments",
        "created": now,
        "currency": currency,
        "description": description,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": fee_details,
        "net": amount - fee,
        "reporting_category": category or _CATEGORIES.get(type, type),
        "source": source,
        "status": "pending",
        "type": type,
    }
    with sandbox.store.transaction() as connection:
        sandbox.store.add(movement, account=account)
        _add(connection, account, currency, movement["available_on"], movement["net"])
    return present(sandbox, movement)


def _present(sandbox: Sandbox, movement: Json) -> Json:
    status = "available" if movement["available_on"] <= sandbox.clock.now() else "pending"
    return movement | {"status": status}


PRESENTERS["balance_transaction"] = _present


def available_amount(sandbox: Sandbox, currency: str, *, account: str | None = None) -> int:
    """Return what may be moved now, in minor units."""
    return _totals(sandbox, account)["available"].get(currency, 0)


def _totals(sandbox: Sandbox, account: str | None) -> dict[str, dict[str, int]]:
    now = sandbox.clock.now()
    totals: dict[str, dict[str, int]] = {"available": defaultdict(int), "pending": defaultdict(int)}
    with sandbox.store.transaction() as connection:
        rows = connection.execute(
            "SELECT currency, available_on <= ? AS available, sum(net) AS net FROM balances "
            "WHERE account = ? GROUP BY 1, 2",
            (now, account or ""),
        ).fetchall()
    for row in rows:
        totals["available" if row["available"] else "pending"][row["currency"]] += row["net"]
    return totals


def fold_available(sandbox: Sandbox) -> None:
    """Bring together what has become available, so that a balance is the sum of few rows."""
    now = sandbox.clock.now()
    with sandbox.store.transaction() as connection:
        ready = connection.execute(
            "SELECT account, currency, sum(net) AS net FROM balances WHERE available_on BETWEEN 1 AND ? "
            "GROUP BY 1, 2",
            (now,),
        ).fetchall()
        connection.execute("DELETE FROM balances WHERE available_on BETWEEN 1 AND ?", (now,))
        for row in ready:
            _add(connection, row["account"], row["currency"], 0, row["net"])


def _add(
    connection: sqlite3.Connection, account: str | None, currency: str, available_on: int, net: int
) -> None:
    connection.execute(
        "INSERT INTO balances VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET net = net + excluded.net",
        (account or "", currency, available_on, net),
    )


def recount_balances(sandbox: Sandbox) -> None:
    """Add up the balances anew, which a clock moved back asks for."""
    with sandbox.store.transaction() as connection:
        recount(connection)


@route("GET", "/v1/balance")
def retrieve_balance(call: Call) -> Json:
    """Answer the balance of the platform, or of the account in the header."""
    totals = _totals(call.sandbox, call.account)
    currencies = sorted({"usd", *totals["available"], *totals["pending"]})

    def part(name: str) -> list[Json]:
        return [
            {
                "amount": totals[name].get(code, 0),
                "currency": code,
                "source_types": {"card": totals[name].get(code, 0)},
            }
            for code in currencies
        ]

    return {
        "object": "balance",
        "available": part("available"),
        "livemode": False,
        "pending": part("pending"),
    }


@route(
    "GET",
    "/v1/balance_transactions",
    Obj(LIST_FIELDS | {"type": Str(), "source": Str(), "currency": Str(), "payout": Str()}),
)
def list_transactions(call: Call) -> Json:
    """Answer movements, newest first."""
    if "payout" in call.params:
        raise StripeError("The sandbox does not know which movements a payout carried.", param="payout")
    where = Where("TRUE")
    if "currency" in call.params:
        where &= Where("json_extract(body, '$.currency') = ?", [call.params["currency"]])
    if call.params.get("source", "").startswith("du_"):
        where &= Where("FALSE")  # Stripe finds none for disputes, although their movements name them
    return list_answer(
        call, "balance_transaction", url="/v1/balance_transactions", equal=("type", "source"), where=where
    )


@route("GET", "/v1/balance_transactions/{id}")
def retrieve_transaction(call: Call) -> Json:
    """Answer one movement."""
    return present(
        call.sandbox, call.load("balance_transaction", call.ids["id"], label="balance transaction")
    )
