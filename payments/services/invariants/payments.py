"""Payments, their fees, and what was paid twice."""

from payments.services.invariants.registry import invariant

_PAYMENT = "p.order_id IN (SELECT id FROM touched_orders)"
_LOOK_AT_STRIPE = (
    "Compare the payment with its charge at Stripe. Run `manage.py reconcile`: it books what is missing. "
    "What is left was changed outside the services; put it right with a new journal, never by changing rows."
)


@invariant(subject="payment", key="p.id", touched=_PAYMENT, advice=_LOOK_AT_STRIPE)
def processing_fees_are_booked() -> str:
    """What Stripe kept of a payment is booked once it is known, and nothing before."""
    return """
        SELECT p.id, 'payment ' || p.stripe_payment_intent_id, coalesce(p.processing_fee_amount, 0),
               booked.amount
          FROM payments_payment p CROSS JOIN LATERAL (
            SELECT coalesce(sum(e.amount), 0)::bigint AS amount
              FROM payments_journal j JOIN payments_ledgerentry e ON e.journal_id = j.id
             WHERE j.kind = 'processing_fee' AND j.cause = 'payment:' || p.id
               AND e.account = 'processing_fees'
          ) booked
         WHERE {scope} AND booked.amount <> coalesce(p.processing_fee_amount, 0)
    """


@invariant(subject="payment", key="p.id", touched=_PAYMENT, advice=_LOOK_AT_STRIPE)
def surplus_payments_are_booked() -> str:
    """A surplus payment is owed to its buyer in full, by a journal; one that settles an order is not."""
    return """
        SELECT p.id, 'payment ' || p.stripe_payment_intent_id,
               CASE WHEN p.is_surplus THEN p.amount ELSE 0 END, booked.amount
          FROM payments_payment p CROSS JOIN LATERAL (
            SELECT -coalesce(sum(e.amount), 0)::bigint AS amount
              FROM payments_journal j JOIN payments_ledgerentry e ON e.journal_id = j.id
             WHERE j.kind = 'surplus_payment' AND j.cause = 'payment:' || p.id
               AND e.account = 'buyer_surplus'
          ) booked
         WHERE {scope} AND booked.amount <> CASE WHEN p.is_surplus THEN p.amount ELSE 0 END
    """


@invariant(
    subject="payment", key="p.id", touched="p.succeeded_at < %(now)s - interval '3 days'",
    advice="The buyer paid twice and has not got it back. The payment's refund says why as its last error. "
    "Choose “Try again now”, or refund the payment at Stripe: that is booked by itself.",
)  # fmt: skip
def surplus_is_given_back() -> str:
    """What a buyer paid twice is given back within three days."""
    return """
        SELECT p.id, 'payment ' || p.stripe_payment_intent_id || ' is surplus and not given back', 0,
               owed.amount
          FROM payments_payment p CROSS JOIN LATERAL (
            SELECT p.amount
                 - coalesce((SELECT sum(r.amount) FROM payments_refund r
                              WHERE r.payment_id = p.id AND r.status = 'succeeded'), 0)
                 - coalesce((SELECT sum(d.buyer_surplus_amount) FROM payments_dispute d
                              WHERE d.payment_id = p.id), 0) AS amount
          ) owed
         WHERE {scope} AND p.is_surplus AND p.succeeded_at < %(now)s - interval '3 days' AND owed.amount > 0
           AND NOT EXISTS (SELECT FROM payments_dispute d WHERE d.payment_id = p.id
                            AND d.status IN ('needs_response', 'under_review'))
    """


@invariant(subject="payment", key="p.id", touched=_PAYMENT, advice=_LOOK_AT_STRIPE)
def own_links_bear_their_processing() -> str:
    """What items sold by own links bear of a payment's fee is in the books, once the fee is known."""
    return """
        SELECT p.id, 'payment ' || p.stripe_payment_intent_id || ', sold by own links', items.amount,
               booked.amount
          FROM payments_payment p CROSS JOIN LATERAL (
            SELECT coalesce(sum(i.processing_fee_amount), 0)::bigint AS amount,
                   bool_or(i.source = 'own_link' AND i.unit_amount - i.discount_amount > 200) AS is_due
              FROM payments_orderitem i WHERE i.order_id = p.order_id
          ) items CROSS JOIN LATERAL (
            SELECT -coalesce(sum(e.amount), 0)::bigint AS amount
              FROM payments_journal j JOIN payments_ledgerentry e ON e.journal_id = j.id
             WHERE j.kind = 'processing_borne' AND j.cause = 'payment:' || p.id
               AND e.account = 'processing_fees'
          ) booked
         WHERE {scope} AND NOT p.is_surplus
           AND (booked.amount <> items.amount
                OR (items.is_due AND p.processing_fee_amount > 0 AND items.amount = 0))
    """
