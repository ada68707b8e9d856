"""Every kind of question to the search, over a small and a large catalogue, beside the floor `SELECT 1`.

The catalogues are built once and kept for the next run; `--drop` takes them away.
"""

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from django.db import connection, connections
from psycopg import sql

from listings.models import Category, Listing, ListingSearch, SearchLexeme, SearchWord, Tag, TargetModel
from listings.search import search_row_refresh
from listings.search.engine import search, search_facts
from listings.search.query import SearchQuery, Sort
from listings.search.suggesting import suggestions
from listings.search.tiers import tiers_adjust
from listings.search.vocabulary import vocabulary_count
from tests.bench.catalogues import catalogue_build
from tests.bench.machine import own_session_pid, thread_seconds
from tests.support import database
from tests.support.environment import prepare_environment

EACH = 24
REPEATS = 3
UPDATES = 100
KEPT = "bench_search_{}"

_SIZES = """
    SELECT relname, pg_relation_size(oid) / 1048576.0 FROM pg_class
    WHERE relname ~ '^search_' AND relkind = 'i'
    UNION ALL
    SELECT relname || ' (table)', (pg_total_relation_size(oid) - pg_indexes_size(oid)) / 1048576.0
    FROM pg_class WHERE relname ~ '^listings_.*search' AND relkind = 'r' ORDER BY 1"""

Question = Callable[[], Any]


def searching(sizes: Sequence[int], *, keep: bool = True) -> dict[str, Any]:
    """Figures by size; see report()."""
    slot = prepare_environment()
    found: dict[str, Any] = {}
    for size in sizes:
        name = KEPT.format(size)
        built = _build(slot, name, size)
        connections.close_all()
        connection.settings_dict.update(NAME=name, OPTIONS={})
        found[str(size)] = {"build_seconds": built} | _measure()
        connections.close_all()
    if not keep:
        with database.owner_connection(database.maintenance_database()) as owner:
            for size in sizes:
                database.drop_database(owner, KEPT.format(size))
    return {"sizes": found, "load": _load()}


def _build(slot: Any, name: str, size: int) -> float | None:
    """Seconds it took; None when the catalogue was there."""
    with database.owner_connection(database.maintenance_database()) as owner:
        if owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            database.migrate(name)
            _tiers_set(name)
            return None
        database.make_test_database(slot)
        making = f"{name}_making"
        database.drop_database(owner, making)
        owner.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                sql.Identifier(slot.database_name), sql.Identifier(making)
            )
        )
        connections.close_all()
        connection.settings_dict.update(NAME=making, OPTIONS={})
        began = time.monotonic()
        with database.owner_connection(making) as filled:
            catalogue_build(filled, size)
        took = round(time.monotonic() - began)
        connections.close_all()
        owner.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(making), sql.Identifier(name))
        )
        return took


def _tiers_set(name: str) -> None:
    """As the job does: what is kept may be older than the tiers."""
    connections.close_all()
    connection.settings_dict.update(NAME=name, OPTIONS={})
    while tiers_adjust():
        pass


def _measure() -> dict[str, Any]:
    floor = _times([_floor] * 50)
    kinds = {}
    for name, questions in _kinds().items():
        connections.close_all()
        cold, plans, rows = [], set(), []
        for ask in questions:
            cold += _times([ask])
        warm = []
        for _ in range(REPEATS):
            for ask in questions:
                answer: list[Any] = []
                warm += _times([lambda ask=ask, answer=answer: answer.append(ask())])
                ids, plan = _seen(answer[0])
                plans.add(plan)
                rows.append(ids)
        kinds[name] = {
            "warm": _percentiles(warm),
            "cold": _percentiles(cold),
            "rows": round(statistics.mean(rows), 1),
            "plan": "/".join(sorted(plans)),
        }
    return {
        "floor": _percentiles(floor),
        "kinds": kinds,
        "updates": _updates(),
        "indexes_mb": _index_sizes(),
        "rows": ListingSearch.objects.count(),
        "lexemes": SearchLexeme.objects.count(),
        "words": SearchWord.objects.count(),
    }


def _floor() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def _times(asked: Sequence[Question]) -> list[float]:
    """Milliseconds of processor time that our session of PostgreSQL used for each question.

    Not by the clock: others use this machine, and all that is asked for is in memory.
    """
    found = []
    pid = own_session_pid()
    for ask in asked:
        before = thread_seconds(pid)
        ask()
        found.append((thread_seconds(pid) - before) * 1000)
    return found


def _kinds() -> dict[str, list[Question]]:
    words = {name: _words(*band) for name, band in BANDS.items()}
    pairs = list(zip(words["30 %"], words["5 %"][1:] + words["5 %"][:1], strict=False))
    by_rarity = {
        f"{sort.label}, word in {name}": [_ask(words=word, sort=sort.value) for word in words[name]]
        for sort in (Sort.RELEVANCE, Sort.NEWEST, Sort.PRICE_ASC)
        for name in words
    }
    models = [model.slug for model in TargetModel.objects.filter(listings__isnull=False).distinct()]
    categories = [category.slug for category in Category.objects.filter(listings__isnull=False).distinct()]
    tags = list(Tag.objects.values_list("slug", flat=True)[:EACH])
    handles = list(Listing.objects.order_by("-pk").values_list("seller__handle", flat=True)[:EACH])
    titles = list(Listing.objects.order_by("pk").values_list("title", flat=True)[:EACH])
    best = Sort.BEST_SELLING.value
    return {
        "everything, newest": [_ask(sort=Sort.NEWEST.value)] * EACH,
        "everything, trending": [_ask(sort=Sort.TRENDING.value)] * EACH,
        "a model, best selling": [_ask(model=slug, sort=best) for slug in models],
        "a model and a category, newest": [
            _ask(model=model, category=category, sort=Sort.NEWEST.value)
            for model in models
            for category in categories[:3]
        ][:EACH],
        "a tag, top rated": [_ask(tag=slug, sort=Sort.TOP_RATED.value) for slug in tags],
        "a seller, newest": [_ask(seller=handle, sort=Sort.NEWEST.value) for handle in handles],
        "free, five stars, newest": [_ask(free=True, rating=5, sort=Sort.NEWEST.value)] * EACH,
        "narrow price range, newest": [
            _ask(min_price=2901 + n % 40, max_price=2903 + n % 40, sort=Sort.NEWEST.value)
            for n in range(EACH)
        ],
        **by_rarity,
        "two common words": [_ask(words=f"{a} {b}") for a, b in pairs],
        "two common words, newest": [_ask(words=f"{a} {b}", sort=Sort.NEWEST.value) for a, b in pairs],
        "common and 1 %": [_ask(words=f"{a} {b}") for a, b in zip(words["30 %"], words["1 %"], strict=False)],
        "common and 1 %, newest": [
            _ask(words=f"{a} {b}", sort=Sort.NEWEST.value)
            for a, b in zip(words["30 %"], words["1 %"], strict=False)
        ],
        "three words": [_ask(words=f"{a} {b} {c}") for (a, b), c in zip(pairs, words["1 %"], strict=False)],
        "three words, newest": [
            _ask(words=f"{a} {b} {c}", sort=Sort.NEWEST.value)
            for (a, b), c in zip(pairs, words["1 %"], strict=False)
        ],
        "a whole title": [_ask(words=title) for title in titles],
        "a phrase": [_ask(words=f'"{" ".join(title.split()[:2])}"') for title in titles],
        "a word without another": [_ask(words=f"{a} -{b}") for a, b in pairs],
        "word, model, price, rating": [
            _ask(words=word, model=models[n % len(models)], min_price=300, max_price=900, rating=4)
            for n, word in enumerate(words["5 %"])
        ],
        "still typing": [
            _ask(words=word[: 2 + n % 4], is_typing=True) for n, word in enumerate(words["1 %"])
        ],
        "mistyped": [_ask(words=_mistyped(word, n)) for n, word in enumerate(words["1 %"])],
        "total and facets, everything": [_facts()] * EACH,
        **{f"total and facets, word in {name}": [_facts(words=w) for w in words[name]] for name in words},
        "total and facets, word and model": [
            _facts(words=word, model=models[n % len(models)]) for n, word in enumerate(words["5 %"])
        ],
        "the last page with a number, newest": [_ask(sort=Sort.NEWEST.value, offset=480)] * EACH,
        "the last page with a number, word in 5 %": [_ask(words=word, offset=480) for word in words["5 %"]],
        "50 pages deep by cursor, newest": _deep(SearchQuery(sort=Sort.NEWEST.value), 50),
        "20 pages deep by cursor, word in 5 %": [
            ask for word in words["5 %"][:6] for ask in _deep(SearchQuery(words=word), 20)[:4]
        ],
        "suggestions": [lambda word=word: suggestions(word[:4]) for word in words["1 %"]],
    }


# Between which shares of the listings a word stands; the last in five to fifty of them.
BANDS = {
    "30 %": (0.2, 0.5),
    "5 %": (0.03, 0.08),
    "1 %": (0.006, 0.015),
    "0.5 %": (0.003, 0.006),
    "rare": (0, 0),
}


def _words(low: float, high: float) -> list[str]:
    count = ListingSearch.objects.count()
    bounds = (5, 50) if not high else (low * count, high * count)
    plain = SearchWord.objects.filter(documents__range=bounds, word__regex="^[a-z]{4,}$")
    found = list(plain.order_by("deletions", "word").values_list("word", flat=True)[:EACH])
    return (found * EACH)[:EACH] if found else []


def _mistyped(word: str, place: int) -> str:
    place = 1 + place % (len(word) - 2)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _ask(**asked: Any) -> Question:
    return lambda: search(SearchQuery(**asked))


def _facts(**asked: Any) -> Question:
    query = SearchQuery(**asked)
    return lambda: search_facts(query)


def _deep(query: SearchQuery, pages: int) -> list[Question]:
    """The page that so many cursors lead to, and the way back from it."""
    page = search(query)
    for _ in range(pages):
        if not page.next_cursor:
            break
        page = search(replace(query, cursor=page.next_cursor))
    cursors = [cursor for cursor in (page.next_cursor, page.previous_cursor) if cursor]
    return [lambda cursor=cursor: search(replace(query, cursor=cursor)) for cursor in cursors] * (EACH // 2)


def _seen(answer: Any) -> tuple[int, str]:
    if hasattr(answer, "ids"):
        return len(answer.ids), answer.plan
    if hasattr(answer, "total"):
        return answer.total.count, "exact" if answer.total.is_exact else "sample"
    return len(answer.listings), "vocabulary"


def _updates() -> dict[str, float]:
    """Milliseconds for each row: written anew, a sale counted, and a change taken into the vocabulary."""
    ids = list(Listing.objects.order_by("-pk").values_list("pk", flat=True)[:UPDATES])

    def of(change: Question) -> float:
        return round(sum(_times([change])) / UPDATES, 2)

    def sell() -> None:
        for pk in ids:
            Listing.objects.filter(pk=pk).update(sales_count=1 + pk % 7)

    def rewrite() -> None:
        for pk in ids:
            Listing.objects.filter(pk=pk).update(summary=f"Summary {pk} anew")
            search_row_refresh(pk)

    return {
        "sale counted": of(sell),
        "row written": of(rewrite),
        "vocabulary": of(lambda: [None for _ in iter(vocabulary_count, 0)]),
    }


def _index_sizes() -> dict[str, float]:
    with connection.cursor() as cursor:
        cursor.execute(_SIZES)
        return {name: round(float(size), 1) for name, size in cursor.fetchall()}


def _percentiles(times: Sequence[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        name: round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 2)
        for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
    }


def _load() -> float:
    return round(os.getloadavg()[0], 1)


def report(figures: dict[str, Any]) -> list[str]:
    """The figures as lines to print: the largest catalogue, beside the smallest and beside the floor."""
    sizes = figures["sizes"]
    small, large = sizes[min(sizes, key=int)], sizes[max(sizes, key=int)]
    floor = large["floor"]["p50"]
    lines = [
        f"Search over {large['rows']:,} listings, milliseconds of PostgreSQL's processor time; "
        f"load {figures['load']}; SELECT 1 {floor}",
        f"{'':44}{'p50':>8}{'p95':>8}{'p99':>8}{'cold p95':>10}{'x floor':>9}{'x small':>9}{'rows':>9}  plan",
    ]
    for name, row in large["kinds"].items():
        warm, before = row["warm"], small["kinds"].get(name, row)["warm"]
        lines.append(
            f"{name:44}{warm['p50']:>8}{warm['p95']:>8}{warm['p99']:>8}{row['cold']['p95']:>10}"
            f"{warm['p50'] / floor:>9.1f}{warm['p50'] / max(before['p50'], 0.01):>9.1f}"
            f"{row['rows']:>9}  {row['plan']}"
        )
    lines += [f"  ms for each row: {large['updates']}", f"  MB: {large['indexes_mb']}", ""]
    return lines
