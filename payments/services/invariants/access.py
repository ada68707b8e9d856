"""Items and the right to read them."""

from payments.services.invariants.registry import invariant

_ITEM = "i.order_id IN (SELECT id FROM touched_orders)"

# What of an item's price is back with its buyer: decided refunds, booked refunds, lost disputes.
_GONE = """
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(part.amount), 0)::bigint AS decided,
               coalesce(sum(part.amount) FILTER (
                   WHERE r.created_at < %(now)s - interval '1 minute'), 0)::bigint AS decided_before,
               coalesce(sum(part.amount) FILTER (WHERE r.status = 'succeeded'), 0)::bigint AS booked
          FROM payments_refunditem part JOIN payments_refund r ON r.id = part.refund_id
         WHERE part.item_id = i.id AND r.status <> 'failed'
    ) refunded CROSS JOIN LATERAL (
        SELECT coalesce(sum(part.amount), 0)::bigint AS amount
          FROM payments_disputeitem part JOIN payments_dispute d ON d.id = part.dispute_id
         WHERE part.item_id = i.id AND d.status = 'lost'
    ) lost
"""


@invariant(
    subject="item", key="i.id", touched=_ITEM,
    advice="The buyer paid and cannot read it. Unless a refund is on its way, give the access back in the "
    "database with the order's number in the audit log, or refund the item.",
)  # fmt: skip
def paid_items_can_be_read() -> str:
    """A paid item whose price is not back with the buyer can be read, by its own entitlement or a later one.

    Of a free one a legal takedown gives nothing back; it ends all the same.

    A gift can be read by whoever has claimed it, and needs no reader before.

    One that was owned already by another order was never granted: it is refunded as a duplicate, once no
    dispute stands in the way.
    """
    return f"""
        SELECT i.id, o.number || ', listing ' || i.listing_id || ' cannot be read',
               (i.unit_amount - i.discount_amount)::bigint, refunded.decided + lost.amount
          FROM payments_orderitem i JOIN payments_order o ON o.id = i.order_id {_GONE}
         WHERE {{scope}} AND o.paid_at IS NOT NULL
           AND (i.unit_amount = i.discount_amount
                OR refunded.decided + lost.amount < i.unit_amount - i.discount_amount)
           AND NOT EXISTS (SELECT FROM payments_entitlement own
                            WHERE own.item_id = i.id AND own.revoked_at IS NULL)
           AND NOT (o.is_gift AND EXISTS (SELECT FROM payments_gift g
                                           WHERE g.order_id = o.id AND g.claimed_at IS NULL))
           AND NOT (i.unit_amount = i.discount_amount
                    AND EXISTS (SELECT FROM listings_takedown down
                                 WHERE down.listing_id = i.listing_id AND down.ends_access))
           AND NOT (
             (EXISTS (SELECT FROM payments_entitlement own WHERE own.item_id = i.id)
              OR i.unit_amount = i.discount_amount
              OR EXISTS (SELECT FROM payments_payment p JOIN payments_dispute d ON d.payment_id = p.id
                          WHERE p.order_id = o.id AND d.status IN ('needs_response', 'under_review')))
             AND EXISTS (SELECT FROM payments_entitlement other
                          WHERE other.buyer_id = coalesce((SELECT g.claimed_by_id FROM payments_gift g
                                                            WHERE g.order_id = o.id), o.buyer_id)
                            AND other.listing_id = i.listing_id
                            AND other.revoked_at IS NULL))
    """  # noqa: S608


@invariant(
    subject="item", key="i.id", touched=_ITEM,
    advice="The buyer has the money back and can still read it. Revoke the entitlement, and look for what "
    "gave it back: a refund that failed, or a row changed by hand.",
)  # fmt: skip
def items_given_back_cannot_be_read() -> str:
    """An item refunded or lost in full has no active entitlement, and one not paid has none at all."""
    return f"""
        SELECT i.id, o.number || ', listing ' || i.listing_id || ' can still be read',
               (i.unit_amount - i.discount_amount)::bigint, refunded.booked + lost.amount
          FROM payments_orderitem i JOIN payments_order o ON o.id = i.order_id
          JOIN payments_entitlement own ON own.item_id = i.id AND own.revoked_at IS NULL {_GONE}
         WHERE {{scope}} AND (
            o.paid_at IS NULL
            OR (i.unit_amount > i.discount_amount
                AND greatest(refunded.booked + lost.amount, refunded.decided_before)
                    >= i.unit_amount - i.discount_amount))
    """  # noqa: S608


@invariant(
    subject="order", key="o.id", key_type="uuid", touched="o.id IN (SELECT id FROM touched_orders)",
    advice="Somebody reads what is another's. Revoke the entitlement, and look for what granted it.",
)  # fmt: skip
def purchases_are_read_by_whose_they_are() -> str:
    """What was bought is read by its buyer; what was given by whoever claimed it, and by nobody before."""
    return """
        SELECT o.id, o.number || ': ' || count(*) || ' read by somebody else', NULL::bigint, NULL::bigint
          FROM payments_order o LEFT JOIN payments_gift g ON g.order_id = o.id
          JOIN payments_orderitem i ON i.order_id = o.id
          JOIN payments_entitlement e ON e.item_id = i.id AND e.revoked_at IS NULL
         WHERE {scope}
           AND e.buyer_id IS DISTINCT FROM CASE WHEN o.is_gift THEN g.claimed_by_id ELSE o.buyer_id END
         GROUP BY o.id
    """
