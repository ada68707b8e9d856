"""Finding published listings: by page number for people, by cursor for programs, with facets for both."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Expression, ExpressionWrapper, F, FloatField, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import get_language

from listings.models import Listing
from listings.queries.cards import ListingCard, cards_of
from listings.queries.filters import CatalogueFilter, Sort, filtered_listings
from listings.queries.keyset import Cursor, cursor_decode, seek
from listings.search import relevance, search_query

PAGE_SIZE = 24
MAX_PAGE_SIZE = 100
# Above this, a total is said as "more than": counting on would cost more than anyone reads.
COUNT_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Facet:
    """A value to narrow the result by, and how many listings it would leave."""

    slug: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    models: list[Facet] = field(default_factory=list)
    categories: list[Facet] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """A numbered page. `next` and `previous` are page numbers; `total` is inexact above COUNT_LIMIT."""

    cards: list[ListingCard]
    total: int
    total_is_exact: bool
    number: int
    count: int
    next: int | None
    previous: int | None
    facets: Facets


@dataclass(frozen=True, slots=True)
class CatalogueSlice:
    """Cards between two cursors; a cursor is None where there is nothing more that way."""

    cards: list[ListingCard]
    next_cursor: str | None
    previous_cursor: str | None


@dataclass(frozen=True, slots=True)
class _Order:
    column: str
    descending: bool


_ORDERS = {
    Sort.RELEVANCE: _Order("score", descending=True),
    Sort.NEWEST: _Order("published_at", descending=True),
    Sort.BEST_SELLING: _Order("sales_count", descending=True),
    Sort.TOP_RATED: _Order("score", descending=True),
    Sort.PRICE_ASC: _Order("price_amount", descending=False),
    Sort.PRICE_DESC: _Order("price_amount", descending=True),
}


def catalogue_page(wanted: CatalogueFilter, *, page: int = 1, page_size: int = PAGE_SIZE) -> CataloguePage:
    """The `page`-th page; a number past the end gives the last one. Always four queries."""
    total = filtered_listings(wanted).order_by()[: COUNT_LIMIT + 1].count()
    known = min(total, COUNT_LIMIT)
    count = max(1, -(-known // page_size))
    number = min(max(page, 1), count)
    start = (number - 1) * page_size
    return CataloguePage(
        cards=cards_of(sorted_listings(wanted)[start : start + page_size]),
        total=known,
        total_is_exact=total <= COUNT_LIMIT,
        number=number,
        count=count,
        next=number + 1 if number < count else None,
        previous=number - 1 if number > 1 else None,
        facets=facets(wanted),
    )


def catalogue_slice(
    wanted: CatalogueFilter, *, cursor: str = "", page_size: int = PAGE_SIZE
) -> CatalogueSlice:
    """The cards beyond `cursor` (the first ones without), at most MAX_PAGE_SIZE, in two queries.

    Raises InvalidInput (field `cursor`) for a cursor that this list did not give.
    """
    size = min(max(page_size, 1), MAX_PAGE_SIZE)
    sort = wanted.effective_sort
    order = _ORDERS[Sort(sort)]
    start = cursor_decode(cursor, sort=sort) if cursor else None
    backwards = start is not None and start.backwards
    listings = sorted_listings(wanted, backwards=backwards)
    if start is not None:
        listings = seek(listings, start, column=order.column, descending=order.descending)
    ids_and_keys = list(listings.values_list("pk", order.column)[: size + 1])
    more = len(ids_and_keys) > size
    shown = ids_and_keys[:size]
    if backwards:
        shown.reverse()
    by_id = {card.id: card for card in cards_of(Listing.objects.filter(pk__in=[pk for pk, _ in shown]))}
    has_next = (more and not backwards) or (backwards and bool(shown))
    has_previous = (more and backwards) or (start is not None and not backwards and bool(shown))
    return CatalogueSlice(
        cards=[by_id[pk] for pk, _ in shown if pk in by_id],
        next_cursor=_cursor(sort, shown[-1], backwards=False) if has_next else None,
        previous_cursor=_cursor(sort, shown[0], backwards=True) if has_previous else None,
    )


def catalogue_cards(wanted: CatalogueFilter, *, limit: int) -> list[ListingCard]:
    """The first cards of a filter, in one query: for shelves that need no total."""
    return cards_of(sorted_listings(wanted)[:limit])


def sorted_listings(wanted: CatalogueFilter, *, backwards: bool = False) -> QuerySet[Listing]:
    """The filter's listings in its order, the id breaking ties the same way."""
    sort = wanted.effective_sort
    order = _ORDERS[Sort(sort)]
    listings = filtered_listings(wanted)
    if sort == Sort.RELEVANCE:
        listings = listings.annotate(score=relevance(search_query(wanted.q)))
    elif sort == Sort.TOP_RATED:
        listings = listings.annotate(score=_rating_score())
    sign = "-" if order.descending != backwards else ""
    return listings.order_by(f"{sign}{order.column}", f"{sign}pk")


def facets(wanted: CatalogueFilter) -> Facets:
    """How many listings each model and category would leave, the filter's own model or category aside."""
    named = "category__name_fr" if (get_language() or "").startswith("fr") else "category__name"
    return Facets(
        models=_counted(wanted.without("model"), "model__slug", "model__name", "model__position"),
        categories=_counted(wanted.without("category"), "category__slug", named, "category__position"),
    )


def _counted(wanted: CatalogueFilter, slug: str, name: str, position: str) -> list[Facet]:
    """Counted over at most COUNT_LIMIT listings, so that a common word costs no more than a rare one."""
    within = filtered_listings(wanted).order_by().values("pk")[:COUNT_LIMIT]
    rows = Listing.objects.filter(pk__in=within).values_list(slug, name, position).annotate(Count("pk"))
    return [Facet(slug, name, count) for slug, name, _, count in rows.order_by(position, name)]


def _rating_score() -> Expression:
    """The average drawn towards 4 as if by three more reviews, so that one 5 does not beat thirty."""
    stars, reviews = Cast(F("rating_sum") + 12, FloatField()), Cast(F("rating_count") + 3, FloatField())
    return ExpressionWrapper(stars / reviews, output_field=FloatField())


def _cursor(sort: str, row: tuple[int, Any], *, backwards: bool) -> str:
    row_id, value = row
    return Cursor(sort=sort, value=value, row_id=row_id, backwards=backwards).encode()
