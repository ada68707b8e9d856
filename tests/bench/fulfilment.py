"""Fulfilment: purchases per second from stored event to granted, what one costs, and what old orders change.

Two copies of one market stand side by side: one without orders, the other with as many old ones as asked
for. Rounds alternate between them, so that what else the machine does hits both alike.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import connection, connections
from psycopg import sql

from accounts.models import SellerProfile, User
from payments.queries import library_of, orders_of, seller_balance
from tests.bench.bulk import indexes_warm
from tests.bench.costs import step_costs
from tests.bench.crew import Crew
from tests.bench.history import FILLED, Market, history_fill, market_fill
from tests.bench.purchases import Shop, paid_orders, purchases_walk
from tests.payments.support import sandbox
from tests.stripe_sandbox.process import SandboxProcess
from tests.support import database, processes
from tests.support.environment import Slot, prepare_environment
from tests.support.statements import Statements, large_tables

AWAY_SECONDS = 0.1
WARM_UP = 10


@dataclass(frozen=True)
class Side:
    """One of the two databases, and who buys there."""

    name: str
    database: str
    shop: Shop

    def connect(self) -> None:
        connect(self.database)


@dataclass(frozen=True)
class Scene:
    slot: Slot
    market: Market
    stripe_pid: int
    new: Side
    old: Side


def fulfilment(*, old_orders: int, purchases: int, rounds: int) -> dict[str, Any]:
    """All figures of this part; see report()."""
    with _scene(old_orders) as scene:
        figures: dict[str, Any] = {"old_orders": old_orders, "purchases": purchases, "rounds": rounds}
        figures["steps"] = {}
        for side in (scene.new, scene.old):
            side.connect()
            figures["steps"][side.name] = step_costs(side.shop, purchases)
        figures |= _statements(scene, old_orders)
        figures["reads"] = _reads(scene)
        figures |= _throughput(scene, purchases, rounds)
    return figures


# --- The scene -------------------------------------------------------------------------------------


@contextmanager
def _scene(old_orders: int) -> Iterator[Scene]:
    slot = prepare_environment()
    old_name = f"{slot.database_name}_old"
    with ExitStack() as stack:
        stack.callback(_drop, slot.database_name, old_name)
        database.make_test_database(slot)
        stripe = SandboxProcess(slot.folder / "bench.sqlite3", port=slot.stripe_port).start()
        stack.callback(stripe.stop)
        connect(slot.database_name)
        with database.owner_connection(slot.database_name) as owner:
            market = market_fill(owner, old_orders)
        new = Side("no old orders", slot.database_name, Shop(market))
        old = Side("old orders", old_name, Shop(market))
        _copy_database(new.database, old.database)
        old.connect()
        purchases_walk(old.shop, 1)
        with database.owner_connection(old.database) as owner:
            history_fill(owner, market, old_orders)
        _checkpoint()
        for side in (new, old):
            with database.owner_connection(side.database) as owner:
                indexes_warm(owner, [model._meta.db_table for model in (*FILLED, User)])
        yield Scene(slot=slot, market=market, stripe_pid=stripe.pid, new=new, old=old)


def connect(name: str) -> None:
    """Without the tests' OPTIONS: here a commit waits for the disk, as in production."""
    connections.close_all()
    connection.settings_dict.update(NAME=name, OPTIONS={})


def _copy_database(source: str, copy: str) -> None:
    connections.close_all()
    with database.owner_connection(database.maintenance_database()) as owner:
        database.drop_database(owner, copy)
        owner.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(copy), sql.Identifier(source))
        )


def _checkpoint() -> None:
    """Have the filled tables written to disk now and not while we measure; dropping a database does that."""
    with database.owner_connection(database.maintenance_database()) as owner:
        name = "test_promptfair_checkpoint"
        database.drop_database(owner, name)
        owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        database.drop_database(owner, name)


def _drop(*names: str) -> None:
    connections.close_all()
    with database.owner_connection(database.maintenance_database()) as owner:
        for name in names:
            database.drop_database(owner, name)


# --- Measuring -------------------------------------------------------------------------------------


def _throughput(scene: Scene, purchases: int, rounds: int) -> dict[str, Any]:
    """Rounds in turn: a worker on each side, more of them, and all of these with Stripe far away.

    Stripe's double works on the same cores. Far away it costs workers time and no processor, as in truth.
    """
    with ExitStack() as stack:
        new, *old = [
            (side, count, stack.enter_context(_crew(scene, side, count)))
            for side, count in [(scene.new, 1), (scene.old, 1), (scene.old, 2), (scene.old, 4)]
        ]
        kinds = [(*crew, False) for crew in (new, *old[:2])] + [(*crew, True) for crew in old]
        measured: list[dict[str, dict[str, float]]] = []
        for number in range(rounds):
            turn = number % len(kinds)
            in_turn = kinds[turn:] + kinds[:turn]
            one = {_label(kind): _round(scene, *kind, purchases) for kind in in_turn}
            measured.append({_label(kind): one[_label(kind)] for kind in kinds})
    quiet = _quieter_half(measured)
    new_one, old_one, old_two, away_one, _, away_four = (_label(kind) for kind in kinds)
    return {
        "throughput": {_label(kind): _medians([each[_label(kind)] for each in quiet]) for kind in kinds},
        "ratios": {
            "old orders to none": _ratio(quiet, old_one, new_one),
            "2 workers to 1": _ratio(quiet, old_two, old_one),
            "4 workers to 1, Stripe far away": _ratio(quiet, away_four, away_one),
        },
        "measured": measured,
    }


@contextmanager
def _crew(scene: Scene, side: Side, count: int) -> Iterator[Crew]:
    url = database.with_database(os.environ["DATABASE_URL"], side.database)
    # A session renewed in mid-round would take its CPU time with it.
    environ = processes.process_environment(scene.slot, url, CONN_MAX_AGE="3600")
    crew = Crew(scene.slot, f"bench-{side.database[-3:]}-{count}", environ, count)
    try:
        side.connect()
        crew.round(paid_orders(side.shop, WARM_UP * count), scene.stripe_pid)
        yield crew
    finally:
        crew.stop()


def _round(
    scene: Scene, side: Side, _count: int, crew: Crew, is_away: bool, purchases: int
) -> dict[str, float]:
    side.connect()
    orders = paid_orders(side.shop, purchases)
    if is_away:
        path = "/v1/checkout/sessions/*"
        sandbox("faults", {"path": path, "kind": "delay", "seconds": AWAY_SECONDS, "times": purchases})
    return crew.round(orders, scene.stripe_pid)


def _statements(scene: Scene, old_orders: int) -> dict[str, Any]:
    """How many statements each step takes, and which would read a table of old orders from end to end."""
    scene.old.connect()
    path, watched = Statements(), Statements()
    purchases_walk(scene.old.shop, 1, path.watch)
    for name, read in {**_sweepers(), **_page_reads(scene)}.items():
        with watched.watch(name):
            read()
    large = large_tables(old_orders // 2)
    return {
        "statements": path.counts,
        "sequential_scans": path.sequential_scans(large) + watched.sequential_scans(large),
    }


def _reads(scene: Scene) -> dict[str, dict[str, float]]:
    """Median milliseconds of each sweeper with nothing to do and of the pages' reads, on both sides."""
    taken: dict[str, dict[str, float]] = {}
    for side in (scene.new, scene.old):
        side.connect()
        for name, read in {**_sweepers(), **_page_reads(scene)}.items():
            taken.setdefault(name, {})[side.name] = round(_median_ms(read), 2)
    return taken


def _sweepers() -> dict[str, Callable[[], Any]]:
    """What beat starts every quarter of an hour or more often."""
    current_app.loader.import_default_modules()
    return {
        entry["task"]: current_app.tasks[entry["task"]]
        for entry in settings.CELERY_BEAT_SCHEDULE.values()
        if isinstance(entry["schedule"], int) and entry["schedule"] <= 900
    }


def _page_reads(scene: Scene) -> dict[str, Callable[[], Any]]:
    market = scene.market
    buyer = User.objects.get(pk=market.first_buyer)
    seller = SellerProfile.objects.get(pk=market.first_seller + 1)
    big_seller = SellerProfile.objects.get(pk=market.first_seller)
    return {
        "library page": lambda: list(library_of(buyer)[:20]),
        "orders page": lambda: list(orders_of(buyer)[:20]),
        "seller's balance": lambda: seller_balance(seller),
        "biggest seller's balance": lambda: seller_balance(big_seller),
    }


# --- Figures ---------------------------------------------------------------------------------------


def _label(kind: tuple[Side, int, Crew, bool]) -> str:
    side, count, _, is_away = kind
    where = f"{side.name}, Stripe {AWAY_SECONDS * 1000:.0f} ms away" if is_away else side.name
    return f"{where}, {count} worker{'s' if count > 1 else ''}"


def _quieter_half(rounds: Sequence[dict[str, dict[str, float]]]) -> list[dict[str, dict[str, float]]]:
    """The rounds in which others used the machine least."""
    by_noise = sorted(rounds, key=lambda each: sum(row["others_share"] for row in each.values()))
    return by_noise[: (len(rounds) + 1) // 2]


def _medians(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: round(statistics.median(row[name] for row in rows), 2) for name in rows[0]}


def _ratio(rounds: Sequence[dict[str, dict[str, float]]], this: str, that: str) -> float:
    """Within each round, whose parts met the same machine; the median of these."""
    name = "granted_per_second"
    return round(statistics.median(each[this][name] / each[that][name] for each in rounds), 2)


def _median_ms(read: Callable[[], Any], times: int = 7) -> float:
    read()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        read()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def report(figures: dict[str, Any]) -> list[str]:
    """The figures as lines to print."""
    statements = figures["statements"]
    steps = {name: (statements[name], *row.values()) for name, row in figures["steps"]["old orders"].items()}
    return [
        f"Fulfilment beside {figures['old_orders']:,} old orders: {figures['rounds']} rounds of "
        f"{figures['purchases']} purchases, medians of the quieter half",
        *_table(
            "",
            ("granted/s", "finished/s", "worker", "PostgreSQL", "Stripe", "others"),
            _values(figures["throughput"]),
        ),
        "  CPU in ms per grant; others: the share of the machine that somebody else used",
        *(f"  {name}: x {ratio}" for name, ratio in figures["ratios"].items()),
        *_table("ms per purchase", ("statements", "wall", "SQL", "Stripe", "CPU", "PostgreSQL"), steps),
        *_table("ms", ("no old orders", "old orders"), _values(figures["reads"])),
        f"  read from end to end: {', '.join(figures['sequential_scans']) or 'no table of old orders'}",
        "",
    ]


def _values(rows: dict[str, dict[str, float]]) -> dict[str, Iterable[Any]]:
    return {name: row.values() for name, row in rows.items()}


def _table(title: str, heads: Iterable[str], rows: dict[str, Iterable[Any]]) -> list[str]:
    lines = {title: heads, **rows}
    return ["", *(f"{name:44}" + "".join(f"{cell:>14}" for cell in cells) for name, cells in lines.items())]
