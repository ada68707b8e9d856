"""What sellers are owed."""

from payments.services.invariants.registry import invariant

_ADVICE = (
    "Stop payouts to this seller until it is understood. Compare the seller's journals with the items, "
    "refunds and disputes behind them; put the books right with a new journal."
)


@invariant(
    subject="item", key="i.id", touched="i.order_id IN (SELECT id FROM touched_orders)", advice=_ADVICE
)
def earnings_are_released_once_booked() -> str:
    """An item's earnings are released in the row if, and only if, they are in the books.

    One of which nothing was left by then is released without a journal.
    """
    return """
        SELECT i.id, 'item ' || i.id || CASE WHEN i.earnings_released_at IS NULL THEN ' is not released'
               ELSE ' is released' END, NULL::bigint, booked.amount
          FROM payments_orderitem i CROSS JOIN LATERAL (
            SELECT sum(e.amount)::bigint AS amount
              FROM payments_journal j JOIN payments_ledgerentry e ON e.journal_id = j.id
             WHERE j.kind = 'earnings_released' AND j.cause = 'item:' || i.id AND e.account = 'seller_pending'
          ) booked
         WHERE {scope} AND i.paid_at IS NOT NULL AND CASE
            WHEN i.earnings_released_at IS NULL THEN booked.amount IS NOT NULL
            WHEN booked.amount IS NULL THEN
                i.seller_amount > i.processing_fee_amount
                AND NOT EXISTS (SELECT FROM payments_refunditem part WHERE part.item_id = i.id)
                AND NOT EXISTS (SELECT FROM payments_disputeitem part WHERE part.item_id = i.id)
            ELSE booked.amount > i.seller_amount
                 OR (booked.amount <= 0 AND i.processing_fee_amount = 0) END
    """


@invariant(
    subject="seller", key="s.id", advice=_ADVICE,
    touched="s.id IN (SELECT e.seller_id FROM payments_journal j JOIN payments_ledgerentry e "
    "ON e.journal_id = j.id WHERE j.booked_at >= %(since)s AND e.account = 'seller_pending')",
)  # fmt: skip
def pending_is_never_owed_by_a_seller() -> str:
    """Refunds and disputes take from pending no more than the sales of the same items brought.

    Below zero is what sales by a seller's own link cost in card processing, where they were given back.
    """
    return """
        SELECT s.id, 'pending of ' || s.handle, -borne.amount, pending.amount
          FROM accounts_sellerprofile s CROSS JOIN LATERAL (
            SELECT -coalesce(sum(e.amount), 0)::bigint AS amount
              FROM payments_ledgerentry e WHERE e.seller_id = s.id AND e.account = 'seller_pending'
          ) pending CROSS JOIN LATERAL (
            SELECT coalesce(sum(i.processing_fee_amount), 0)::bigint AS amount
              FROM payments_orderitem i
             WHERE i.seller_id = s.id AND i.paid_at IS NOT NULL AND i.earnings_released_at IS NULL
               AND i.source = 'own_link'
          ) borne
         WHERE {scope} AND pending.amount < -borne.amount
    """


@invariant(subject="seller", key="s.id", touched="TRUE", only_nightly=True, advice=_ADVICE)
def seller_balances_are_the_sum_of_their_items() -> str:
    """Pending, available and paid out of a seller sum to all shares, less what was refunded and disputed.

    Less what sales by the seller's own link cost in card processing, too.
    """
    return """
        SELECT s.id, 'all that ' || s.handle || ' earned', earned.amount - gone.refunded - gone.disputed,
               booked.amount
          FROM accounts_sellerprofile s CROSS JOIN LATERAL (
            SELECT -coalesce(sum(e.amount), 0)::bigint AS amount
              FROM payments_ledgerentry e WHERE e.seller_id = s.id
          ) booked CROSS JOIN LATERAL (
            SELECT coalesce(sum(i.seller_amount - i.processing_fee_amount), 0)::bigint AS amount
              FROM payments_orderitem i WHERE i.seller_id = s.id AND i.paid_at IS NOT NULL
          ) earned CROSS JOIN LATERAL (
            SELECT coalesce((
                SELECT sum(part.seller_amount)
                  FROM payments_orderitem i JOIN payments_refunditem part ON part.item_id = i.id
                  JOIN payments_refund r ON r.id = part.refund_id
                 WHERE i.seller_id = s.id AND r.status = 'succeeded'), 0)::bigint AS refunded,
                   coalesce((
                SELECT sum(part.seller_amount)
                  FROM payments_orderitem i JOIN payments_disputeitem part ON part.item_id = i.id
                 WHERE i.seller_id = s.id), 0)::bigint AS disputed
          ) gone
         WHERE {scope} AND booked.amount <> earned.amount - gone.refunded - gone.disputed
    """
