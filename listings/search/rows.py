"""Writing search rows: in the transaction that changed the listing, from its public text only.

Beside its words a document holds terms for what is filtered by (`=m/3` is the model with id 3) and the words
of its title once more (`^letter`), so that one index answers for any mixture of them.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import Q

from listings.models import Listing, ListingSearch, ListingStatus
from listings.search.text import indexed_tokens, surfaces, tokens

# What a description is found by; also what keeps rows narrow.
DESCRIPTION_TOKENS = 300
SAMPLE_EVERY = 50
EVERYTHING = "=all"
TITLE_MARK = "^"
CONFIGURATIONS = {"en": "promptfair_english", "fr": "promptfair_french"}
_REFRESH_BATCH = 500

# The document of a row, of tokens; the benchmark fills a million rows by the same words.
DOCUMENT = """
    setweight(to_tsvector({configuration}::regconfig, {title}), 'A')
    || setweight(to_tsvector({configuration}::regconfig, {summary}), 'B')
    || setweight(to_tsvector('promptfair_english', {facts}), 'B')
    || setweight(to_tsvector('promptfair_french', {facts}), 'B')
    || setweight(to_tsvector({configuration}::regconfig, {description}), 'C')
    || array_to_tsvector({terms} || ARRAY(
        SELECT '^' || lexeme FROM unnest(to_tsvector({configuration}::regconfig, {title}))))"""
_PARTS = ("configuration", "title", "summary", "facts", "description", "terms")
_PARAMETERS = {name: f"%({name})s" for name in _PARTS}
_WRITE = f"""
WITH listing AS (
    SELECT id, published_at, model_id, category_id, price_amount, sales_count, rating_count, rating_sum,
        language
    FROM listings_listing WHERE id = %(listing_id)s
), old AS (
    SELECT document FROM listings_listingsearch WHERE listing_id = %(listing_id)s
), written AS (
    INSERT INTO listings_listingsearch (listing_id, published_at, model_id, category_id, price_amount,
        sales_count, stars, rating, quality, trending, tier, sampled, language, document)
    SELECT id, published_at, model_id, category_id, price_amount, sales_count,
        listings_search_stars(rating_sum, rating_count), listings_search_rating(rating_sum, rating_count),
        listings_search_quality(sales_count, price_amount, rating_sum, rating_count, published_at),
        listings_search_trending(id, published_at), 1, listings_search_sampled(id), left(language, 2),
        {DOCUMENT.format(**_PARAMETERS)}
    FROM listing
    ON CONFLICT (listing_id) DO UPDATE SET
        (published_at, model_id, category_id, price_amount, sales_count, stars, rating, quality, language,
         document)
        = (excluded.published_at, excluded.model_id, excluded.category_id, excluded.price_amount,
           excluded.sales_count, excluded.stars, excluded.rating, excluded.quality, excluded.language,
           excluded.document)
    RETURNING document
), difference AS (
    SELECT ARRAY(SELECT unnest(tsvector_to_array(written.document))
                 EXCEPT SELECT unnest(tsvector_to_array(old.document)) ORDER BY 1) AS added,
           ARRAY(SELECT unnest(tsvector_to_array(old.document))
                 EXCEPT SELECT unnest(tsvector_to_array(written.document)) ORDER BY 1) AS removed
    FROM written LEFT JOIN old ON true
)
INSERT INTO listings_searchchange (added, removed, words, created_at)
SELECT added, removed, %(words)s, now() FROM difference WHERE added <> '{{}}' OR removed <> '{{}}'
"""
_DELETE = """
WITH gone AS (DELETE FROM listings_listingsearch WHERE listing_id = ANY (%(listing_ids)s) RETURNING document)
INSERT INTO listings_searchchange (added, removed, words, created_at)
SELECT '{}', tsvector_to_array(document), '{}', now() FROM gone
"""


def search_row_refresh(listing_id: int) -> None:
    """Write the search row of a published listing from its public text; delete that of any other.

    Call it in the transaction that changed the listing's status or public text, under the listing's lock.
    Price, sales, ratings and what trends are followed by triggers and need no call.
    """
    search_rows_refresh([listing_id])


def search_rows_refresh(listing_ids: Iterable[int]) -> None:
    """The same for several listings."""
    wanted = sorted(set(listing_ids))
    published = (
        Listing.objects.filter(pk__in=wanted, status=ListingStatus.PUBLISHED)
        .select_related("model", "category", "seller")
        .prefetch_related("tags")
        .order_by("pk")
    )
    written = set()
    with connection.cursor() as cursor:
        for listing in published:
            cursor.execute(_WRITE, _values(listing))
            written.add(listing.pk)
        if gone := [pk for pk in wanted if pk not in written]:
            cursor.execute(_DELETE, {"listing_ids": gone})


def search_rows_complete(limit: int = _REFRESH_BATCH) -> int:
    """Write rows that are missing, and delete those of listings no longer on sale. Returns how many.

    For the sweeper: rows are missing after an upgrade that made the table anew.
    """
    missing = Listing.objects.filter(Q(status=ListingStatus.PUBLISHED), search=None).values_list(
        "pk", flat=True
    )
    stale = ListingSearch.objects.exclude(listing__status=ListingStatus.PUBLISHED)
    found = [*missing.order_by("-pk")[:limit], *stale.values_list("pk", flat=True)[:limit]]
    search_rows_refresh(found)
    return len(found)


def filter_term(kind: str, value: object) -> str:
    """A filter's value as a term: m(odel), c(ategory), s(eller) and t(ag) by id, l(anguage), d (modality)."""
    return f"={kind}/{value}"


def _values(listing: Listing) -> dict[str, Any]:
    language = listing.language[:2]
    facts = _facts(listing)
    title, summary = indexed_tokens(listing.title, language), indexed_tokens(listing.summary, language)
    description = indexed_tokens(listing.description, language)[:DESCRIPTION_TOKENS]
    return {
        "listing_id": listing.pk,
        "configuration": CONFIGURATIONS.get(language, "simple"),
        "title": " ".join(title),
        "summary": " ".join(summary),
        "facts": " ".join(facts),
        "description": " ".join(description),
        "terms": _terms(listing),
        "words": _words(listing, {*title, *summary, *facts, *description}),
    }


def _facts(listing: Listing) -> list[str]:
    tags = " ".join(tag.slug for tag in listing.tags.all())
    category = f"{listing.category.name} {listing.category.name_fr}"
    return tokens(f"{listing.model.name} {listing.model.provider} {category} {tags}")


def _words(listing: Listing, found: set[str]) -> list[str]:
    """The words the listing is found by, as a person writes them."""
    shown = surfaces(f"{listing.title} {listing.summary} {listing.description}")
    return sorted(shown.get(token, token) for token in found)


def _terms(listing: Listing) -> list[str]:
    return [
        EVERYTHING,
        filter_term("m", listing.model_id),
        filter_term("d", listing.model.modality),
        filter_term("c", listing.category_id),
        filter_term("s", listing.seller_id),
        filter_term("l", listing.language[:2]),
        *(filter_term("t", tag.pk) for tag in listing.tags.all()),
    ]
