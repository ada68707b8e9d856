"""What Stripe thinks of a connected account: what it still wants to know, and what that stops."""

from ..events import emit
from ..ids import new_id
from ..jsontypes import Json
from ..sandbox import Sandbox

_UNKNOWN_YET = (
    "business_profile.url",
    "external_account",
    "individual.dob",
    "individual.last_name",
    "tos_acceptance.date",
)
_DOCUMENT = "individual.verification.document"
_ASKS_FOR_DOCUMENT = "requirements.past_due"
_CHECKS_DOCUMENT = "requirements.pending_verification"
RESTRICTIONS = (
    _ASKS_FOR_DOCUMENT,
    _CHECKS_DOCUMENT,
    "listed",
    "other",
    "platform_paused",
    "rejected.fraud",
    "rejected.listed",
    "rejected.other",
    "rejected.terms_of_service",
    "under_review",
)
"""What `requirements.disabled_reason` may say when a control stops an account."""


def requirements(
    *,
    due: tuple[str, ...] = (),
    pending: tuple[str, ...] = (),
    disabled_reason: str | None = None,
    errors: tuple[Json, ...] = (),
) -> Json:
    """Return the hash of that name; what is due is past due too, there being no time of grace here."""
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": list(due),
        "disabled_reason": disabled_reason,
        "errors": list(errors),
        "eventually_due": list(due),
        "past_due": list(due),
        "pending_verification": list(pending),
    }


def requirements_of_a_new_account() -> Json:
    """Return what the onboarding page has to find out."""
    return requirements(due=_UNKNOWN_YET, disabled_reason=_ASKS_FOR_DOCUMENT)


def complete_onboarding(
    sandbox: Sandbox, account_id: str, *, profile: Json | None = None, bank_last4: str = "6789"
) -> Json:
    """Let an account receive and pay out: its owner gave what was due and Stripe was content."""
    with sandbox.store.transaction():
        account = sandbox.load("account", account_id)
        account["business_profile"] = account["business_profile"] | (profile or {})
        account["business_type"] = account["business_type"] or "individual"
        if not account["external_accounts"]["data"]:
            bank = _bank_account(account, bank_last4)
            account["external_accounts"] = account["external_accounts"] | {"data": [bank]}
        return _change(sandbox, account, requirements(), transfers="active", payouts=True)


def _bank_account(account: Json, last4: str) -> Json:
    return {
        "id": new_id("ba_"),
        "object": "bank_account",
        "account": account["id"],
        "account_holder_name": None,
        "account_holder_type": "individual",
        "account_type": None,
        "available_payout_methods": ["standard"],
        "bank_name": "STRIPE TEST BANK",
        "country": account["country"],
        "currency": account["default_currency"],
        "default_for_currency": True,
        "fingerprint": f"sandbox{last4}",
        "last4": last4,
        "metadata": {},
        "routing_number": "110000000" if account["country"] == "US" else None,
        "status": "new",
    }


def restrict(
    sandbox: Sandbox, account_id: str, *, reason: str = _ASKS_FOR_DOCUMENT, transfers: bool = False
) -> Json:
    """Stop an account's payouts to its bank, and unless told otherwise transfers to it."""
    inactive = "pending" if reason == _CHECKS_DOCUMENT else "inactive"
    with sandbox.store.transaction():
        account = sandbox.load("account", account_id)
        wanted = _requirements_for(reason)
        return _change(sandbox, account, wanted, transfers="active" if transfers else inactive, payouts=False)


def _requirements_for(reason: str) -> Json:
    if reason == _CHECKS_DOCUMENT:
        return requirements(pending=(_DOCUMENT,), disabled_reason=reason)
    if reason != _ASKS_FOR_DOCUMENT:
        return requirements(disabled_reason=reason)
    error = {
        "code": "verification_document_not_readable",
        "reason": "The document could not be read. Please upload a clear photo of it.",
        "requirement": _DOCUMENT,
    }
    return requirements(due=(_DOCUMENT,), disabled_reason=reason, errors=(error,))


def _change(sandbox: Sandbox, account: Json, wanted: Json, *, transfers: str, payouts: bool) -> Json:
    account |= {
        "charges_enabled": payouts,
        "payouts_enabled": payouts,
        "details_submitted": True,
        "requirements": wanted,
        "capabilities": dict.fromkeys(account["capabilities"], transfers),
    }
    if account["tos_acceptance"]["date"] is None:
        account["tos_acceptance"] = account["tos_acceptance"] | {"date": sandbox.clock.now()}
    before = sandbox.load("account", account["id"])
    previous = {name: value for name, value in before.items() if value != account[name]}
    if previous:
        sandbox.store.save(account)
        emit(sandbox, "account.updated", account, previous=previous, account=account["id"])
    return account


def deauthorize(sandbox: Sandbox, account_id: str) -> Json:
    """Let an account's owner part with the platform, which then has no access to it any more."""
    with sandbox.store.transaction():
        account = sandbox.load("account", account_id)
        application: Json = {"id": new_id("ca_"), "object": "application", "name": sandbox.merchant_name}
        emit(sandbox, "account.application.deauthorized", application, account=account_id)
        sandbox.store.delete(account_id)
    return account
