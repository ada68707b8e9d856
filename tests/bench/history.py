"""Old orders by the million: one true purchase, made by the services, copied inside the database.

The copies are whole: order, item, payment, entitlement, delivery, journals with entries, outbox message and
Stripe event, spread over three years, all paid, delivered and released.
"""

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
from django.db import models

from accounts.models import SellerProfile, User
from common.models import OutboxMessage
from listings.models import Listing, ListingStatus, PromptVersion
from payments.models import (
    Delivery,
    Entitlement,
    Journal,
    LedgerEntry,
    Order,
    OrderItem,
    Payment,
    StripeEvent,
)
from tests.bench.bulk import indexes_later, next_id, rows_copy, sequences_set, triggers_off
from tests.factories import ListingFactory, UserFactory

ORDERS_PER_BUYER = 5
# The first seller has this share of the listings: of 5,000,000 orders a million ledger entries.
BIG_SELLER_HAS_ONE_IN = 15
CHUNK = 250_000
PERIOD = "interval '3 years'"
FILLED = (Order, OrderItem, Payment, Entitlement, Delivery, Journal, LedgerEntry, OutboxMessage, StripeEvent)


@dataclass(frozen=True)
class Market:
    """Who buys what, by number: the same in every copy of the database."""

    first_buyer: int
    buyers: int
    first_seller: int
    sellers: int
    first_listing: int
    listings: int

    @property
    def stride(self) -> int:
        """Between the listings of one buyer, so that 64 purchases are of 64 different ones."""
        return self.listings // 64

    def listing_id(self, buyer_number: int, nth: int) -> int:
        """What a buyer's nth purchase is of; old orders are the first ORDERS_PER_BUYER."""
        return self.first_listing + (buyer_number * 7 + nth * self.stride) % self.listings


def market_fill(
    connection: psycopg.Connection, orders: int, *, listings: int = 0, sellers: int = 0
) -> Market:
    """Buyers, sellers and listings for so many old orders; of the latter as many as usual, unless told."""
    buyer, listing = UserFactory(), ListingFactory(status=ListingStatus.PUBLISHED)
    listings = listings or max(orders // 250, 1_000)
    market = Market(
        first_buyer=next_id(connection, User),
        buyers=max(orders // ORDERS_PER_BUYER, 1_000),
        first_seller=next_id(connection, SellerProfile),
        sellers=sellers or listings // 10,
        first_listing=next_id(connection, Listing),
        listings=listings,
    )
    first_version = next_id(connection, PromptVersion)
    seller = f"CASE WHEN n % {BIG_SELLER_HAS_ONE_IN} = 0 THEN 0 ELSE n % {market.sellers} END"
    kinds = [
        (
            User,
            market.buyers + market.sellers,
            buyer,
            {
                "id": f"{market.first_buyer} + n",
                "email": "'old-' || n || '@example.test'",
                "handle": "'old-' || n",
            },
        ),
        (
            SellerProfile,
            market.sellers,
            listing.seller,
            {
                "id": f"{market.first_seller} + n",
                "user_id": f"{market.first_buyer + market.buyers} + n",
                "handle": "'old-seller-' || n",
            },
        ),
        (
            Listing,
            listings,
            listing,
            {
                "id": f"{market.first_listing} + n",
                "seller_id": f"{market.first_seller} + {seller}",
                "slug": "'old-' || n",
                "published_version_id": f"{first_version} + n",
            },
        ),
        (
            PromptVersion,
            listings,
            listing.published_version,
            {"id": f"{first_version} + n", "listing_id": f"{market.first_listing} + n"},
        ),
    ]
    with connection.transaction():
        for model, count, example, columns in kinds:
            rows_copy(
                connection,
                model,
                source=f"generate_series(0, {count - 1}) AS source(n)",
                example=f"(SELECT * FROM {model._meta.db_table} WHERE id = {example.pk})",
                columns=columns,
            )
    sequences_set(connection, [User, SellerProfile, Listing, PromptVersion])
    connection.execute("VACUUM (FREEZE, ANALYZE)")
    return market


def history_fill(connection: psycopg.Connection, market: Market, count: int) -> None:
    """Copy the only purchase there is, paid, delivered and released, so many times; vacuum and analyze."""
    began = time.monotonic()
    tables = [model._meta.db_table for model in FILLED]
    numbered = [model for model in FILLED if model not in (Order, Entitlement)]
    copies = _copies({model: next_id(connection, model) for model in numbered})
    connection.execute("SET synchronous_commit = off")
    connection.execute("SET maintenance_work_mem = '512MB'")
    connection.execute(UUID7)
    for table in tables:
        connection.execute(_example(table))
    with triggers_off(connection, tables), indexes_later(connection, tables):
        for begin in range(0, count, CHUNK):
            end = min(begin + CHUNK, count)
            connection.execute("DROP TABLE IF EXISTS old")
            connection.execute(_old_orders(market, begin, end, count))
            for model, columns in copies.items():
                example = f"example_{model._meta.db_table}"
                rows_copy(connection, model, source="old", example=example, columns=columns)
            _progress(f"{end:,} of {count:,} old orders", began)
        _progress("all in; now their indexes and foreign keys", began)
    sequences_set(connection, numbered)
    for table in tables:
        connection.execute(f"VACUUM (FREEZE, ANALYZE) {table}")
    _progress("done, vacuumed and analyzed", began)


UUID7 = """
CREATE FUNCTION pg_temp.uuid7(at timestamptz, seed text) RETURNS uuid LANGUAGE sql AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0')
            || '7' || substr(md5(seed), 1, 3) || '8' || substr(md5(seed), 4, 15))::uuid
$$
"""


def _example(table: str) -> str:
    """The rows to copy, each with its place among them."""
    journal = ", dense_rank() OVER (ORDER BY journal_id) - 1 AS nth_journal" if "ledger" in table else ""
    return (
        f"CREATE TEMP TABLE example_{table} AS SELECT *, row_number() OVER (ORDER BY id) - 1 AS nth, "
        f"count(*) OVER () AS total{journal} FROM {table}"
    )


def _old_orders(market: Market, begin: int, end: int, count: int) -> str:
    """One row per order of this chunk. `number` is scrambled as true ones are, and does not repeat."""
    return f"""
    CREATE TEMP TABLE old AS
    SELECT n, at, buyer_id, md5(n::text) AS key,
           pg_temp.uuid7(at, 'order' || n) AS order_id,
           pg_temp.uuid7(at, 'grant' || n) AS entitlement_id,
           lpad(upper(to_hex(n * 2654435761 % 1099511627776)), 10, '0') AS number,
           listing.id AS listing_id, listing.published_version_id AS version_id, listing.seller_id
      FROM (SELECT n,
                   {market.first_buyer} + n % {market.buyers} AS buyer_id,
                   {market.first_listing} + (n % {market.buyers} * 7 + n / {market.buyers} * {market.stride})
                                            % {market.listings} AS listing_id,
                   now() - {PERIOD} + n * ({PERIOD} - interval '9 days') / {count} AS at
              FROM generate_series({begin}::bigint, {end - 1}) AS n) AS wanted
      JOIN listings_listing listing ON listing.id = wanted.listing_id
    """


def _copies(first: Mapping[type[models.Model], int]) -> dict[type[models.Model], dict[str, str]]:
    """What a copy has of its own, over `old` (a row per order) and `example` (the nth of total rows)."""
    ids = {model: f"{number} + old.n * example.total + example.nth" for model, number in first.items()}
    # The example has one item, one payment and three journals.
    item, payment = f"{first[OrderItem]} + old.n", f"{first[Payment]} + old.n"
    session = "'cs_test_a1' || old.key || left(old.key, 24)"
    line = {
        "listing_id": "old.listing_id",
        "version_id": "old.version_id",
    }
    return {
        Order: {
            "id": "old.order_id",
            "number": "'PF-' || left(old.number, 5) || '-' || right(old.number, 5)",
            "buyer_id": "old.buyer_id",
            "stripe_session_id": session,
            "checkout_url": f"replace(example.checkout_url, example.stripe_session_id, {session})",
            **_at("created_at", "expires_at", "next_check_at", "paid_at", "delivered_at"),
        },
        OrderItem: {
            **line,
            "id": ids[OrderItem],
            "order_id": "old.order_id",
            "seller_id": "old.seller_id",
            "paid_at": "old.at",
            "earnings_released_at": "old.at + interval '7 days'",
        },
        Payment: {
            "id": ids[Payment],
            "order_id": "old.order_id",
            "stripe_payment_intent_id": "'pi_' || left(old.key, 24)",
            "stripe_charge_id": "'ch_' || left(old.key, 24)",
            "succeeded_at": "old.at",
        },
        Entitlement: {
            **line,
            "id": "old.entitlement_id",
            "buyer_id": "old.buyer_id",
            "item_id": item,
            "granted_at": "old.at",
        },
        Delivery: {
            "id": ids[Delivery],
            "order_id": "old.order_id",
            **_at("granted_at", "receipt_sent_at", "sellers_notified_at", "next_attempt_at"),
        },
        Journal: {
            "id": ids[Journal],
            "cause": "CASE split_part(example.cause, ':', 1) WHEN 'order' THEN 'order:' || old.order_id "
            f"WHEN 'item' THEN 'item:' || ({item}) ELSE 'payment:' || ({payment}) END",
            "booked_at": "old.at",
        },
        LedgerEntry: {
            "id": ids[LedgerEntry],
            "journal_id": f"{first[Journal]} + old.n * 3 + example.nth_journal",
            "seller_id": "CASE WHEN example.seller_id IS NOT NULL THEN old.seller_id END",
        },
        OutboxMessage: {
            "id": ids[OutboxMessage],
            "subject": "old.order_id::text",
            "payload": "jsonb_build_object('listings', jsonb_build_array(old.listing_id))",
            **_at("created_at", "handled_at", "next_attempt_at"),
        },
        StripeEvent: {
            "id": ids[StripeEvent],
            "stripe_event_id": "'evt_' || left(old.key, 24)",
            "payload": "jsonb_set(example.payload, '{id}', to_jsonb('evt_' || left(old.key, 24)))",
            **_at("received_at", "handled_at", "next_attempt_at"),
        },
    }


def _at(*columns: str) -> dict[str, str]:
    return dict.fromkeys(columns, "old.at")


def _progress(what: str, began: float) -> None:
    sys.stderr.write(f"  {time.monotonic() - began:6.0f} s  {what}\n")
    sys.stderr.flush()
