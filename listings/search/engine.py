"""Answering a query: what its words mean, the page of ids, and how to go on from there."""

from dataclasses import dataclass, replace

from django.db import connections
from django.db.backends.utils import CursorWrapper

from common.replica import reading_alias
from listings.search.conditions import condition_of, is_impossible
from listings.search.correcting import Reading, question_read, suggestion_of
from listings.search.counting import facts_count
from listings.search.cursors import Cursor, cursor_decode
from listings.search.meaning import documents_of, title_query, words_query
from listings.search.pages import REST, relevant_page, sorted_page
from listings.search.planning import estimate
from listings.search.query import Facets, SearchFacts, SearchPage, SearchQuery, Sort, Total
from listings.search.relevance import Words
from listings.search.walking import ORDERS, QUALITY

MAX_SIZE = 100
# Pages may be numbered so far; further on there are cursors.
MAX_OFFSET = 480
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
        reading = question_read(cursor, query)
        start = _start(query)
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


def _start(query: SearchQuery) -> Cursor | None:
    if not query.cursor:
        return None
    return cursor_decode(
        query.cursor, sorts=(query.sort, REST) if query.sort == Sort.RELEVANCE else (query.sort,)
    )


def _page(cursor: CursorWrapper, query: SearchQuery, reading: Reading, start: Cursor | None) -> SearchPage:
    size = min(max(query.size, 1), MAX_SIZE)
    offset = 0 if start else min(max(query.offset, 0), MAX_OFFSET)
    meaning = reading.meaning
    words = words_query(reading.question, meaning.tokens)
    condition = condition_of(query, meaning, words)
    expected = estimate(meaning.rows, documents_of(reading.question, meaning))
    if query.sort == Sort.RELEVANCE and reading.question.groups:
        titled = estimate(meaning.rows, documents_of(reading.question, meaning, in_titles=True))
        title = title_query(reading.question, meaning.tokens)
        asked = Words(words, title, condition, expected, titled)
        page = relevant_page(cursor, asked, start, size, offset)
    else:
        order = ORDERS.get(Sort(query.sort), QUALITY)
        page = sorted_page(cursor, (query.sort, order), condition, expected, start, (size, offset))
    return replace(page, corrected=reading.corrected)
