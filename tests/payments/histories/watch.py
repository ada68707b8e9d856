"""After each step: tell the model what happened in our database, and look for what must never be."""

import datetime
import json
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import connection

from payments.models import RefundReason
from tests.payments.histories.model import HOLD, Dispute
from tests.payments.histories.world import World

# What the code may say of a failed attempt: Stripe did not answer, or said no.
EXPECTED_ERRORS = ("GatewayUnavailable", "GatewayFault", "GatewayRefused", "GatewayDenied")

# One statement, for it runs after each step. Each part names what it found.
NEVER = """
SELECT 'journal does not sum to zero', journal_id::text FROM payments_ledgerentry
    GROUP BY journal_id HAVING sum(amount) <> 0
UNION ALL
SELECT 'journal of fewer than two entries', j.id::text FROM payments_journal j
    WHERE (SELECT count(*) FROM payments_ledgerentry e WHERE e.journal_id = j.id) < 2
UNION ALL
SELECT 'booked twice', kind || cause FROM payments_journal GROUP BY kind, cause HAVING count(*) > 1
UNION ALL
SELECT 'two active entitlements', min(id::text) FROM payments_entitlement WHERE revoked_at IS NULL
    GROUP BY buyer_id, listing_id HAVING count(*) > 1
UNION ALL
SELECT 'access without payment', e.id::text FROM payments_entitlement e
    JOIN payments_orderitem i ON i.id = e.item_id JOIN payments_order o ON o.id = i.order_id
    WHERE o.paid_at IS NULL
UNION ALL
SELECT 'more refunded than paid', p.id::text FROM payments_payment p
    JOIN payments_refund r ON r.payment_id = p.id AND r.status = 'succeeded'
    GROUP BY p.id HAVING sum(r.amount) > p.amount
UNION ALL
SELECT 'more of an item refunded than its price', i.id::text FROM payments_orderitem i
    JOIN payments_refunditem part ON part.item_id = i.id
    JOIN payments_refund r ON r.id = part.refund_id AND r.status = 'succeeded'
    GROUP BY i.id HAVING sum(part.amount) > i.unit_amount - i.discount_amount
        OR sum(part.seller_amount) > i.seller_amount
UNION ALL
SELECT 'parts of a refund do not sum to it', r.id::text FROM payments_refund r
    JOIN payments_payment p ON p.id = r.payment_id
    LEFT JOIN payments_refunditem part ON part.refund_id = r.id
    WHERE NOT p.is_surplus AND r.status <> 'failed'
    GROUP BY r.id HAVING sum(part.amount) IS DISTINCT FROM r.amount::bigint
UNION ALL
SELECT 'two payments settle an order', min(id::text) FROM payments_payment WHERE NOT is_surplus
    GROUP BY order_id HAVING count(*) > 1
UNION ALL
SELECT 'event failed: ' || last_error, type FROM payments_stripeevent WHERE last_error <> ''
    AND split_part(last_error, ':', 1) <> ALL (%(expected)s)
UNION ALL
SELECT 'refund failed: ' || last_error, id::text FROM payments_refund WHERE last_error <> ''
    AND split_part(last_error, ':', 1) <> ALL (%(expected)s)
UNION ALL
SELECT 'payout failed: ' || last_error, id::text FROM payments_payout WHERE last_error <> ''
    AND split_part(last_error, ':', 1) <> ALL (%(expected)s)
UNION ALL
SELECT 'reversal failed: ' || last_error, id::text FROM payments_payoutreversal WHERE last_error <> ''
    AND split_part(last_error, ':', 1) <> ALL (%(expected)s)
UNION ALL
SELECT 'evidence failed: ' || last_error, id::text FROM payments_disputeevidence WHERE last_error <> ''
    AND split_part(last_error, ':', 1) <> ALL (%(expected)s)
UNION ALL
SELECT 'message failed: ' || last_error, topic FROM common_outboxmessage WHERE last_error <> ''
UNION ALL
SELECT 'delivery failed: ' || last_error, id::text FROM payments_delivery WHERE last_error <> ''
"""


# What the model has to hear of, in one statement too: whose order or seller, when, and the facts.
NEWS = """
SELECT 'paid', id, paid_at, jsonb_build_object('total', total_amount) FROM payments_order
    WHERE paid_at IS NOT NULL
UNION ALL
SELECT 'refund', p.order_id, r.created_at, jsonb_build_object(
    'pk', r.id, 'amount', r.amount, 'status', r.status, 'reason', r.reason, 'settled_at', r.settled_at,
    'parts', (SELECT jsonb_object_agg(part.item_id,
        jsonb_build_array(part.amount, part.platform_fee_amount, part.seller_amount))
        FROM payments_refunditem part WHERE part.refund_id = r.id))
    FROM payments_refund r JOIN payments_payment p ON p.id = r.payment_id WHERE NOT p.is_surplus
UNION ALL
SELECT 'dispute', p.order_id, greatest(d.noticed_at, d.closed_at, m.at), jsonb_build_object(
    'pk', d.id, 'withdrawn', coalesce(-m.amount, 0), 'is_lost', d.status = 'lost',
    'surplus', CASE WHEN p.is_surplus THEN p.id END, 'opened_at', d.opened_at, 'name', d.stripe_dispute_id)
    FROM payments_dispute d JOIN payments_payment p ON p.id = d.payment_id
    LEFT JOIN (SELECT dispute_id, sum(amount) amount, max(created_at) at
        FROM payments_disputemovement GROUP BY 1) m ON m.dispute_id = d.id
UNION ALL
SELECT 'released', order_id, earnings_released_at, jsonb_build_object('item', id) FROM payments_orderitem
    WHERE earnings_released_at IS NOT NULL
UNION ALL
SELECT 'payout', NULL, created_at, jsonb_build_object('pk', id, 'seller', seller_id, 'amount', amount)
    FROM payments_payout
UNION ALL
SELECT 'returned', NULL, settled_at, jsonb_build_object('pk', id, 'payout', id, 'amount', amount)
    FROM payments_payout WHERE status = 'failed'
UNION ALL
SELECT 'returned', NULL, settled_at, jsonb_build_object('pk', id, 'payout', payout_id, 'amount', amount)
    FROM payments_payoutreversal WHERE status = 'succeeded'
"""

Facts = dict[str, Any]
News = list[tuple[datetime.datetime, Callable[[], None]]]


def watch(world: World) -> None:
    """Call it after each step; AssertionError says what is wrong."""
    found = _ask(NEVER, {"expected": list(EXPECTED_ERRORS)})
    assert not found, found
    news: News = []
    for kind, order, at, facts in _ask(NEWS):
        news += _TELLERS[kind](world, order, at, json.loads(facts))
    for _, tell in sorted(news, key=lambda each: each[0]):
        tell()
    world.model.told += len(news)
    world.second_begin()


def _paid(world: World, order: Any, at: datetime.datetime, facts: Facts) -> News:
    """A paid order costs what its buyer saw."""
    model = world.model
    if order in model.paid:
        return []
    assert model.orders[order].total == facts["total"], (order, facts, model.orders[order])
    return [(at, partial(model.order_paid, order, at))]


def _refund(world: World, order: Any, at: datetime.datetime, facts: Facts) -> News:
    refund, status = uuid.UUID(facts["pk"]), facts["status"]
    known = world.model.refunds.get(refund)
    parts = {int(item): tuple(cents) for item, cents in (facts["parts"] or {}).items()}
    news: News = []
    if known is None and not (status == "failed" and not parts):
        news.append((at, partial(_refund_decided, world, refund, order, facts, parts)))
    if status in (known, "requested") or (known is None and not parts):
        return news
    settled_at = datetime.datetime.fromisoformat(facts["settled_at"])
    if status == "failed":
        return [*news, (settled_at, partial(world.model.refund_failed, refund, order))]
    return [*news, (settled_at, partial(_refund_made, world, refund, order, parts))]


def _refund_decided(world: World, refund: Any, order: Any, facts: Facts, parts: Facts) -> None:
    """Its parts must be those the model comes to, unless Stripe was so quick that they were settled since."""
    expected = world.model.refund_decided(
        refund,
        order,
        facts["amount"],
        item=_item_wished(world, refund, facts["reason"], set(parts)),
        at_stripe=facts["reason"] == RefundReason.STRIPE_DASHBOARD,
    )
    found = {item: cents[0] for item, cents in parts.items()}
    assert found == expected or facts["status"] == "succeeded", f"{refund}: {found}, not {expected}"


def _refund_made(world: World, refund: Any, order: Any, parts: Facts) -> None:
    expected = world.model.refund_made(refund, order)
    assert parts == expected, f"refund {refund}: {parts} in the books, {expected} in the model"


def _item_wished(world: World, refund: Any, reason: str, items: set[int]) -> int | None:
    """Which item a refund was for: as asked for, as bought twice, or none when it was made at Stripe."""
    if reason == RefundReason.STRIPE_DASHBOARD:
        return None
    if reason == RefundReason.SURPLUS_PAYMENT:
        twice = items & world.model.bought_twice
        assert len(twice) == 1, f"Refund {refund} is for no item that was bought twice."
        return twice.pop()
    return world.model.wishes[refund]


def _dispute(world: World, order: Any, at: datetime.datetime, facts: Facts) -> News:
    opened = (datetime.datetime.fromisoformat(facts["opened_at"]), facts["name"])
    found = Dispute(order, facts["surplus"], facts["withdrawn"], facts["is_lost"], opened)
    if world.model.disputes.get(facts["pk"]) == found:
        return []
    return [(at, partial(world.model.disputes.__setitem__, facts["pk"], found))]


def _released(world: World, order: Any, at: datetime.datetime, facts: Facts) -> News:
    """Not before the holding time is over."""
    sale = world.model.orders[order]
    line = next(line for line in sale.lines if line.item == facts["item"])
    if line.is_released:
        return []
    assert sale.paid_at
    assert at - sale.paid_at >= HOLD
    return [(at, partial(setattr, line, "is_released", True))]


def _payout(world: World, _order: Any, at: datetime.datetime, facts: Facts) -> News:
    if facts["pk"] in world.model.payouts:
        return []
    return [(at, partial(world.model.payout_asked, facts["pk"], facts["seller"], facts["amount"]))]


def _returned(world: World, _order: Any, at: datetime.datetime, facts: Facts) -> News:
    """A payout that failed, or of which something was taken back."""
    if facts["pk"] in world.model.returns:
        return []
    return [(at, partial(world.model.payout_returned, facts["pk"], facts["payout"], facts["amount"]))]


_TELLERS: dict[str, Callable[[World, Any, datetime.datetime, Facts], News]] = {
    "paid": _paid,
    "refund": _refund,
    "dispute": _dispute,
    "released": _released,
    "payout": _payout,
    "returned": _returned,
}


def _ask(statement: str, values: Facts | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
