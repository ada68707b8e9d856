"""What sellers see summed up by day, against the ledger."""

from payments.services.invariants.registry import invariant


@invariant(
    subject="seller_day", key="(off.seller_id || '@' || off.day)", key_type="text",
    touched="off.day >= (%(since)s AT TIME ZONE 'UTC')::date",
    advice="Sellers see wrong figures for a day; no money is wrong. The day is summed up again each night "
    "(`payments.days_mend`). If it differs again, the items or the ledger were changed outside the services.",
)  # fmt: skip
def sellers_days_are_as_booked() -> str:
    """What a day that is over changed a seller's balance by is what the ledger says of that day.

    Share less processing, refunded and disputed, against the sum of the entries booked on that day.
    """
    return """
        SELECT off.seller_id || '@' || off.day, 'seller ' || off.seller_id || ' on ' || off.day, off.booked,
               off.summed
          FROM (
            SELECT coalesce(d.seller_id, b.seller_id) AS seller_id, coalesce(d.day, b.day) AS day,
                   coalesce(b.amount, 0)::bigint AS booked,
                   coalesce(d.net_amount - d.processing_amount - d.refunded_amount - d.disputed_amount,
                            0)::bigint AS summed
              FROM payments_sellerday d FULL JOIN (
                SELECT e.seller_id, (j.booked_at AT TIME ZONE 'UTC')::date AS day, -sum(e.amount) AS amount
                  FROM payments_journal j JOIN payments_ledgerentry e ON e.journal_id = j.id
                 WHERE e.seller_id IS NOT NULL
                   AND (%(since)s::timestamptz IS NULL
                        OR j.booked_at >= date_trunc('day', %(since)s::timestamptz, 'UTC'))
                 GROUP BY 1, 2
              ) b ON b.seller_id = d.seller_id AND b.day = d.day
          ) off
         WHERE {scope} AND off.booked <> off.summed
           AND off.day < ((%(now)s - interval '1 hour') AT TIME ZONE 'UTC')::date
    """
