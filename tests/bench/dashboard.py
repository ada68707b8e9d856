"""A seller with many listings and a million sales: the overview, the sales page, and the file of all sales.

One true purchase is copied inside the database, as for fulfilment, all for one seller over two years, with
views of each listing on each day. Then the roll-ups sum it up, and pages are asked for through the view.
"""

import resource
import statistics
import time
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

from django.db import connection, connections
from django.test import Client

from accounts.models import SellerProfile
from common import clock
from listings.models import Listing
from payments.models import Order, SellerDay, SellerListingDay
from payments.queries import seller_balance
from payments.queries_stats import figures_so_far
from payments.services.rollups import days_mend, days_roll
from tests.bench.fulfilment import connect
from tests.bench.history import Market, history_fill, market_fill
from tests.bench.machine import own_session_pid, thread_seconds
from tests.bench.purchases import Shop, purchases_walk
from tests.stripe_sandbox.process import SandboxProcess
from tests.support import database
from tests.support.environment import prepare_environment

PAGES = {
    "overview, 30 days": "/sell/",
    "overview, today": "/sell/?days=1",
    "overview, a year": "/sell/?days=365",
    "overview, three years": "/sell/?from={first}&to={last}",
    "sales": "/sell/sales/",
    "sales of a title": "/sell/sales/?q=Listing",
    "promotions": "/sell/promotions/",
}
_VIEWS = """
    INSERT INTO listings_listingday (listing_id, day, source, views)
    SELECT l.id, d::date, s.name, 1 + l.id % 7
      FROM listings_listing l, generate_series(now() - interval '730 days', now(), interval '1 day') d,
           (VALUES ('search'), ('model'), ('own_link')) s (name)
     WHERE l.seller_id = {seller} AND l.status = 'published'
"""
_SELLERS_VIEWS = """
    INSERT INTO listings_sellerviewsday (seller_id, day, source, views)
    SELECT {seller}, day, source, sum(views) FROM listings_listingday GROUP BY 2, 3
"""


def dashboard(*, sales: int, listings: int, asks: int) -> dict[str, Any]:
    """Figures of this part; see report(). The database is gone afterwards."""
    slot = prepare_environment()
    with ExitStack() as stack:
        stack.callback(database.drop_test_database, slot)
        stack.callback(connections.close_all)
        database.make_test_database(slot)
        stripe = SandboxProcess(slot.folder / "bench.sqlite3", port=slot.stripe_port).start()
        stack.callback(stripe.stop)
        connect(slot.database_name)
        with database.owner_connection(slot.database_name) as owner:
            market = market_fill(owner, sales, listings=listings, sellers=1)
        purchases_walk(Shop(market), 1)
        with database.owner_connection(slot.database_name) as owner:
            history_fill(owner, market, sales)
            for statement in (_VIEWS, _SELLERS_VIEWS):
                owner.execute(statement.format(seller=market.first_seller).encode())
            owner.execute("VACUUM (FREEZE, ANALYZE)")
        return _measured(market, asks)


def _measured(market: Market, asks: int) -> dict[str, Any]:
    connections.close_all()
    began = time.monotonic()
    days = days_roll()
    rolled = time.monotonic() - began
    began = time.monotonic()
    off = days_mend()
    compared = time.monotonic() - began
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE payments_sellerday, payments_sellerlistingday, payments_sellerdaypart")
    seller = SellerProfile.objects.get(pk=market.first_seller)
    balance, figures = seller_balance(seller), figures_so_far(seller)
    owed = balance.pending_amount + balance.available_amount + balance.paid_out_amount
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(seller.user)
    return {
        "sales": Order.objects.filter(paid_at__isnull=False).count(),
        "listings": Listing.objects.filter(seller=seller).count(),
        "roll_up_seconds": round(rolled, 1),
        "compared_seconds": round(compared, 1),
        "days": days,
        "days_off": off,
        "rows": SellerDay.objects.count() + SellerListingDay.objects.count(),
        "is_the_ledgers": owed == figures.kept_amount,
        "pages": {name: _asked(client, path, asks) for name, path in PAGES.items()},
        "files": {name: _taken(client, f"/sell/sales/sales.{name}") for name in ("csv", "json")},
    }


def _asked(client: Client, path: str, asks: int) -> dict[str, float]:
    """Milliseconds of the view by the clock and of processor time, ours and PostgreSQL's; its statements."""
    now = clock.now().date()
    path = path.format(first=now - timedelta(days=1095), last=now)
    client.get(path)
    asked: list[str] = []
    with connection.execute_wrapper(lambda run, sql, *rest: asked.append(sql) or run(sql, *rest)):
        client.get(path)
    wall, processor = [], []
    database_pid = own_session_pid()
    for _ in range(asks):
        began, ours, theirs = time.perf_counter(), time.thread_time(), thread_seconds(database_pid)
        assert client.get(path).status_code == 200
        wall.append((time.perf_counter() - began) * 1000)
        processor.append((time.thread_time() - ours + thread_seconds(database_pid) - theirs) * 1000)
    return {
        "p50_ms": round(statistics.median(wall), 1),
        "p95_ms": round(statistics.quantiles(wall, n=20)[-1], 1),
        "processor_p50_ms": round(statistics.median(processor), 1),
        "processor_p95_ms": round(statistics.quantiles(processor, n=20)[-1], 1),
        "statements": len(asked),
    }


def _taken(client: Client, path: str) -> dict[str, float]:
    """A file read to its end, and by how much this process grew after the first 100,000 lines."""
    answer = client.get(path)
    began, size, early, lines = time.monotonic(), 0, 0, 0
    for chunk in answer.streaming_content:
        size, lines = size + len(chunk), lines + 1
        if lines == 100_000:
            early = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "lines": lines,
        "megabytes": round(size / 1e6),
        "seconds": round(time.monotonic() - began, 1),
        "grown_megabytes": round((peak - early) / 1024, 1) if early else 0,
    }


def report(figures: dict[str, Any]) -> list[str]:
    out = [
        f"a seller with {figures['listings']:,} listings and {figures['sales']:,} sales: "
        f"{figures['days']:,} days summed up in {figures['roll_up_seconds']} s, compared with the ledger in "
        f"{figures['compared_seconds']} s ({figures['days_off']} off)",
        f"{'':28}{'p50 ms':>9}{'p95 ms':>9}{'processor p50':>15}{'p95':>7}{'statements':>12}",
    ]
    for name, row in figures["pages"].items():
        out.append(
            f"{name:28}{row['p50_ms']:>9}{row['p95_ms']:>9}{row['processor_p50_ms']:>15}"
            f"{row['processor_p95_ms']:>7}{row['statements']:>12}"
        )
    for name, row in figures["files"].items():
        out.append(
            f"{name}: {row['lines']:,} lines, {row['megabytes']} MB in {row['seconds']} s; "
            f"memory grew by {row['grown_megabytes']} MB after the first 100,000"
        )
    return [*out, ""]
