"""The ledger by itself, and each journal with the row that caused it."""

from payments.services.invariants.registry import invariant

_WRONG_BOOKING = (
    "Something wrote to the books outside the services. Do not change rows by hand. Find out what happened "
    "to the journal's cause, and put it right with a new journal."
)


@invariant(subject="journal", key="j.id", touched="j.booked_at >= %(since)s", advice=_WRONG_BOOKING)
def journals_balance() -> str:
    """The entries of each journal sum to zero, and there are at least two."""
    return """
        SELECT j.id, j.kind || ' ' || j.cause || ' has ' || count(e.id) || ' entries', 0,
               coalesce(sum(e.amount), 0)::bigint
          FROM payments_journal j LEFT JOIN payments_ledgerentry e ON e.journal_id = j.id
         WHERE {scope}
         GROUP BY j.id HAVING coalesce(sum(e.amount), 0) <> 0 OR count(e.id) < 2
    """


@invariant(subject="ledger", key="e.currency", key_type="text", touched="TRUE", only_nightly=True,
           advice=_WRONG_BOOKING)  # fmt: skip
def ledger_sums_to_zero() -> str:
    """All entries together sum to zero."""
    return """
        SELECT e.currency, 'the sum of all entries', 0, sum(e.amount)::bigint
          FROM payments_ledgerentry e WHERE {scope} GROUP BY e.currency HAVING sum(e.amount) <> 0
    """


@invariant(subject="journal", key="j.id", touched="j.booked_at >= %(since)s", advice=_WRONG_BOOKING)
def journals_have_their_cause() -> str:
    """What each journal names as its cause is there, and in a state that books such a journal."""
    return """
        SELECT j.id, j.kind || ' ' || j.cause || ': its cause is not there, or not in such a state',
               NULL::bigint, NULL::bigint
          FROM (
            SELECT j.*, split_part(j.cause, ':', 1) AS name, split_part(j.cause, ':', 2) AS key,
                   CASE WHEN j.cause ~ '^[a-z]+:[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$'
                        THEN split_part(j.cause, ':', 2)::uuid END AS uuid,
                   CASE WHEN j.cause ~ '^[a-z]+:[0-9]{{1,18}}(:[0-9]{{1,9}})?$'
                        THEN split_part(j.cause, ':', 2)::bigint END AS number
              FROM payments_journal j WHERE {scope}
          ) j
          LEFT JOIN payments_order o ON j.name = 'order' AND o.id = j.uuid
          LEFT JOIN payments_payment p ON j.name = 'payment' AND p.id = j.number
          LEFT JOIN payments_orderitem i ON j.name = 'item' AND i.id = j.number
          LEFT JOIN payments_refund r ON j.name = 'refund' AND r.id = j.uuid
          LEFT JOIN payments_payment given ON given.id = r.payment_id
          LEFT JOIN payments_dispute d ON j.name = 'dispute' AND d.id = j.number
          LEFT JOIN payments_disputemovement m
                 ON j.name = 'movement' AND m.stripe_balance_transaction_id = j.key
          LEFT JOIN payments_payout po ON j.name = 'payout' AND po.id = j.uuid
          LEFT JOIN payments_payoutreversal back ON j.name = 'reversal' AND back.id = j.uuid
         WHERE NOT coalesce(CASE j.kind
            WHEN 'sale' THEN o.paid_at IS NOT NULL AND (o.total_amount > 0 OR 0 < (
                SELECT max(sold.seller_amount) FROM payments_orderitem sold WHERE sold.order_id = o.id))
            WHEN 'processing_fee' THEN p.processing_fee_amount > 0
            WHEN 'processing_borne' THEN p.processing_fee_amount > 0 AND NOT p.is_surplus
            WHEN 'surplus_payment' THEN p.is_surplus
            WHEN 'earnings_released' THEN i.earnings_released_at IS NOT NULL
            WHEN 'refund' THEN r.status IN ('succeeded', 'failed') AND NOT given.is_surplus
            WHEN 'surplus_returned' THEN r.status IN ('succeeded', 'failed') AND given.is_surplus
            WHEN 'refund_restored' THEN r.status = 'failed'
            WHEN 'dispute_withdrawn' THEN m.amount < 0
            WHEN 'dispute_reinstated' THEN m.amount >= 0
            WHEN 'dispute_shared' THEN d.revision >= nullif(split_part(j.cause, ':', 3), '')::int
            WHEN 'payout' THEN po.id IS NOT NULL
            WHEN 'payout_sent' THEN po.status IN ('paid', 'reversed')
            WHEN 'payout_failed' THEN po.status = 'failed'
            WHEN 'payout_reversed' THEN back.status = 'succeeded'
            ELSE j.kind IN ('platform_payout', 'stripe_fee') AND j.name = 'txn'
         END, FALSE)
    """
