"""The statements of services.rollups. `pairs` are sellers' days; every sum is over whole days of UTC."""

_PAIRS = """
    pairs AS (
        SELECT DISTINCT seller_id, day,
               day::timestamp AT TIME ZONE 'UTC' AS begins, (day + 1)::timestamp AT TIME ZONE 'UTC' AS ends
          FROM unnest(%(sellers)s::bigint[], %(days)s::date[]) AS asked (seller_id, day)
    )"""
_SOLD = """
    sold AS (
        SELECT p.seller_id, p.day, i.listing_id, i.source, o.country, coalesce(c.code, '') AS coupon,
               i.unit_amount - i.discount_amount + i.platform_discount_amount AS gross,
               i.discount_amount - i.platform_discount_amount AS discount,
               i.discount_amount AS any_discount,
               i.platform_fee_amount + i.platform_discount_amount AS fee, i.seller_amount AS net
          FROM pairs p
          JOIN payments_orderitem i
            ON i.seller_id = p.seller_id AND i.paid_at >= p.begins AND i.paid_at < p.ends
          JOIN payments_order o ON o.id = i.order_id
          LEFT JOIN payments_couponuse u ON u.order_id = o.id
          LEFT JOIN payments_coupon c ON c.id = u.coupon_id
    )"""
# What was booked against sellers on these days, positive where it was taken. Sales are not in it: their
# journal has the time at which their items were paid.
_TAKEN = """
    taken AS (
        SELECT p.seller_id, p.day,
               coalesce(sum(e.amount) FILTER (WHERE j.kind = 'processing_borne'), 0) AS processing,
               coalesce(sum(e.amount) FILTER (WHERE j.kind IN ('refund', 'refund_restored')), 0) AS refunded,
               coalesce(sum(e.amount) FILTER (WHERE j.kind = 'dispute_shared'), 0) AS disputed
          FROM (SELECT DISTINCT day, begins, ends FROM pairs) d
          JOIN payments_journal j
            ON j.kind IN ('processing_borne', 'refund', 'refund_restored', 'dispute_shared')
           AND j.booked_at >= d.begins AND j.booked_at < d.ends
          JOIN payments_ledgerentry e
            ON e.journal_id = j.id AND e.account IN ('seller_pending', 'seller_available')
          JOIN pairs p ON p.day = d.day AND p.seller_id = e.seller_id
         GROUP BY 1, 2
    )"""

REMOVE = tuple(
    f"WITH {_PAIRS} DELETE FROM {table} t USING pairs p WHERE t.seller_id = p.seller_id AND t.day = p.day"  # noqa: S608
    for table in ("payments_sellerday", "payments_sellerlistingday", "payments_sellerdaypart")
)

_DAYS = f"""
    WITH {_PAIRS}, {_SOLD}, {_TAKEN},
    summed AS (
        SELECT seller_id, day, count(*) AS sales, sum(gross) AS gross, sum(discount) AS discount,
               sum(fee) AS fee, sum(net) AS net
          FROM sold GROUP BY 1, 2
    )
    INSERT INTO payments_sellerday (seller_id, day, sales_count, gross_amount, discount_amount, fee_amount,
                                    net_amount, processing_amount, refunded_amount, disputed_amount)
    SELECT p.seller_id, p.day, coalesce(s.sales, 0), coalesce(s.gross, 0), coalesce(s.discount, 0),
           coalesce(s.fee, 0), coalesce(s.net, 0), coalesce(t.processing, 0), coalesce(t.refunded, 0),
           coalesce(t.disputed, 0)
      FROM pairs p
      LEFT JOIN summed s ON s.seller_id = p.seller_id AND s.day = p.day
      LEFT JOIN taken t ON t.seller_id = p.seller_id AND t.day = p.day
"""  # noqa: S608
_LISTINGS = f"""
    WITH {_PAIRS}, {_SOLD}
    INSERT INTO payments_sellerlistingday (seller_id, listing_id, day, sales_count, net_amount)
    SELECT seller_id, listing_id, day, count(*), sum(net) FROM sold GROUP BY 1, 2, 3
"""  # noqa: S608
_PARTS = f"""
    WITH {_PAIRS}, {_SOLD}
    INSERT INTO payments_sellerdaypart (seller_id, day, kind, name, sales_count, net_amount, discount_amount)
    SELECT seller_id, day, part.kind, part.name, count(*), sum(net), sum(any_discount)
      FROM sold CROSS JOIN LATERAL (
        VALUES ('source', sold.source), ('country', sold.country), ('coupon', sold.coupon)
      ) part (kind, name)
     WHERE NOT (part.kind = 'coupon' AND part.name = '')
     GROUP BY 1, 2, 3, 4
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
