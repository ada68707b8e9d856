"""The sentence of each notification, in the reader's language. Facts only; never a prompt's text."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.money import format_money
from marketplace.notifying.models import Notification

SENTENCES = {
    "version": gettext_lazy("Version %(number)s of “%(title)s” is out."),
    "reply": gettext_lazy("%(seller)s replied to your review of “%(title)s”."),
    "answer": gettext_lazy("%(seller)s answered your question about “%(title)s”."),
    "refund": gettext_lazy("%(amount)s of order %(number)s go back to you."),
    "claim_opened_buyer": gettext_lazy("You asked for a refund of “%(title)s”."),
    "claim_opened_seller": gettext_lazy("Answer needed: a buyer asks for a refund of “%(title)s”."),
    "claim_referred": gettext_lazy("A moderator looks at the refund of “%(title)s”."),
    "claim_contested": gettext_lazy("The seller disagrees with the refund of “%(title)s”."),
    "claim_refused": gettext_lazy("A moderator decided: no refund of “%(title)s”."),
    "claim_withdrawn": gettext_lazy("The buyer no longer asks for a refund of “%(title)s”."),
    "claim_settled": gettext_lazy("The claim about “%(title)s” is settled."),
    "sale": gettext_lazy("You sold “%(title)s”. Your share is %(amount)s."),
    "sale_free": gettext_lazy("“%(title)s” is in one more library."),
    "review": gettext_lazy("“%(title)s” has a new review: %(stars)s of 5 stars."),
    "question": gettext_lazy("Somebody asks about “%(title)s”."),
    "listing_published": gettext_lazy("“%(title)s” is published."),
    "listing_rejected": gettext_lazy("“%(title)s” needs some changes."),
    "revision_applied": gettext_lazy("The new text of “%(title)s” is published."),
    "revision_rejected": gettext_lazy("The new text of “%(title)s” needs some changes."),
    "dispute_opened": gettext_lazy("A bank disputes the payment of order %(number)s."),
    "dispute_won": gettext_lazy("You won the dispute about order %(number)s."),
    "dispute_lost": gettext_lazy("The dispute about order %(number)s is lost."),
    "payout_paid": gettext_lazy("%(amount)s are on their way to your bank."),
    "payout_failed": gettext_lazy("Your payout of %(amount)s could not be sent."),
    "account_restricted": gettext_lazy("Stripe has stopped your payouts."),
    "takedown_made": gettext_lazy("“%(title)s” was taken down."),
    "takedown_restored": gettext_lazy("“%(title)s” is restored."),
    "takedown_upheld": gettext_lazy("“%(title)s” stays removed."),
}


def _many_sold(facts: dict[str, Any]) -> str:
    sentence = ngettext(
        "You sold %(count)s prompt. Your share is %(amount)s.",
        "You sold %(count)s prompts in one order. Your share is %(amount)s.",
        facts["count"],
    )
    return sentence % facts


def _digest(facts: dict[str, Any]) -> str:
    sentence = ngettext(
        "%(count)s new prompt from what you follow.",
        "%(count)s new prompts from what you follow.",
        facts["count"],
    )
    return sentence % facts


_COUNTED: dict[str, Callable[[dict[str, Any]], str]] = {"sale_many": _many_sold, "digest": _digest}


@dataclass(frozen=True, slots=True)
class Told:
    """A notification as it is read. `note` is what somebody wrote: a changelog, a reply, an answer."""

    row: Notification
    sentence: str
    note: str
    icon: str


_ICONS = {
    "version": "book",
    "refund": "receipt",
    "sale": "receipt",
    "payout": "receipt",
    "review": "star",
    "reply": "star",
    "question": "mail",
    "answer": "mail",
    "digest": "bolt",
    "dispute": "warning",
    "takedown": "warning",
}


def told(row: Notification) -> Told:
    """What the row says, in the active language."""
    return Told(row, sentence_of(row), str(row.data.get("note", "")), _ICONS.get(row.kind, "check"))


def sentence_of(row: Notification) -> str:
    facts = dict(row.data)
    if isinstance(facts.get("amount"), int):
        facts["amount"] = format_money(facts["amount"], facts["currency"])
    what = facts["what"]
    if what in _COUNTED:
        return _COUNTED[what](facts)
    # A row of a newer program than this one, read while the servers are being renewed.
    return str(SENTENCES[what]) % facts if what in SENTENCES else _("There is something new for you.")
