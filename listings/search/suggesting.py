"""What a person may be about to type: words of the vocabulary, and titles of the best listings."""

from dataclasses import dataclass

from django.db import connections

from common.replica import reading_alias
from listings.models import Listing, ListingStatus
from listings.search.correcting import completions
from listings.search.engine import search
from listings.search.query import SearchQuery
from listings.search.text import MAX_QUERY_LENGTH, tokens

WORDS = 5
TITLES = 5


@dataclass(frozen=True, slots=True)
class TitleSuggestion:
    slug: str
    title: str


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Whole questions to ask, the likeliest first, and listings to go to at once."""

    words: list[str]
    listings: list[TitleSuggestion]


def suggestions(typed: str) -> Suggestions:
    """For `typed` so far, in at most six statements; nothing below two letters."""
    typed = typed[:MAX_QUERY_LENGTH].replace("\x00", " ")
    found = tokens(typed)
    if not found or len(found[-1]) < 2:
        return Suggestions([], [])
    begun = typed.lower().rstrip()
    head = begun[: len(begun) - len(begun.split()[-1])]
    with connections[reading_alias()].cursor() as cursor:
        words = [f"{head}{known.shown}" for known in completions(cursor, found[-1], WORDS)]
    page = search(SearchQuery(words=typed, is_typing=True, size=TITLES))
    if page.corrected and page.corrected not in words:
        words.append(page.corrected)
    return Suggestions(words[:WORDS], _titles(page.ids))


def _titles(ids: list[int]) -> list[TitleSuggestion]:
    published = (
        Listing.objects.using(reading_alias()).filter(status=ListingStatus.PUBLISHED).only("slug", "title")
    )
    by_id = published.in_bulk(ids)
    return [TitleSuggestion(by_id[pk].slug, by_id[pk].title) for pk in ids if pk in by_id]
