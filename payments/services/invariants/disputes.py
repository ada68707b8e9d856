"""Disputes, their movements and who bears them."""

from payments.services.invariants.registry import invariant

_DISPUTE = """d.payment_id IN (
    SELECT p.id FROM payments_payment p WHERE p.order_id IN (SELECT id FROM touched_orders))"""
_ADVICE = (
    "Compare the dispute with Stripe, and run `manage.py reconcile`: it books what is new there. What is "
    "left was changed outside the services; put it right with a new journal."
)


@invariant(subject="movement", key="m.id", touched="m.created_at >= %(since)s", advice=_ADVICE)
def dispute_movements_are_booked() -> str:
    """Each movement of a dispute is booked on stripe_clearing with its amount less its fee."""
    return """
        SELECT m.id, 'movement ' || m.stripe_balance_transaction_id, (m.amount - m.fee_amount)::bigint,
               booked.amount
          FROM payments_disputemovement m CROSS JOIN LATERAL (
            SELECT coalesce(sum(e.amount), 0)::bigint AS amount
              FROM (VALUES ('dispute_withdrawn'), ('dispute_reinstated')) kind(name)
              JOIN payments_journal j ON j.kind = kind.name
                   AND j.cause = 'movement:' || m.stripe_balance_transaction_id
              JOIN payments_ledgerentry e ON e.journal_id = j.id AND e.account = 'stripe_clearing'
          ) booked
         WHERE {scope} AND booked.amount <> m.amount - m.fee_amount
    """


@invariant(subject="dispute", key="d.id", touched=_DISPUTE, advice=_ADVICE)
def dispute_shares_are_booked() -> str:
    """What sellers, a surplus and the platform bear of a dispute in its rows is what the books say."""
    return """
        SELECT d.id, d.stripe_dispute_id || ': sellers, surplus or loss',
               rows.seller + rows.surplus + rows.loss, booked.seller + booked.surplus + booked.loss
          FROM payments_dispute d CROSS JOIN LATERAL (
            SELECT coalesce((SELECT sum(part.seller_amount) FROM payments_disputeitem part
                              WHERE part.dispute_id = d.id), 0)::bigint AS seller,
                   d.buyer_surplus_amount::bigint AS surplus, d.platform_loss_amount::bigint AS loss
          ) rows CROSS JOIN LATERAL (
            SELECT coalesce(sum(e.amount) FILTER (WHERE e.seller_id IS NOT NULL), 0)::bigint AS seller,
                   coalesce(sum(e.amount) FILTER (WHERE e.account = 'buyer_surplus'), 0)::bigint AS surplus,
                   coalesce(sum(e.amount) FILTER (WHERE e.account = 'platform_revenue'), 0)::bigint AS loss
              FROM generate_series(1, d.revision) booking(number)
              JOIN payments_journal j ON j.kind = 'dispute_shared'
                   AND j.cause = 'dispute:' || d.id || ':' || booking.number
              JOIN payments_ledgerentry e ON e.journal_id = j.id
          ) booked
         WHERE {scope} AND rows IS DISTINCT FROM booked
    """


@invariant(subject="dispute", key="d.id", touched=_DISPUTE, advice=_ADVICE)
def closed_disputes_hold_nothing() -> str:
    """An hour after a dispute was closed nothing of it is held: it came back, or somebody bears it."""
    return """
        SELECT d.id, d.stripe_dispute_id || ' is ' || d.status || ' and still held', 0, held.amount
          FROM payments_dispute d CROSS JOIN LATERAL (
            SELECT coalesce(sum(e.amount), 0)::bigint AS amount
              FROM (
                SELECT kind.name AS kind, 'movement:' || m.stripe_balance_transaction_id AS cause
                  FROM payments_disputemovement m,
                       (VALUES ('dispute_withdrawn'), ('dispute_reinstated')) kind(name)
                 WHERE m.dispute_id = d.id
                UNION ALL
                SELECT 'dispute_shared', 'dispute:' || d.id || ':' || booking.number
                  FROM generate_series(1, d.revision) booking(number)
              ) told
              JOIN payments_journal j ON j.kind = told.kind AND j.cause = told.cause
              JOIN payments_ledgerentry e ON e.journal_id = j.id AND e.account = 'disputes_held'
          ) held
         WHERE {scope} AND d.status IN ('won', 'lost', 'warning_closed')
           AND d.closed_at < %(now)s - interval '1 hour' AND held.amount <> 0
    """
