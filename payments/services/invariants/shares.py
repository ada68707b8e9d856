"""What each side has of an order."""

from payments.services.invariants.registry import invariant

_ADVICE = (
    "Stop payouts to the order's sellers until it is understood. Compare the order's journals with its "
    "items, refunds and disputes; put the books right with a new journal."
)


@invariant(
    subject="order",
    key="o.id",
    key_type="uuid",
    touched="o.id IN (SELECT id FROM touched_orders)",
    advice=_ADVICE,
)
def shares_of_orders_are_as_their_items_say() -> str:
    """What sellers and platform have of an order in the books is what its items, refunds and disputes say.

    A seller has the share less what was refunded and disputed, on pending until the earnings are released and
    on available afterwards. The platform has its fee less what was refunded, and bears what disputes lost.
    """
    return """
        SELECT o.id, o.number || ': ' || off.accounts, off.expected, off.booked
          FROM payments_order o CROSS JOIN LATERAL (
            SELECT string_agg(each.account || ' of ' || coalesce(each.seller_id::text, 'the platform'), ', ')
                       AS accounts,
                   sum(each.expected)::bigint AS expected, sum(each.booked)::bigint AS booked
              FROM (
                SELECT part.account, part.seller_id, sum(part.expected) AS expected,
                       sum(part.booked) AS booked
                  FROM (
                    SELECT e.account, e.seller_id, 0 AS expected, e.amount AS booked
                      FROM (
                        SELECT 'sale' AS kind, 'order:' || o.id AS cause
                        UNION ALL
                        SELECT 'earnings_released', 'item:' || i.id
                          FROM payments_orderitem i WHERE i.order_id = o.id
                        UNION ALL
                        SELECT 'processing_borne', 'payment:' || p.id
                          FROM payments_payment p WHERE p.order_id = o.id
                        UNION ALL
                        SELECT kind.name, 'refund:' || r.id
                          FROM payments_payment p JOIN payments_refund r ON r.payment_id = p.id,
                               (VALUES ('refund'), ('refund_restored')) kind(name)
                         WHERE p.order_id = o.id
                        UNION ALL
                        SELECT 'dispute_shared', 'dispute:' || d.id || ':' || booking.number
                          FROM payments_payment p JOIN payments_dispute d ON d.payment_id = p.id,
                               generate_series(1, d.revision) booking(number)
                         WHERE p.order_id = o.id
                      ) told
                      JOIN payments_journal j ON j.kind = told.kind AND j.cause = told.cause
                      JOIN payments_ledgerentry e ON e.journal_id = j.id
                     WHERE e.account IN ('seller_pending', 'seller_available', 'platform_revenue')
                    UNION ALL
                    SELECT CASE WHEN i.earnings_released_at IS NULL THEN 'seller_pending'
                                ELSE 'seller_available' END,
                           i.seller_id,
                           -i.seller_amount + i.processing_fee_amount + gone.refunded + gone.disputed, 0
                      FROM payments_orderitem i CROSS JOIN LATERAL (
                        SELECT coalesce((
                            SELECT sum(part.seller_amount) FROM payments_refunditem part
                              JOIN payments_refund r ON r.id = part.refund_id
                             WHERE part.item_id = i.id AND r.status = 'succeeded'), 0) AS refunded,
                               coalesce((
                            SELECT sum(d.seller_amount) FROM payments_disputeitem d
                             WHERE d.item_id = i.id), 0) AS disputed
                      ) gone
                     WHERE i.order_id = o.id
                    UNION ALL
                    SELECT 'platform_revenue', NULL, -i.platform_fee_amount + coalesce((
                            SELECT sum(part.platform_fee_amount) FROM payments_refunditem part
                              JOIN payments_refund r ON r.id = part.refund_id
                             WHERE part.item_id = i.id AND r.status = 'succeeded'), 0), 0
                      FROM payments_orderitem i WHERE i.order_id = o.id
                    UNION ALL
                    SELECT 'platform_revenue', NULL, d.platform_loss_amount, 0
                      FROM payments_payment p JOIN payments_dispute d ON d.payment_id = p.id
                     WHERE p.order_id = o.id
                  ) part
                 GROUP BY part.account, part.seller_id
                HAVING sum(part.expected) <> sum(part.booked)
              ) each
          ) off
         WHERE {scope} AND o.paid_at IS NOT NULL AND off.accounts IS NOT NULL
    """
