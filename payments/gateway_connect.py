"""Sellers' accounts at Stripe (Connect), transfers to them, and what Stripe sends on to their banks.

Accounts are v1 accounts with `controller` properties: the platform pays Stripe's fees and bears losses,
Stripe collects what it must know and gives the seller an Express dashboard. Accounts v2 would change this
file only.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from payments.gateway import call, client, listed

# Stripe's words for an account that we may not, or can no longer, ask about.
GONE = ("account_invalid", "resource_missing")


@dataclass(frozen=True, slots=True)
class AccountFacts:
    id: str
    details_submitted: bool
    payouts_enabled: bool
    transfers_active: bool
    requirements_due: tuple[str, ...]
    disabled_reason: str


@dataclass(frozen=True, slots=True)
class ReversalFacts:
    id: str
    amount: int
    reversal_row_id: str | None


@dataclass(frozen=True, slots=True)
class TransferFacts:
    """A transfer as Stripe tells it; amounts in minor units."""

    id: str
    amount: int
    currency: str
    destination: str
    transfer_group: str | None
    payout_row_id: str | None
    reversals: tuple[ReversalFacts, ...]


@dataclass(frozen=True, slots=True)
class BankPayoutFacts:
    id: str
    amount: int
    currency: str
    status: str
    arrives_at: datetime.datetime
    created_at: datetime.datetime
    failure_code: str


def account_create(
    *, account_row_id: str, attempt: int, email: str, country: str, storefront_url: str
) -> AccountFacts:
    """Make a seller's account, keyed by our row. The platform bears its fees and losses."""
    params: Any = {
        "country": country,
        "email": email,
        "controller": {
            "fees": {"payer": "application"},
            "losses": {"payments": "application"},
            "requirement_collection": "stripe",
            "stripe_dashboard": {"type": "express"},
        },
        "capabilities": {"transfers": {"requested": True}},
        "business_profile": {"url": storefront_url, "product_description": "AI prompts sold on Promptfair"},
        "metadata": {"account_row_id": account_row_id},
    }
    options: Any = {"idempotency_key": f"account-{account_row_id}-{attempt}"}
    return _account_facts(call(client().v1.accounts.create, params, options))


def account_retrieve(account_id: str) -> AccountFacts:
    return _account_facts(call(client().v1.accounts.retrieve, account_id))


def onboarding_url(*, account_id: str, refresh_url: str, return_url: str) -> str:
    """The address of Stripe's onboarding for one visit within minutes: make it when the seller clicks."""
    params: Any = {
        "account": account_id,
        "type": "account_onboarding",
        "refresh_url": refresh_url,
        "return_url": return_url,
        "collection_options": {"fields": "eventually_due"},
    }
    return str(call(client().v1.account_links.create, params).url)


def dashboard_url(account_id: str) -> str:
    """The address of the seller's Express dashboard at Stripe, for one visit."""
    return str(call(client().v1.accounts.login_links.create, account_id).url)


def transfer_create(
    *,
    destination: str,
    amount: int,
    currency: str,
    transfer_group: str,
    payout_row_id: str,
    attempt: int,
) -> TransferFacts:
    """Send `amount` minor units to a seller's account, keyed by the payout's row and its attempt.

    GatewayRefused with code `balance_insufficient` means that the platform's own funds are not there yet.
    """
    params: Any = {
        "destination": destination,
        "amount": amount,
        "currency": currency,
        "transfer_group": transfer_group,
        "metadata": {"payout_id": payout_row_id},
    }
    options: Any = {"idempotency_key": f"payout-{payout_row_id}-{attempt}"}
    return _transfer_facts(call(client().v1.transfers.create, params, options))


def transfers_of_group(transfer_group: str) -> list[TransferFacts]:
    """Every transfer Stripe knows of a payout, oldest first."""
    found = listed(client().v1.transfers.list, {"transfer_group": transfer_group, "limit": 100})
    return [_transfer_facts(transfer) for transfer in reversed(found)]


def transfer_retrieve(transfer_id: str) -> TransferFacts:
    """A transfer with all its reversals."""
    transfer = call(client().v1.transfers.retrieve, transfer_id)
    facts = _transfer_facts(transfer)
    if transfer.reversals.has_more:
        found = listed(client().v1.transfers.reversals.list, transfer_id, {"limit": 100})
        return _transfer_facts(transfer, list(reversed(found)))
    return facts


def transfer_reverse(*, transfer_id: str, amount: int, reversal_row_id: str, attempt: int) -> ReversalFacts:
    """Take `amount` minor units back from the seller's account, which must have it. Keyed by our row."""
    params: Any = {"amount": amount, "metadata": {"reversal_id": reversal_row_id}}
    options: Any = {"idempotency_key": f"reversal-{reversal_row_id}-{attempt}"}
    return _reversal_facts(call(client().v1.transfers.reversals.create, transfer_id, params, options))


def bank_payout_retrieve(*, payout_id: str, account_id: str) -> BankPayoutFacts:
    options: Any = {"stripe_account": account_id}
    return _bank_payout_facts(call(client().v1.payouts.retrieve, payout_id, None, options))


def bank_payouts_of(*, account_id: str, since: datetime.datetime) -> list[BankPayoutFacts]:
    """What Stripe sent from an account to its bank since then, oldest first."""
    params: Any = {"created": {"gte": int(since.timestamp())}, "limit": 100}
    options: Any = {"stripe_account": account_id}
    return [
        _bank_payout_facts(payout) for payout in reversed(listed(client().v1.payouts.list, params, options))
    ]


def _account_facts(account: Any) -> AccountFacts:
    requirements = account.requirements
    return AccountFacts(
        id=account.id,
        details_submitted=bool(account.details_submitted),
        payouts_enabled=bool(account.payouts_enabled),
        transfers_active=getattr(account.capabilities, "transfers", None) == "active",
        requirements_due=tuple(requirements.currently_due or ()) if requirements else (),
        disabled_reason=(requirements.disabled_reason or "") if requirements else "",
    )


def _transfer_facts(transfer: Any, reversals: list[Any] | None = None) -> TransferFacts:
    metadata = transfer.metadata.to_dict() if transfer.metadata else {}
    found = list(reversed(transfer.reversals.data)) if reversals is None else reversals
    return TransferFacts(
        id=transfer.id,
        amount=transfer.amount,
        currency=transfer.currency,
        destination=str(getattr(transfer.destination, "id", transfer.destination)),
        transfer_group=transfer.transfer_group,
        payout_row_id=metadata.get("payout_id"),
        reversals=tuple(_reversal_facts(each) for each in found),
    )


def _reversal_facts(reversal: Any) -> ReversalFacts:
    metadata = reversal.metadata.to_dict() if reversal.metadata else {}
    return ReversalFacts(id=reversal.id, amount=reversal.amount, reversal_row_id=metadata.get("reversal_id"))


def _bank_payout_facts(payout: Any) -> BankPayoutFacts:
    return BankPayoutFacts(
        id=payout.id,
        amount=payout.amount,
        currency=payout.currency,
        status=payout.status,
        arrives_at=_time(payout.arrival_date),
        created_at=_time(payout.created),
        failure_code=payout.failure_code or "",
    )


def _time(stamp: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(stamp, tz=datetime.UTC)
