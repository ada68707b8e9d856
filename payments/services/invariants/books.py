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
            SELECT j.*, split_part(j.cause, ':', 1) AS name,
                   CASE WHEN j.cause ~ '^[a-z]+:[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$'
                        THEN split_part(j.cause, ':', 2)::uuid END AS uuid,
                   CASE WHEN j.cause ~ '^[a-z]+:[0-9]{{1,18}}(:[0-9]{{1,9}})?$'
                        THEN split_part(j.cause, ':', 2)::bigint END AS number
              FROM payments_journal j WHERE {scope}
          ) j
         WHERE NOT CASE j.kind
            WHEN 'sale' THEN name = 'order' AND EXISTS (
                SELECT FROM payments_order o
                 WHERE o.id = uuid AND o.paid_at IS NOT NULL AND o.total_amount > 0)
            WHEN 'processing_fee' THEN name = 'payment' AND EXISTS (
                SELECT FROM payments_payment p WHERE p.id = number AND p.processing_fee_amount > 0)
            WHEN 'surplus_payment' THEN name = 'payment' AND EXISTS (
                SELECT FROM payments_payment p WHERE p.id = number AND p.is_surplus)
            WHEN 'earnings_released' THEN name = 'item' AND EXISTS (
                SELECT FROM payments_orderitem i WHERE i.id = number AND i.earnings_released_at IS NOT NULL)
            WHEN 'refund' THEN name = 'refund' AND EXISTS (
                SELECT FROM payments_refund r JOIN payments_payment p ON p.id = r.payment_id
                 WHERE r.id = uuid AND r.status IN ('succeeded', 'failed') AND NOT p.is_surplus)
            WHEN 'surplus_returned' THEN name = 'refund' AND EXISTS (
                SELECT FROM payments_refund r JOIN payments_payment p ON p.id = r.payment_id
                 WHERE r.id = uuid AND r.status IN ('succeeded', 'failed') AND p.is_surplus)
            WHEN 'refund_restored' THEN name = 'refund' AND EXISTS (
                SELECT FROM payments_refund r WHERE r.id = uuid AND r.status = 'failed')
            WHEN 'dispute_shared' THEN name = 'dispute' AND EXISTS (
                SELECT FROM payments_dispute d
                 WHERE d.id = number AND d.revision >= split_part(j.cause, ':', 3)::int)
            WHEN 'payout' THEN name = 'payout' AND EXISTS (SELECT FROM payments_payout p WHERE p.id = uuid)
            WHEN 'payout_sent' THEN name = 'payout' AND EXISTS (
                SELECT FROM payments_payout p WHERE p.id = uuid AND p.status IN ('paid', 'reversed'))
            WHEN 'payout_failed' THEN name = 'payout' AND EXISTS (
                SELECT FROM payments_payout p WHERE p.id = uuid AND p.status = 'failed')
            WHEN 'payout_reversed' THEN name = 'reversal' AND EXISTS (
                SELECT FROM payments_payoutreversal r WHERE r.id = uuid AND r.status = 'succeeded')
            WHEN 'platform_payout' THEN name = 'txn'
            WHEN 'stripe_fee' THEN name = 'txn'
            ELSE name = 'movement' AND EXISTS (
                SELECT FROM payments_disputemovement m
                 WHERE m.stripe_balance_transaction_id = split_part(j.cause, ':', 2)
                   AND (m.amount < 0) = (j.kind = 'dispute_withdrawn'))
         END
    """
