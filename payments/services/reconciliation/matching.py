"""What our books say of movements on Stripe's balance: one statement, so that it is one moment's truth."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from common.money import USD
from payments.gateway_lists import TransactionFacts

# Which journals a movement must have, by what caused it. `txn:` journals are those that reconciliation books.
_CAUSES = """
    SELECT t.id, 'sale' AS kind, 'order:' || p.order_id AS cause
      FROM txn t JOIN payments_payment p ON p.stripe_charge_id = t.source AND p.stripe_charge_id <> ''
     WHERE NOT p.is_surplus
    UNION ALL
    SELECT t.id, kind.name, 'payment:' || p.id
      FROM txn t JOIN payments_payment p ON p.stripe_charge_id = t.source AND p.stripe_charge_id <> '',
           (VALUES ('surplus_payment'), ('processing_fee')) kind(name)
    UNION ALL
    SELECT t.id, kind.name, 'refund:' || r.id
      FROM txn t JOIN payments_refund r ON r.stripe_refund_id = t.source,
           (VALUES ('refund', FALSE), ('surplus_returned', FALSE), ('refund_restored', TRUE)) kind(name, back)
     WHERE kind.back = (t.type = 'refund_failure')
    UNION ALL
    SELECT t.id, kind.name, 'movement:' || t.id
      FROM txn t, (VALUES ('dispute_withdrawn'), ('dispute_reinstated')) kind(name)
    UNION ALL
    SELECT t.id, 'payout_sent', 'payout:' || p.id
      FROM txn t JOIN payments_payout p ON p.stripe_transfer_id = t.source
    UNION ALL
    SELECT t.id, 'payout_reversed', 'reversal:' || r.id
      FROM txn t JOIN payments_payoutreversal r ON r.stripe_reversal_id = t.source
    UNION ALL
    SELECT t.id, kind.name, 'txn:' || t.id
      FROM txn t, (VALUES ('platform_payout'), ('stripe_fee')) kind(name)
"""
_BOOKED = f"""
WITH txn AS (
    SELECT * FROM unnest(%(ids)s::text[], %(types)s::text[], %(sources)s::text[]) AS t(id, type, source)
), cause AS ({_CAUSES})
SELECT cause.id, array_agg(j.id), sum(e.amount)
  FROM cause JOIN payments_journal j ON j.kind = cause.kind AND j.cause = cause.cause
  JOIN payments_ledgerentry e ON e.journal_id = j.id AND e.account = 'stripe_clearing'
 GROUP BY cause.id
"""  # noqa: S608
_AND_CLEARING = """
UNION ALL
SELECT NULL, NULL, sum(amount)
  FROM payments_ledgerentry WHERE account = 'stripe_clearing' AND seller_id IS NULL
"""


@dataclass(frozen=True, slots=True)
class Booked:
    """What stripe_clearing has of one movement, in minor units, by which journals."""

    amount: int = 0
    journal_ids: frozenset[int] = frozenset()

    def agrees(self, transaction: TransactionFacts) -> bool:
        return transaction.currency == USD and self.amount == transaction.net_amount


def booked_of(transactions: Sequence[TransactionFacts]) -> dict[str, Booked]:
    """By movement's id; those of which nothing is booked have an empty one."""
    rows = _ask(_BOOKED, transactions)
    return {each.id: rows.get(each.id, Booked()) for each in transactions}


def clearing_and_booked(transactions: Sequence[TransactionFacts]) -> tuple[int, dict[str, Booked]]:
    """All of stripe_clearing in minor units, and what it has of these movements, both at one moment."""
    rows = _ask(_BOOKED + _AND_CLEARING, transactions)
    return rows[None].amount, {each.id: rows.get(each.id, Booked()) for each in transactions}


def _ask(statement: str, transactions: Sequence[TransactionFacts]) -> dict[str | None, Booked]:
    values: dict[str, Any] = {
        "ids": [each.id for each in transactions],
        "types": [each.type for each in transactions],
        "sources": [each.source_id for each in transactions],
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return {
            row_id: Booked(int(amount or 0), frozenset(journals or ())) for row_id, journals, amount in cursor
        }
