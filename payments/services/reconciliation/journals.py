"""Journals that say money moved at Stripe, and what Stripe lists for each."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet, Sum

from payments import gateway_lists
from payments.gateway_lists import TransactionFacts
from payments.models import (
    Account,
    Journal,
    JournalKind,
    LedgerEntry,
    Payment,
    Payout,
    PayoutReversal,
    Refund,
)

REFUND_KINDS = (JournalKind.REFUND, JournalKind.SURPLUS_RETURNED, JournalKind.REFUND_RESTORED)


@dataclass(frozen=True, slots=True)
class ClearingJournal:
    """A journal with its line on stripe_clearing, in minor units."""

    id: int
    kind: str
    cause: str
    booked_at: datetime.datetime
    amount: int

    @property
    def subject(self) -> str:
        return f"journal:{self.id}"


def clearing_journals(since: datetime.datetime, until: datetime.datetime) -> Iterator[ClearingJournal]:
    """Those booked from `since` to before `until`, oldest first."""
    booked = Journal.objects.filter(booked_at__gte=since, booked_at__lt=until)
    return _read(booked)


def clearing_journal(journal_id: int) -> ClearingJournal | None:
    return next(_read(Journal.objects.filter(pk=journal_id)), None)


def transactions_of_journal(journal: ClearingJournal) -> list[TransactionFacts]:
    """What Stripe lists for what caused a journal; nothing if it knows of no such thing."""
    name, _, key = journal.cause.partition(":")
    if name in ("movement", "txn"):
        facts = gateway_lists.transaction_retrieve(key)
        return [facts] if facts else []
    source = _source_id(name, key)
    return gateway_lists.transactions_of(source) if source else []


def refund_sums_agree(stripe_refund_id: str | None) -> bool:
    """Whether all that Stripe moved for a refund is what all its journals say.

    A refund that failed before it was booked moved money there and back; here it has no journal at all.
    """
    refund = Refund.objects.filter(stripe_refund_id=stripe_refund_id).first() if stripe_refund_id else None
    if refund is None:
        return False
    entries = LedgerEntry.objects.filter(
        account=Account.STRIPE_CLEARING, journal__kind__in=REFUND_KINDS, journal__cause=f"refund:{refund.pk}"
    )
    booked = entries.aggregate(total=Sum("amount"))["total"] or 0
    moved = gateway_lists.transactions_of(refund.stripe_refund_id or "")
    return booked == sum(each.net_amount for each in moved)


def refund_id_of(journal: ClearingJournal) -> str | None:
    """Stripe's id of the refund that a journal belongs to, if it is one's."""
    name, _, key = journal.cause.partition(":")
    return _source_id(name, key) if name == "refund" else None


def _read(journals: QuerySet[Journal]) -> Iterator[ClearingJournal]:
    rows = (
        journals.filter(entries__account=Account.STRIPE_CLEARING)
        .order_by("booked_at", "pk")
        .values_list("pk", "kind", "cause", "booked_at", "entries__amount")
    )
    for row in rows.iterator():
        yield ClearingJournal(*row)


def _source_id(name: str, key: str) -> str | None:
    """Stripe's id of the charge, refund, transfer or reversal behind a cause; None if no row is behind it."""
    rows: dict[str, QuerySet[Any]] = {
        "order": Payment.objects.filter(is_surplus=False).values_list("stripe_charge_id"),
        "payment": Payment.objects.values_list("stripe_charge_id"),
        "refund": Refund.objects.values_list("stripe_refund_id"),
        "payout": Payout.objects.values_list("stripe_transfer_id"),
        "reversal": PayoutReversal.objects.values_list("stripe_reversal_id"),
    }
    if name not in rows:
        return None
    try:
        row = rows[name].filter(**{"order" if name == "order" else "pk": key}).first()
    except (ValueError, ValidationError):
        return None
    return row[0] if row else None
