"""Refunds and their journals."""

from payments.services.invariants.registry import invariant

_REFUND = "(r.created_at >= %(since)s OR r.settled_at >= %(since)s)"
_ADVICE = (
    "Compare the refund with Stripe. Run `manage.py reconcile`: it books what Stripe made. What is left was "
    "changed outside the services; put it right with a new journal."
)


@invariant(subject="refund", key="r.id", key_type="uuid", touched=_REFUND, advice=_ADVICE)
def refunds_are_booked_by_their_status() -> str:
    """A succeeded refund is booked, a requested one is not, a failed one is restored if it was booked."""
    return """
        SELECT r.id, 'a ' || r.status || ' refund', expected.amount, booked.amount
          FROM payments_refund r CROSS JOIN LATERAL (
            SELECT CASE r.status WHEN 'succeeded' THEN r.amount ELSE 0 END AS amount
          ) expected CROSS JOIN LATERAL (
            SELECT -coalesce(sum(e.amount), 0)::bigint AS amount
              FROM (VALUES ('refund'), ('surplus_returned'), ('refund_restored')) kind(name)
              JOIN payments_journal j ON j.kind = kind.name AND j.cause = 'refund:' || r.id
              JOIN payments_ledgerentry e ON e.journal_id = j.id AND e.account = 'stripe_clearing'
          ) booked
         WHERE {scope} AND booked.amount <> expected.amount
    """


@invariant(subject="refund", key="r.id", key_type="uuid", touched=_REFUND, advice=_ADVICE)
def refunds_are_the_sum_of_their_parts() -> str:
    """A refund of an order is the sum of its parts, each of fee and share.

    A surplus has no parts, nor has a refund made at Stripe that had failed when it was heard of.
    """
    return """
        SELECT r.id, 'a refund of ' || count(part.id) || ' parts',
               CASE WHEN p.is_surplus THEN 0 ELSE r.amount END, coalesce(sum(part.amount), 0)::bigint
          FROM payments_refund r JOIN payments_payment p ON p.id = r.payment_id
          LEFT JOIN payments_refunditem part ON part.refund_id = r.id
         WHERE {scope}
         GROUP BY r.id, p.is_surplus
        HAVING NOT (r.status = 'failed' AND count(part.id) = 0)
           AND (coalesce(sum(part.amount), 0) <> CASE WHEN p.is_surplus THEN 0 ELSE r.amount END
            OR bool_or(part.amount <> part.platform_fee_amount + part.seller_amount))
    """


@invariant(
    subject="payment", key="p.id", touched="p.order_id IN (SELECT id FROM touched_orders)",
    advice="More was given back than was paid, which Stripe refuses. Compare the refunds with Stripe: a row "
    "was changed or made outside the services.",
)  # fmt: skip
def refunds_never_exceed_the_payment() -> str:
    """The refunds that Stripe made of a payment sum to at most what was paid."""
    return """
        SELECT p.id, 'payment ' || p.stripe_payment_intent_id, p.amount, given.amount
          FROM payments_payment p CROSS JOIN LATERAL (
            SELECT coalesce(sum(r.amount), 0)::bigint AS amount
              FROM payments_refund r WHERE r.payment_id = p.id AND r.status = 'succeeded'
          ) given
         WHERE {scope} AND given.amount > p.amount
    """


@invariant(
    subject="item", key="i.id", touched="i.order_id IN (SELECT id FROM touched_orders)",
    advice="A seller may have been debited twice for the same cents. Compare its refunds and disputes, and "
    "put the books right with a new journal.",
)  # fmt: skip
def refunds_and_disputes_of_an_item_never_exceed_its_price() -> str:
    """What booked refunds and disputes take of an item is at most its price, and of its seller the share."""
    return """
        SELECT i.id, 'of the price ' || gone.amount || ', of the share of ' || i.seller_amount || ' '
               || gone.seller_amount, (i.unit_amount - i.discount_amount)::bigint, gone.amount
          FROM payments_orderitem i CROSS JOIN LATERAL (
            SELECT coalesce(sum(each.amount), 0)::bigint AS amount,
                   coalesce(sum(each.seller_amount), 0)::bigint AS seller_amount
              FROM (
                SELECT part.amount, part.seller_amount
                  FROM payments_refunditem part JOIN payments_refund r ON r.id = part.refund_id
                 WHERE part.item_id = i.id AND r.status = 'succeeded'
                UNION ALL
                SELECT part.amount, part.seller_amount
                  FROM payments_disputeitem part WHERE part.item_id = i.id
              ) each
          ) gone
         WHERE {scope} AND (gone.amount > i.unit_amount - i.discount_amount
                            OR gone.seller_amount > i.seller_amount)
    """
