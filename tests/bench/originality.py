"""Near copies among a million submitted texts: how long the question takes, and how many are found."""

import multiprocessing
import os
import random
import statistics
import struct
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection, connections

from accounts.models import SellerProfile
from listings.models import Listing, ListingStatus, PromptVersion, TextPrint
from listings.originality import ROWS, RUN_PLACES, WORD_PLACES, fingerprint
from listings.queries.originality import near_copies
from tests.bench import machine
from tests.bench.bulk import indexes_later, next_id, rows_copy, triggers_off
from tests.bench.texts import EDITS, SHORT_EVERY, text_of
from tests.factories import ListingFactory, SellerProfileFactory
from tests.support import database
from tests.support.environment import prepare_environment

VERSIONS_PER_LISTING = 100
CHUNK = 2_000
# So many texts are made up; the others are relatives of theirs, which takes minutes less to make.
TEXTS = 50_000
EARLIER, LATER = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"
Print = tuple[bytes, list[int]]
COLUMNS = ("version_id", "seller_id", "sealed_at", "signature", "bands")


@dataclass(frozen=True)
class Library:
    """Prints by number: the last ones are edits of `original_of` them, by another seller."""

    first_version: int
    originals: int
    queries: int
    seller: SellerProfile
    rival: SellerProfile

    def edit_of(self, query: int) -> tuple[str, int]:
        """Which edit the query is, and of which text: no short one, which an edit turns into another."""
        names = list(EDITS)
        number = random.Random(query).randrange(min(TEXTS, self.originals) - 1)
        return names[query % len(names)], number if number % SHORT_EVERY else number + 1


def originality(*, prints: int, queries: int) -> dict[str, Any]:
    """Milliseconds per search and the share of planted copies found, over `queries` edited texts."""
    slot = prepare_environment()
    database.make_test_database(slot)
    connection.close()
    connection.settings_dict["NAME"] = slot.database_name
    try:
        with database.owner_connection(slot.database_name) as owner:
            library = _library(owner, prints, queries)
            began = time.monotonic()
            _prints_copy(owner, library)
            filled = time.monotonic() - began
            owner.execute("VACUUM (FREEZE, ANALYZE) listings_textprint, listings_promptversion")
            sizes = owner.execute(
                "SELECT pg_table_size('listings_textprint'), pg_indexes_size('listings_textprint')"
            ).fetchone()
        assert sizes is not None
        return {
            "prints": prints,
            "fill_seconds": round(filled),
            "table_mb": round(sizes[0] / 1e6),
            "indexes_mb": round(sizes[1] / 1e6),
            **_searches(library),
        }
    finally:
        connections.close_all()
        database.drop_test_database(slot)


def report(figures: dict[str, Any]) -> list[str]:
    return [
        f"near copies among {figures['prints']:,} texts ({figures['table_mb']} MB and "
        f"{figures['indexes_mb']} MB of indexes), {figures['queries']} searches:",
        *(
            f"  {name:10}" + ", ".join(f"{at} {value} ms" for at, value in figures[key].items())
            for name, key in (("wall", "wall_ms"), ("processor", "work_ms"))
        ),
        *(f"  found: {name}: {percent} %" for name, percent in figures["found_percent"].items()),
        f"  others shown beside the one that was copied: {figures['others_shown']} per search",
        "",
    ]


def _library(owner: psycopg.Connection, prints: int, queries: int) -> Library:
    example = ListingFactory(status=ListingStatus.PUBLISHED)
    first_listing, first_version = next_id(owner, Listing), next_id(owner, PromptVersion)
    listings = prints // VERSIONS_PER_LISTING + 1
    tables = [Listing._meta.db_table, PromptVersion._meta.db_table]
    with triggers_off(owner, tables), indexes_later(owner, tables):
        rows_copy(
            owner,
            Listing,
            source=f"generate_series(0, {listings}) AS source(n)",
            example=f"(SELECT * FROM {tables[0]} WHERE id = {example.pk})",
            columns={"id": f"{first_listing} + n", "slug": "'print-' || n"},
        )
        rows_copy(
            owner,
            PromptVersion,
            source=f"generate_series(0, {prints - 1}) AS source(n)",
            example=f"(SELECT * FROM {tables[1]} WHERE id = {example.published_version_id})",
            columns={
                "id": f"{first_version} + n",
                "listing_id": f"{first_listing} + n / {VERSIONS_PER_LISTING}",
                "number": f"n % {VERSIONS_PER_LISTING} + 1",
            },
        )
    return Library(first_version, prints - queries, queries, example.seller, SellerProfileFactory())


def _prints_copy(owner: psycopg.Connection, library: Library) -> None:
    """Fingerprints of texts, their relatives, and those of the copies; then indexed as migrations say."""
    table = TextPrint._meta.db_table
    texts = min(TEXTS, library.originals)
    chunks = [(begin, min(begin + CHUNK, texts)) for begin in range(0, texts, CHUNK)]
    with multiprocessing.Pool(os.cpu_count()) as pool:
        prints = [row for rows in pool.imap(_text_prints, chunks) for row in rows]
    often = Counter(band for _signature, bands in prints for band in bands)
    owner.execute("SET maintenance_work_mem = '512MB'")
    with (
        indexes_later(owner, [table]),
        owner.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(COLUMNS)}) FROM STDIN") as copy,
    ):
        for number in range(library.originals):
            generation, of = divmod(number, texts)
            signature, bands = prints[of] if not generation else _relative(prints[of], often, generation)
            copy.write_row((library.first_version + number, library.seller.pk, EARLIER, signature, bands))
        for query, (signature, bands) in enumerate(_copied_prints(library)):
            pk = library.first_version + library.originals + query
            copy.write_row((pk, library.rival.pk, LATER, signature, bands))


def _text_prints(span: tuple[int, int]) -> list[Print]:
    return [_print(text_of(number)) for number in range(*span)]


def _relative(of: Print, often: Counter[int], generation: int) -> Print:
    """What a text of another generation has in common with the first: what two of the first have, no more."""
    places = struct.unpack(f">{RUN_PLACES + WORD_PLACES}I", of[0])
    salt = random.Random(generation)
    short, long = salt.getrandbits(32), salt.getrandbits(63)
    shared = [often[band] > 1 for band in of[1]]
    kept = [value if shared[at // ROWS] else value ^ short for at, value in enumerate(places)]
    bands = [band if both else band ^ long for band, both in zip(of[1], shared, strict=True)]
    return struct.pack(f">{RUN_PLACES + WORD_PLACES}I", *kept), bands


def _copied_prints(library: Library) -> Iterator[Print]:
    for query in range(library.queries):
        edit, number = library.edit_of(query)
        yield _print(EDITS[edit](text_of(number), random.Random(query)))


def _print(text: str) -> Print:
    mark = fingerprint(text)
    assert mark is not None
    return mark.to_bytes(), mark.bands


def _searches(library: Library) -> dict[str, Any]:
    """Wall time, and what of it was work: of this process and of PostgreSQL's behind its connection."""
    walls: list[float] = []
    works: list[float] = []
    found: dict[str, list[bool]] = {name: [] for name in EDITS}
    others = 0
    session = machine.own_session_pid()
    for query in range(library.queries):
        edit, number = library.edit_of(query)
        version = PromptVersion(pk=library.first_version + library.originals + query)
        worked = time.process_time() + machine.thread_seconds(session)
        began = time.perf_counter()
        shown = near_copies(version)
        walls.append((time.perf_counter() - began) * 1000)
        works.append((time.process_time() + machine.thread_seconds(session) - worked) * 1000)
        alike = {(copy.listing.pk, copy.version_number) for copy in shown}
        wanted = PromptVersion.objects.filter(pk=library.first_version + number)
        original = wanted.values_list("listing_id", "number").get()
        found[edit].append(original in alike)
        others += len(alike - {original})
    return {
        "queries": library.queries,
        "wall_ms": _spread(walls),
        "work_ms": _spread(works),
        "found_percent": {name: round(100 * statistics.mean(each), 1) for name, each in found.items()},
        "others_shown": round(others / library.queries, 2),
    }


def _spread(times: list[float]) -> dict[str, float]:
    times = sorted(times)
    at = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "slowest": 1.0}
    return {name: round(times[min(int(len(times) * share), len(times) - 1)], 1) for name, share in at.items()}
