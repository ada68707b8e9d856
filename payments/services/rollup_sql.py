"""The statements of services.rollups: one seller's day at a time, and which days there are to sum up."""

# One seller's day at a time: with many at once PostgreSQL compares each sale with each day.
_SOLD = """
    sold AS (
        SELECT i.listing_id, i.source, o.country, coalesce(c.code, '') AS coupon,
               i.unit_amount - i.discount_amount + i.platform_discount_amount AS gross,
               i.discount_amount - i.platform_discount_amount AS discount,
               i.discount_amount AS any_discount,
               i.platform_fee_amount + i.platform_discount_amount AS fee, i.seller_amount AS net
          FROM payments_orderitem i
          JOIN payments_order o ON o.id = i.order_id
          LEFT JOIN payments_couponuse u ON u.order_id = o.id
          LEFT JOIN payments_coupon c ON c.id = u.coupon_id
         WHERE i.seller_id = %(seller)s AND i.paid_at >= %(begins)s AND i.paid_at < %(ends)s
    )"""
# What was booked against the seller on the day, positive where it was taken. Sales are not in it: their
# journal has the time at which their items were paid.
_TAKEN = """
    taken AS (
        SELECT coalesce(sum(e.amount) FILTER (WHERE j.kind = 'processing_borne'), 0) AS processing,
               coalesce(sum(e.amount) FILTER (WHERE j.kind IN ('refund', 'refund_restored')), 0) AS refunded,
               coalesce(sum(e.amount) FILTER (WHERE j.kind = 'dispute_shared'), 0) AS disputed
          FROM payments_journal j
          JOIN payments_ledgerentry e
            ON e.journal_id = j.id AND e.account IN ('seller_pending', 'seller_available')
         WHERE j.kind IN ('processing_borne', 'refund', 'refund_restored', 'dispute_shared')
           AND j.booked_at >= %(begins)s AND j.booked_at < %(ends)s AND e.seller_id = %(seller)s
    )"""

REMOVE = tuple(
    f"DELETE FROM {table} WHERE seller_id = %(seller)s AND day = %(day)s"  # noqa: S608
    for table in ("payments_sellerday", "payments_sellerlistingday", "payments_sellerdaypart")
)

_DAYS = f"""
    WITH {_SOLD}, {_TAKEN}
    INSERT INTO payments_sellerday (seller_id, day, sales_count, gross_amount, discount_amount, fee_amount,
                                    net_amount, processing_amount, refunded_amount, disputed_amount)
    SELECT %(seller)s, %(day)s, s.sales, s.gross, s.discount, s.fee, s.net, t.processing, t.refunded,
           t.disputed
      FROM taken t, (
        SELECT count(*) AS sales, coalesce(sum(gross), 0) AS gross, coalesce(sum(discount), 0) AS discount,
               coalesce(sum(fee), 0) AS fee, coalesce(sum(net), 0) AS net
          FROM sold
      ) s
"""  # noqa: S608
_LISTINGS = f"""
    WITH {_SOLD}
    INSERT INTO payments_sellerlistingday (seller_id, listing_id, day, sales_count, net_amount)
    SELECT %(seller)s, listing_id, %(day)s, count(*), sum(net) FROM sold GROUP BY listing_id
"""  # noqa: S608
_PARTS = f"""
    WITH {_SOLD}
    INSERT INTO payments_sellerdaypart (seller_id, day, kind, name, sales_count, net_amount, discount_amount)
    SELECT %(seller)s, %(day)s, part.kind, part.name, count(*), sum(net), sum(any_discount)
      FROM sold CROSS JOIN LATERAL (
        VALUES ('source', sold.source), ('country', sold.country), ('coupon', sold.coupon)
      ) part (kind, name)
     WHERE NOT (part.kind = 'coupon' AND part.name = '')
     GROUP BY part.kind, part.name
"""  # noqa: S608
STEPS = (_DAYS, _LISTINGS, _PARTS)

# A sale's journal names its order, for an item given away in it has no entry. What an order of 0 gave away
# has no journal at all; it was paid when it was written, so the items' ids tell.
PAIRS_NOTED = """
    SELECT i.seller_id, (i.paid_at AT TIME ZONE 'UTC')::date
      FROM payments_journal j
      JOIN payments_orderitem i ON i.order_id = substr(j.cause, 7)::uuid
     WHERE j.id > %(journal)s AND j.kind = 'sale' AND i.paid_at IS NOT NULL
    UNION
    SELECT e.seller_id, (j.booked_at AT TIME ZONE 'UTC')::date
      FROM payments_journal j JOIN payments_ledgerentry e ON e.journal_id = j.id
     WHERE j.id > %(journal)s AND e.seller_id IS NOT NULL
       AND j.kind IN ('processing_borne', 'refund', 'refund_restored', 'dispute_shared')
    UNION
    SELECT i.seller_id, (i.paid_at AT TIME ZONE 'UTC')::date
      FROM payments_orderitem i JOIN payments_order o ON o.id = i.order_id
     WHERE i.id > %(item)s AND o.total_amount = 0 AND i.paid_at IS NOT NULL
"""
ALL_PAIRS_SINCE = """
    SELECT i.seller_id, (i.paid_at AT TIME ZONE 'UTC')::date
      FROM payments_order o JOIN payments_orderitem i ON i.order_id = o.id
     WHERE o.paid_at >= %(since)s AND i.paid_at IS NOT NULL
    UNION
    SELECT e.seller_id, (j.booked_at AT TIME ZONE 'UTC')::date
      FROM payments_journal j JOIN payments_ledgerentry e ON e.journal_id = j.id
     WHERE j.booked_at >= %(since)s AND e.seller_id IS NOT NULL
       AND j.kind IN ('processing_borne', 'refund', 'refund_restored', 'dispute_shared')
"""
# A day's entries sum to what it changed a seller's balance by; releases and payouts change nothing.
PAIRS_OFF = """
    SELECT coalesce(d.seller_id, booked.seller_id), coalesce(d.day, booked.day)
      FROM payments_sellerday d
      FULL JOIN (
        SELECT e.seller_id, (j.booked_at AT TIME ZONE 'UTC')::date AS day, -sum(e.amount) AS amount
          FROM payments_journal j JOIN payments_ledgerentry e ON e.journal_id = j.id
         WHERE e.seller_id IS NOT NULL
         GROUP BY 1, 2
      ) booked ON booked.seller_id = d.seller_id AND booked.day = d.day
     WHERE coalesce(d.net_amount - d.processing_amount - d.refunded_amount - d.disputed_amount, 0)
        <> coalesce(booked.amount, 0)
"""
