"""Stripe's balance transactions against our journals, one by one, and our journals against them."""

import datetime
from collections.abc import Iterable

from common.money import USD, format_money
from payments import gateway_lists
from payments.gateway_lists import TransactionFacts
from payments.models import Finding
from payments.services.findings import Difference
from payments.services.reconciliation.advice import (
    TRANSACTION_DIFFERS,
    TRANSACTION_UNEXPLAINED,
    UNKNOWN_AT_STRIPE,
)
from payments.services.reconciliation.healing import REFUNDS, transaction_heal
from payments.services.reconciliation.journals import (
    ClearingJournal,
    clearing_journal,
    clearing_journals,
    refund_id_of,
    refund_sums_agree,
    transactions_of_journal,
)
from payments.services.reconciliation.matching import Booked, booked_of
from payments.services.reconciliation.walk import (
    GRACE,
    OVERLAP,
    Walk,
    chunks,
    cursor_move,
    findings_to_look_at,
)

CURSOR = "transactions"


def transactions_check(walk: Walk) -> None:
    """Compare both ways what happened since last time, the last minutes left out.

    What earlier runs found is looked at again, however old it is.
    """
    looked_at = _open_look_again(walk)
    for since, until in walk.pieces(CURSOR, until=walk.now - GRACE):
        listed = gateway_lists.transactions_between(since - OVERLAP, until)
        known = _compare(walk, listed)
        if not _journals_check(walk, since, until, known):
            return
    walk.resolve(looked_at)


def _open_look_again(walk: Walk) -> list[Finding]:
    at_stripe = findings_to_look_at(TRANSACTION_UNEXPLAINED, TRANSACTION_DIFFERS)
    ids = [row.subject.removeprefix("transaction:") for row in at_stripe]
    _compare(walk, filter(None, map(gateway_lists.transaction_retrieve, ids)))
    here = findings_to_look_at(UNKNOWN_AT_STRIPE)
    for row in here:
        journal = clearing_journal(int(row.subject.removeprefix("journal:")))
        if journal is not None and not _is_at_stripe(journal):
            walk.note([_unknown(journal)])
    return at_stripe + here


def _compare(walk: Walk, listed: Iterable[TransactionFacts]) -> set[int]:
    """Look, heal, look again, and note what is left. Returns the journals that Stripe's list knows."""
    known: set[int] = set()
    off: list[TransactionFacts] = []
    for chunk in chunks(listed):
        walk.row.transactions_read += len(chunk)
        off += [facts for facts, booked in _look(chunk, known) if not booked.agrees(facts)]
    # Oldest first: a refund or a dispute can be booked once its payment is.
    for facts in sorted(off, key=lambda facts: facts.created_at):
        transaction_heal(facts)
    for chunk in chunks(off):
        left = [(facts, booked) for facts, booked in _look(chunk, known) if not booked.agrees(facts)]
        walk.note(
            [
                _difference(facts, booked)
                for facts, booked in left
                if facts.type not in REFUNDS or not refund_sums_agree(facts.source_id)
            ]
        )
    return known


def _look(chunk: list[TransactionFacts], known: set[int]) -> list[tuple[TransactionFacts, Booked]]:
    booked = booked_of(chunk)
    for each in booked.values():
        known |= each.journal_ids
    return [(facts, booked[facts.id]) for facts in chunk]


def _journals_check(walk: Walk, since: datetime.datetime, until: datetime.datetime, known: set[int]) -> bool:
    """Ask Stripe about each journal that its list of that time did not explain. False if time ran out.

    Journals booked long after the fact are asked about one by one, so the place is kept among them too.
    """
    for journal in clearing_journals(since, until):
        if journal.id in known:
            continue
        if walk.is_over:
            cursor_move(CURSOR, journal.booked_at)
            return False
        if not _is_at_stripe(journal):
            walk.note([_unknown(journal)])
    return True


def _is_at_stripe(journal: ClearingJournal) -> bool:
    listed = transactions_of_journal(journal)
    if any(journal.id in booked.journal_ids for booked in booked_of(listed).values()):
        return True
    return refund_sums_agree(refund_id_of(journal))


def _difference(facts: TransactionFacts, booked: Booked) -> Difference:
    what = " ".join(filter(None, (facts.type, facts.source_id)))
    amount, fee = (
        format_money(each, facts.currency, language="en") for each in (facts.amount, facts.fee_amount)
    )
    return Difference(
        TRANSACTION_DIFFERS if booked.journal_ids else TRANSACTION_UNEXPLAINED,
        f"transaction:{facts.id}",
        f"{what} at {facts.created_at:%Y-%m-%d %H:%M} UTC: {amount}, fee {fee}; {facts.description}",
        expected_amount=facts.net_amount if facts.currency == USD else None,
        found_amount=booked.amount,
    )


def _unknown(journal: ClearingJournal) -> Difference:
    return Difference(
        UNKNOWN_AT_STRIPE,
        journal.subject,
        f"{journal.kind} {journal.cause}, booked at {journal.booked_at:%Y-%m-%d %H:%M} UTC",
        expected_amount=0,
        found_amount=journal.amount,
    )
