"""Answering a query: what its words mean, the page of ids, and how to go on from there."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connections
from django.db.backends.utils import CursorWrapper

from common.replica import reading_alias
from listings.search.conditions import TABLE, Condition, condition_of, is_impossible
from listings.search.correcting import EVERYTHING_READ, Reading, question_read, suggestion_of
from listings.search.counting import facts_count
from listings.search.cursors import Cursor, cursor_decode
from listings.search.meaning import documents_of, title_query, words_query
from listings.search.pages import REST, relevant_page, sorted_page
from listings.search.planning import GATHERED, WINDOW, Estimate, estimate
from listings.search.query import Facets, SearchFacts, SearchPage, SearchQuery, Sort, Total
from listings.search.relevance import CANDIDATES, CANDIDATES_TYPING, Words
from listings.search.walking import ORDERS, QUALITY

MAX_SIZE = 100
# Pages may be numbered so far; further on there are cursors.
MAX_OFFSET = 480
# Of what a wider question would find, so many are counted.
COUNTED_WIDER = 1_000
# Fewer answers than this, and another spelling is offered.
FEW = 3


@dataclass(frozen=True, slots=True)
class Found:
    """A page, and beside it what its facts are counted from."""

    page: SearchPage
    reading: Reading | None


def search(query: SearchQuery) -> SearchPage:
    """One page of ids. Two statements, three when a word is unknown.

    Raises InvalidInput (field `cursor`) for a cursor that this list did not give.
    """
    return search_with_reading(query).page


def search_with_reading(query: SearchQuery) -> Found:
    """The page, and how its words were read: give that to `search_facts`."""
    with connections[reading_alias()].cursor() as cursor:
        start = _start(query)
        if query.asks_for_everything:
            return Found(_page(cursor, query, EVERYTHING_READ, start), None)
        reading = question_read(cursor, query)
        if reading.is_empty or is_impossible(query, reading.meaning, lifted=()):
            return Found(SearchPage([], corrected=reading.corrected), reading)
        page = _page(cursor, query, reading, start)
        is_first = not query.cursor and not query.offset
        if is_first and len(page.ids) < FEW and reading.may_be_meant_otherwise:
            page = replace(page, did_you_mean=suggestion_of(cursor, reading))
        return Found(page, reading)


def search_facts(query: SearchQuery, reading: Reading | None = None) -> SearchFacts:
    """Total and facets: one or two statements, beside those that read the words unless `reading` is given."""
    with connections[reading_alias()].cursor() as cursor:
        reading = reading or question_read(cursor, query)
        if reading.is_empty or is_impossible(query, reading.meaning):
            return SearchFacts(Total(0, is_exact=True), Facets())
        return facts_count(cursor, query, reading)


def counts_without(
    query: SearchQuery, reading: Reading, lifted: Sequence[Collection[str]]
) -> list[int | None]:
    """How many would answer without each of these groups of conditions, all in one statement.

    None where that is COUNTED_WIDER or more. `words` is a condition like the others.
    """
    counts: list[str] = []
    values: list[Any] = []
    for names in lifted:
        condition = _condition_without(query, reading, names)
        counts.append(
            f"(SELECT count(*) FROM (SELECT FROM {TABLE} {condition.where} LIMIT {COUNTED_WIDER}) AS m)"
        )
        values += condition.values
    if not counts:
        return []
    with connections[reading_alias()].cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(counts)}", values)
        return [None if count >= COUNTED_WIDER else count for count in cursor.fetchone()]


def _condition_without(query: SearchQuery, reading: Reading, names: Collection[str]) -> Condition:
    meaning = reading.meaning
    empty = SearchQuery()
    wider = replace(query, **{name: getattr(empty, name) for name in names})
    words = words_query(reading.question, meaning.tokens) if wider.words else ""
    return condition_of(wider, meaning, words, lifted=names)


def _start(query: SearchQuery) -> Cursor | None:
    if not query.cursor:
        return None
    return cursor_decode(
        query.cursor, sorts=(query.sort, REST) if query.sort == Sort.RELEVANCE else (query.sort,)
    )


def _page(cursor: CursorWrapper, query: SearchQuery, reading: Reading, start: Cursor | None) -> SearchPage:
    size = min(max(query.size, 1), MAX_SIZE)
    meaning = reading.meaning
    words = words_query(reading.question, meaning.tokens)
    condition = condition_of(query, meaning, words)
    expected = estimate(meaning.rows, documents_of(reading.question, meaning))
    is_ranked = query.sort == Sort.RELEVANCE and bool(reading.question.groups)
    reach = _reach(expected, size, is_ranked=is_ranked, is_anything=not condition.sql)
    offset = 0 if start else min(max(query.offset, 0), reach)
    if is_ranked:
        titled = estimate(meaning.rows, documents_of(reading.question, meaning, in_titles=True))
        in_title = condition_of(query, meaning, title_query(reading.question, meaning.tokens))
        candidates = CANDIDATES_TYPING if query.is_typing else CANDIDATES
        asked = Words(words, condition, in_title, expected, titled, candidates)
        page = relevant_page(cursor, asked, start, size, offset)
    else:
        order = ORDERS.get(Sort(query.sort), QUALITY)
        page = sorted_page(cursor, (query.sort, order), condition, expected, start, (size, offset))
    return replace(page, corrected=reading.corrected, offset=offset, reach=reach)


def _reach(expected: Estimate, size: int, *, is_ranked: bool, is_anything: bool) -> int:
    """Where the last page with a number begins: as far as a page is found without reading all that match."""
    if is_anything or expected.matches <= GATHERED:
        return MAX_OFFSET
    rows = CANDIDATES if is_ranked else int(WINDOW * expected.share)
    return max(0, min(MAX_OFFSET, (rows - 1) // size * size - size))
