"""Orders, their states and their delivery."""

from payments.services.invariants.registry import invariant

_ORDER = "o.id IN (SELECT id FROM touched_orders)"
_LOOK_AT_STRIPE = (
    "Compare the order with its session at Stripe. Run `manage.py reconcile`: it books what is missing. What "
    "is left was changed outside the services; put it right with a new journal, never by changing rows."
)


@invariant(subject="order", key="o.id", key_type="uuid", touched=_ORDER, advice=_LOOK_AT_STRIPE)
def paid_orders_have_their_sale_journal() -> str:
    """A paid order with a total has a sale journal over its total; a free one only where sellers are owed."""
    return """
        SELECT o.id, o.number || ' is ' || o.status || CASE WHEN sale.amount IS NULL THEN ', no sale journal'
               ELSE ', a sale journal' END, o.total_amount, coalesce(sale.amount, 0)::bigint
          FROM payments_order o LEFT JOIN LATERAL (
            SELECT sum(e.amount) FILTER (WHERE e.account = 'stripe_clearing') AS amount, count(*) AS entries
              FROM payments_journal j JOIN payments_ledgerentry e ON e.journal_id = j.id
             WHERE j.kind = 'sale' AND j.cause = 'order:' || o.id
          ) sale ON TRUE
         WHERE {scope} AND o.paid_at IS NOT NULL
           AND (coalesce(sale.amount, 0) <> o.total_amount
                OR (sale.entries > 0) <> (o.total_amount > 0 OR (
                    SELECT max(i.seller_amount) FROM payments_orderitem i WHERE i.order_id = o.id) > 0))
    """


@invariant(subject="order", key="o.id", key_type="uuid", touched=_ORDER, advice=_LOOK_AT_STRIPE)
def paid_orders_have_one_payment() -> str:
    """A paid order with a total has one payment that settles it, over its total; no other order has one."""
    return """
        SELECT o.id, o.number || ': ' || o.status || ', ' || count(p.id) || ' payments settle it',
               CASE WHEN o.paid_at IS NULL THEN 0 ELSE o.total_amount END, coalesce(sum(p.amount), 0)::bigint
          FROM payments_order o LEFT JOIN payments_payment p ON p.order_id = o.id AND NOT p.is_surplus
         WHERE {scope}
         GROUP BY o.id
        HAVING coalesce(sum(p.amount), 0) <> CASE WHEN o.paid_at IS NULL THEN 0 ELSE o.total_amount END
    """


@invariant(
    subject="order", key="o.id", key_type="uuid", touched=_ORDER,
    advice="The state is what pages show. Find out which refund moved it wrongly; the next refund, or its "
    "failure, sets it again.",
)  # fmt: skip
def order_states_follow_refunds() -> str:
    """A paid order is paid, partially refunded or refunded by what its succeeded refunds sum to."""
    return """
        SELECT o.id, o.number || ' is ' || o.status, o.total_amount, given.amount
          FROM payments_order o CROSS JOIN LATERAL (
            SELECT coalesce(sum(r.amount), 0)::bigint AS amount
              FROM payments_payment p JOIN payments_refund r ON r.payment_id = p.id AND r.status = 'succeeded'
             WHERE p.order_id = o.id AND NOT p.is_surplus
          ) given
         WHERE {scope} AND o.status <> CASE
            WHEN o.paid_at IS NULL THEN CASE WHEN o.status IN ('pending', 'expired', 'canceled')
                                             THEN o.status ELSE 'not paid' END
            WHEN given.amount = 0 THEN 'paid'
            WHEN given.amount < o.total_amount THEN 'partially_refunded'
            ELSE 'refunded' END
    """


@invariant(
    subject="order", key="o.id", key_type="uuid", touched=_ORDER,
    advice="The buyer paid and may not have got it. If nothing is in the buyer's library, run `manage.py "
    "reconcile`, and refund what stays undelivered.",
)  # fmt: skip
def paid_orders_are_delivered() -> str:
    """A paid order was delivered, has its delivery's row, and its items are paid."""
    return """
        SELECT o.id, o.number || ' is paid and not delivered', NULL::bigint, NULL::bigint
          FROM payments_order o LEFT JOIN payments_delivery d ON d.order_id = o.id
         CROSS JOIN LATERAL (
            SELECT count(*) AS count, count(i.paid_at) AS paid
              FROM payments_orderitem i WHERE i.order_id = o.id
          ) items
         WHERE {scope} AND o.paid_at IS NOT NULL
           AND (o.delivered_at IS NULL OR d.id IS NULL OR items.count = 0 OR items.paid < items.count)
    """
