"""What is true after the killing, asked of both sides: Stripe over its API, ours in plain SQL.

No code of the product is used here, so that a mistake in it cannot hide itself.
"""

import re
import urllib.request
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import requests
from psycopg.rows import dict_row

from marketplace.demo.programs import STRIPE_SECRET_KEY

Row = dict[str, Any]
NOT_REFUNDED = {"failed", "canceled"}
RECEIPT = re.compile(rb"^Message-ID:\s*<receipt\.([0-9a-f-]{36})@", re.MULTILINE | re.IGNORECASE)
WAITING = re.compile(r'^promptfair_waiting\{kind="(\w+)"\} (\d+)', re.MULTILINE)

ORDERS = """
SELECT o.id::text, o.buyer_id, o.status, o.stripe_session_id AS session, o.delivered_at,
       array_agg(i.listing_id) AS listings
FROM payments_order o JOIN payments_orderitem i ON i.order_id = o.id GROUP BY o.id
"""
PAYMENTS = """
SELECT stripe_payment_intent_id AS intent, order_id::text, amount, is_surplus FROM payments_payment
"""
ENTITLEMENTS = """
SELECT i.order_id::text, e.buyer_id, e.listing_id, e.revoked_at IS NULL AS is_active,
       extract(epoch FROM e.granted_at)::float AS granted_at
FROM payments_entitlement e JOIN payments_orderitem i ON i.id = e.item_id
"""
DELIVERIES = """
SELECT order_id::text, extract(epoch FROM receipt_sent_at)::float AS receipt_sent_at,
       receipt_sent_at IS NOT NULL AND sellers_notified_at IS NOT NULL AS is_finished
FROM payments_delivery
"""
REFUNDS = """
SELECT r.id::text, p.stripe_payment_intent_id AS intent, r.amount, r.status, r.stripe_refund_id
FROM payments_refund r JOIN payments_payment p ON p.id = r.payment_id
"""
JOURNALS = """
SELECT j.kind, j.cause, coalesce(sum(e.amount), 0)::bigint AS total, count(e.id) AS entries
FROM payments_journal j LEFT JOIN payments_ledgerentry e ON e.journal_id = j.id GROUP BY j.id
"""
TRIES = "SELECT attempts, count(*)::int AS events FROM payments_stripeevent GROUP BY 1 ORDER BY 1"
ALARMS = """
SELECT payload ->> 'kind' AS kind, count(*) AS times FROM common_outboxmessage
WHERE topic = 'payments_alarm' GROUP BY 1 ORDER BY 2 DESC
"""
ACCOUNTS = "SELECT account, sum(amount)::bigint AS total FROM payments_ledgerentry GROUP BY 1"
OWED_TO_SELLERS = """
SELECT coalesce((SELECT sum(seller_amount) FROM payments_orderitem WHERE paid_at IS NOT NULL), 0)
     - coalesce((SELECT sum(t.seller_amount) FROM payments_refunditem t
                 JOIN payments_refund r ON r.id = t.refund_id WHERE r.status = 'succeeded'), 0) AS total
"""


@dataclass(frozen=True)
class StripeFacts:
    """Succeeded charges and refunds, and the balance, available and pending together, in cents."""

    charges: list[Row]
    refunds: list[Row]
    balance: int
    kept_fees: int


@dataclass(frozen=True)
class OurFacts:
    """Rows of our database, by what they are looked up with; the receipts in the mailbox; what waits."""

    orders: dict[str, Row]
    payments: dict[str, Row]
    entitlements: list[Row]
    deliveries: dict[str, Row]
    refunds: list[Row]
    journals: list[Row]
    accounts: dict[str, int]
    owed_to_sellers: int
    tries: dict[int, int]
    """Stripe's events by how often their handling was begun."""
    alarms: dict[str, int]
    receipts: Counter[str]
    waiting: Counter[str]


def ask_stripe(url: str) -> StripeFacts:
    balance = _get(url, "balance")
    movements = _list(url, "balance_transactions")
    return StripeFacts(
        charges=[charge for charge in _list(url, "charges") if charge["paid"]],
        refunds=[refund for refund in _list(url, "refunds") if refund["status"] not in NOT_REFUNDED],
        balance=sum(part["amount"] for side in ("available", "pending") for part in balance[side]),
        kept_fees=sum(movement["fee"] for movement in movements),
    )


def ask_ourselves(database_url: str, site: str, mailbox: Path) -> OurFacts:
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")

        def rows(statement: str) -> list[Row]:
            return connection.execute(statement.encode()).fetchall()

        return OurFacts(
            orders={row["id"]: row for row in rows(ORDERS)},
            payments={row["intent"]: row for row in rows(PAYMENTS)},
            entitlements=rows(ENTITLEMENTS),
            deliveries={row["order_id"]: row for row in rows(DELIVERIES)},
            refunds=rows(REFUNDS),
            journals=rows(JOURNALS),
            accounts={row["account"]: row["total"] for row in rows(ACCOUNTS)},
            owed_to_sellers=int(rows(OWED_TO_SELLERS)[0]["total"]),
            tries={row["attempts"]: row["events"] for row in rows(TRIES)},
            alarms={row["kind"]: row["times"] for row in rows(ALARMS)},
            receipts=_receipts(mailbox),
            waiting=_waiting(site),
        )


def durability(database_url: str) -> dict[str, str]:
    """The settings that a crash tests, as the server has them."""
    with psycopg.connect(database_url) as connection:
        names = ("fsync", "synchronous_commit", "full_page_writes")
        return {name: connection.execute(f"SHOW {name}".encode()).fetchone()[0] for name in names}


def _receipts(mailbox: Path) -> Counter[str]:
    """Receipts by order. A mail sent twice has one Message-ID, and is shown once by mail programs."""
    found: Counter[str] = Counter()
    for file in mailbox.glob("*.log"):
        found.update(match.decode() for match in RECEIPT.findall(file.read_bytes()))
    return found


def _waiting(site: str) -> Counter[str]:
    """Rows of work not done yet, as the site's own metrics count them."""
    with urllib.request.urlopen(f"{site}/metrics", timeout=20) as answer:
        return Counter({kind: int(count) for kind, count in WAITING.findall(answer.read().decode())})


def _list(url: str, kind: str) -> list[Row]:
    """Every object of a kind, page by page."""
    found: list[Row] = []
    while True:
        last = {"starting_after": found[-1]["id"]} if found else {}
        page = _get(url, kind, limit="100", **last)
        found += page["data"]
        if not page["has_more"]:
            return found


def _get(url: str, path: str, **query: str) -> Any:
    response = requests.get(
        f"{url}/v1/{path}",
        params=query,
        headers={"Authorization": f"Bearer {STRIPE_SECRET_KEY}"},
        timeout=20,
    )
    response.raise_for_status()
    return response.json()
