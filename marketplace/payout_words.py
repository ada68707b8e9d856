"""What Stripe's words about accounts and payouts mean to a seller, and what can be done about it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.models import ConnectedAccount

# What Stripe calls what it wants, by the beginning of the name: the first that fits.
_REQUIREMENTS: tuple[tuple[str, Any], ...] = (
    (r"external_account", gettext_lazy("A bank account to send the money to")),
    (r"tos_acceptance", gettext_lazy("Your agreement to Stripe's terms")),
    (r"business_type", gettext_lazy("Whether you sell as a person or as a company")),
    (r"business_profile", gettext_lazy("What you sell, and your website")),
    (r"company\.tax_id|company\.vat_id", gettext_lazy("Your company's tax number")),
    (r"company\.verification", gettext_lazy("A document of your company")),
    (r"company", gettext_lazy("Your company's name, address and number")),
    (r"\w+\.verification\.additional_document", gettext_lazy("A second document that shows your address")),
    (r"\w+\.verification|\w+\.proof_of", gettext_lazy("A photo of an identity document")),
    (r"\w+\.dob", gettext_lazy("Your date of birth")),
    (r"\w+\.(first_name|last_name|full_name)", gettext_lazy("Your full name")),
    (r"\w+\.(address|registered_address)", gettext_lazy("Your address")),
    (r"\w+\.(id_number|ssn_last_4)", gettext_lazy("Your tax or identity number")),
    (r"\w+\.(phone|email)", gettext_lazy("Your phone number and email address")),
    (r"owners|directors|executives|representative|person", gettext_lazy("Who owns and runs your company")),
)
_SOMETHING = gettext_lazy("Something else, which Stripe will name")

_BANK_FAILURES = {
    "account_closed": gettext_lazy("The bank account has been closed."),
    "no_account": gettext_lazy("The bank knows no such account."),
    "invalid_account_number": gettext_lazy("The account number is not right."),
    "incorrect_account_holder_name": gettext_lazy("The name on the bank account is another one."),
    "bank_account_restricted": gettext_lazy("The bank account takes no such transfers."),
    "invalid_currency": gettext_lazy("The bank account does not take this currency."),
}

READY, UNFINISHED, CHECKING, WANTING = "ready", "unfinished", "checking", "restricted"
CLOSED, GONE = "closed", "gone"


@dataclass(frozen=True)
class AccountState:
    """Where a seller's account at Stripe stands: `missing` is what Stripe wants; `button` leads there."""

    status: str
    label: str
    tone: str
    title: str
    text: str
    missing: Sequence[str] = ()
    button: str = ""


def requirement_words(names: Sequence[str]) -> list[str]:
    """What Stripe still wants, in words, each once."""
    return list(dict.fromkeys(str(_requirement(name)) for name in names))


def account_state(account: ConnectedAccount) -> AccountState:
    missing = requirement_words(account.requirements_due)
    if account.is_gone:
        return _gone()
    if account.disabled_reason.startswith("rejected"):
        return _closed()
    if not account.details_submitted:
        return _unfinished(missing)
    if account.can_be_paid and account.payouts_enabled:
        return _ready(missing)
    if missing:
        return _wanting(account, missing)
    return _checking()


def payout_failure(code: str) -> str:
    """Why a payout was not sent; in every case the money is available again."""
    if code in ("payout_account_restricted", "insufficient_capabilities_for_transfer", "account_invalid"):
        return _("Stripe did not let you be paid. See on the payouts page what it needs, then ask again.")
    return _("Stripe refused the transfer. We have been told and look into it; please ask again tomorrow.")


def bank_failure(code: str) -> str:
    """Why a bank sent money back, and what helps."""
    why = _BANK_FAILURES.get(code, gettext_lazy("The bank sent the money back."))
    what_to_do = _("Correct your bank account in your Stripe dashboard; Stripe then sends it again.")
    return f"{why} {what_to_do}"


def _requirement(name: str) -> Any:
    for pattern, words in _REQUIREMENTS:
        if re.match(pattern, name):
            return words
    return _SOMETHING


def _ready(missing: list[str]) -> AccountState:
    if not missing:
        return AccountState(READY, _("Ready"), "success", _("You can be paid"), "")
    return AccountState(
        READY,
        _("Ready"),
        "info",
        _("You can be paid, and Stripe has a question"),
        _("Answer it soon, or Stripe stops your payouts."),
        missing,
        _("Answer at Stripe"),
    )


def _unfinished(missing: list[str]) -> AccountState:
    return AccountState(
        UNFINISHED,
        _("Not finished"),
        "warning",
        _("Your account at Stripe is not finished"),
        _("It takes a few minutes. Have an identity document and your bank details at hand."),
        missing,
        _("Go on at Stripe"),
    )


def _checking() -> AccountState:
    return AccountState(
        CHECKING,
        _("Stripe is checking"),
        "info",
        _("Stripe is checking your details"),
        _("You need not do anything. It often takes minutes, and at most a few days. Come back later."),
    )


def _wanting(account: ConnectedAccount, missing: list[str]) -> AccountState:
    if account.can_be_paid:
        text = _("We can send money to your Stripe account, but Stripe does not pass it on to your bank yet.")
    else:
        text = _("Until then nothing can be paid out. Your earnings are safe here.")
    return AccountState(
        WANTING,
        _("Stopped by Stripe"),
        "warning",
        _("Stripe needs something from you"),
        text,
        missing,
        _("Give it to Stripe"),
    )


def _gone() -> AccountState:
    return AccountState(
        GONE,
        _("Not connected"),
        "warning",
        _("Your account at Stripe is not connected to us any more"),
        _("It was deleted, or you parted with us there. Your earnings are safe here: set up another one."),
    )


def _closed() -> AccountState:
    return AccountState(
        CLOSED,
        _("Closed by Stripe"),
        "error",
        _("Stripe has closed your account"),
        _("Write to us: we find out why, and what becomes of your earnings, which are safe here."),
    )
