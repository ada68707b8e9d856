"""Full-text search in PostgreSQL: the search rows, and the queries put to them.

A row is made of public text only. Each text stands in it twice: as it is ('simple', so that names and
numbers match) and stemmed in the listing's language; a query is asked in all three ways. Accents are dropped
on both sides in Python, because the embedded PostgreSQL has no unaccent.
"""

import unicodedata

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connection
from django.db.models import Expression, ExpressionWrapper, F, FloatField, Value
from django.db.models.functions import Cast, Ln

from listings.models import Listing, ListingSearch, ListingStatus

MAX_QUERY_LENGTH = 200
_STEMMERS = {"en": "english", "fr": "french"}
# The weights of D, C, B and A: nothing, description, facts, title.
_WEIGHTS = [0.0, 0.15, 0.4, 1.0]
_UPSERT = """
    INSERT INTO listings_listingsearch (listing_id, document)
    SELECT %(listing_id)s,
        setweight(to_tsvector('simple', %(title)s) || to_tsvector(%(stemmer)s::regconfig, %(title)s), 'A')
        || setweight(to_tsvector('simple', %(facts)s) || to_tsvector(%(stemmer)s::regconfig, %(facts)s), 'B')
        || setweight(to_tsvector('simple', %(description)s)
                     || to_tsvector(%(stemmer)s::regconfig, %(description)s), 'C')
    ON CONFLICT (listing_id) DO UPDATE SET document = excluded.document
"""


def search_row_refresh(listing_id: int) -> None:
    """Write the search row of a published listing from its public text; delete that of any other.

    Call it in the transaction that changed the listing's status or public text.
    """
    listing = (
        Listing.objects.filter(pk=listing_id, status=ListingStatus.PUBLISHED)
        .select_related("model", "category")
        .prefetch_related("tags")
        .first()
    )
    if listing is None:
        ListingSearch.objects.filter(listing_id=listing_id).delete()
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _UPSERT,
            {
                "listing_id": listing.pk,
                "stemmer": _STEMMERS.get(listing.language[:2], "simple"),
                "title": fold(listing.title),
                "facts": fold(_facts(listing)),
                "description": fold(listing.description),
            },
        )


def search_query(words: str) -> SearchQuery:
    """What a person typed, in web search syntax ("a phrase", -without, or), matched stemmed or literally."""
    folded = fold(words[:MAX_QUERY_LENGTH])
    queries = [
        SearchQuery(folded, search_type="websearch", config=config)
        for config in ("simple", "english", "french")
    ]
    return queries[0] | queries[1] | queries[2]


def relevance(query: SearchQuery) -> Expression:
    """How well a listing answers `query`, lifted mildly by sales: ten of them are worth a quarter more."""
    rank = SearchRank(F("search__document"), query, weights=_WEIGHTS, normalization=Value(1))
    popularity = Value(1.0) + Value(0.1) * Ln(Cast(F("sales_count") + 1, FloatField()))
    return ExpressionWrapper(rank * popularity, output_field=FloatField())


def fold(text: str) -> str:
    """`text` without accents and without characters that PostgreSQL cannot store."""
    decomposed = unicodedata.normalize("NFKD", text.replace("\x00", " "))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _facts(listing: Listing) -> str:
    tags = " ".join(tag.slug.replace("-", " ") for tag in listing.tags.all())
    category = f"{listing.category.name} {listing.category.name_fr}"
    return f"{listing.summary} {listing.model.name} {listing.model.provider} {category} {tags}"
