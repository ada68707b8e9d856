"""Payouts: what Stripe sends from a connected account or the platform to its bank, on order of a control."""

from ..errors import StripeError
from ..events import emit
from ..ids import new_id
from ..jsontypes import Json
from ..pagination import list_answer
from ..params import LIST_FIELDS, Obj, Str
from ..routing import Call, route
from ..sandbox import Sandbox
from .balance import available_amount, record

PLATFORM_CURRENCY = "usd"


def pay_out(sandbox: Sandbox, account_id: str | None, *, amount: int | None, succeeds: bool) -> Json:
    """Send the available balance (or `amount` minor units) of an account, or for None of the platform, to its
    bank; or let the bank refuse it.
    """
    with sandbox.store.transaction():
        currency, may = _currency_and_leave(sandbox, account_id)
        available = available_amount(sandbox, currency, account=account_id)
        amount = available if amount is None else amount
        if not may or not 0 < amount <= available:
            raise StripeError(f"The account cannot pay out {amount}; {available} is available.", status=409)
        payout = _new_payout(sandbox, amount, currency)
        out = record(
            sandbox,
            type="payout",
            amount=-amount,
            currency=currency,
            source=payout["id"],
            account=account_id,
            description=payout["description"],
        )
        payout["balance_transaction"] = out["id"]
        sandbox.store.add(payout, account=account_id)
        emit(sandbox, "payout.created", payout, account=account_id)
        if not succeeds:
            _come_back(sandbox, payout, account_id)
        payout["status"] = "paid" if succeeds else "failed"
        sandbox.store.save(payout)
        emit(sandbox, f"payout.{payout['status']}", payout, account=account_id)
    return payout


def _currency_and_leave(sandbox: Sandbox, account_id: str | None) -> tuple[str, bool]:
    if account_id is None:
        return PLATFORM_CURRENCY, True
    account = sandbox.load("account", account_id)
    return account["default_currency"], account["payouts_enabled"]


def _come_back(sandbox: Sandbox, payout: Json, account_id: str | None) -> None:
    back = record(
        sandbox,
        type="payout_failure",
        amount=payout["amount"],
        currency=payout["currency"],
        source=payout["id"],
        account=account_id,
    )
    payout |= {
        "failure_balance_transaction": back["id"],
        "failure_code": "account_closed",
        "failure_message": "The bank account has been closed.",
    }


def _new_payout(sandbox: Sandbox, amount: int, currency: str) -> Json:
    now = sandbox.clock.now()
    return {
        "id": new_id("po_"),
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": now + 2 * 24 * 3600,
        "automatic": True,
        "balance_transaction": None,
        "created": now,
        "currency": currency,
        "description": "STRIPE PAYOUT",
        "destination": None,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "reconciliation_status": "in_progress",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": "in_transit",
        "type": "bank_account",
    }


@route("GET", "/v1/payouts", Obj(LIST_FIELDS | {"status": Str()}))
def list_payouts(call: Call) -> Json:
    """Answer the payouts of the platform, or of the account in the header."""
    return list_answer(call, "payout", url="/v1/payouts", equal=("status",))


@route("GET", "/v1/payouts/{id}")
def retrieve_payout(call: Call) -> Json:
    """Answer one payout."""
    return call.load("payout", call.ids["id"], param="payout")
