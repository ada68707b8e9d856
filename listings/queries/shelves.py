"""Rows of cards beside the catalogue: what the front page opens with, and what staff put together."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, Value

from listings.models import Category, Collection, CollectionItem, ListingSearch, ListingStatus
from listings.queries.cards import ListingCard, cards_of_ids
from listings.search.engine import search_facts
from listings.search.query import Facet, SearchQuery

SHELF = 4
COLLECTIONS_AT_HOME = 3
# A collection is picked by hand; this bounds what a page reads of it.
COLLECTION_SIZE = 48


@dataclass(frozen=True, slots=True)
class CategoryTile:
    """A category and about how much of it is on sale."""

    category: Category
    count: int


@dataclass(frozen=True, slots=True)
class Row:
    """A collection and its cards."""

    collection: Collection
    cards: list[ListingCard]


@dataclass(frozen=True, slots=True)
class FrontShelves:
    """The shelves of the front page; `recent` are the listings asked for, in that order."""

    trending: list[ListingCard]
    newest: list[ListingCard]
    best_selling: list[ListingCard]
    free: list[ListingCard]
    recent: list[ListingCard]
    rows: list[Row]


def front_shelves(*, recent: Iterable[int] = ()) -> FrontShelves:
    """Everything in three queries: which listings on which shelf, which in which collection, their cards."""
    on_shelf = _front_ids()
    collections = _shown_items(CollectionItem.objects.filter(collection__is_shown=True), COLLECTIONS_AT_HOME)
    asked = list(recent)
    in_rows = [pk for _, ids in collections for pk in ids[:SHELF]]
    cards = cards_of_ids([*(pk for ids in on_shelf.values() for pk in ids), *in_rows, *asked])
    by_id = {card.id: card for card in cards}
    return FrontShelves(
        **{name: _present(by_id, on_shelf[name]) for name in ("trending", "newest", "best_selling", "free")},
        recent=_present(by_id, asked),
        rows=[Row(collection, _present(by_id, ids[:SHELF])) for collection, ids in collections],
    )


def front_choices() -> tuple[list[Facet], list[CategoryTile]]:
    """The models and the categories that have something on sale, about how much of it, in their order."""
    facets = search_facts(SearchQuery()).facets
    counts = {facet.slug: facet.count for facet in facets.categories}
    tiles = [
        CategoryTile(category, counts[category.slug]) for category in Category.objects.filter(slug__in=counts)
    ]
    return facets.models, tiles


def collection_cards(collection: Collection) -> list[ListingCard]:
    """What of a collection is on sale, in its order: one query."""
    items = CollectionItem.objects.filter(collection=collection)
    ids = items.order_by("position", "pk").values_list("listing", flat=True)[:COLLECTION_SIZE]
    return cards_of_ids(list(ids))


def featured_cards(*, model: str, limit: int = SHELF) -> list[ListingCard]:
    """What staff picked among a model's prompts: two queries."""
    items = CollectionItem.objects.filter(
        collection__is_shown=True, listing__status=ListingStatus.PUBLISHED, listing__model__slug=model
    )
    ids = items.order_by("collection__position", "position", "pk").values_list("listing", flat=True)
    return cards_of_ids(list(dict.fromkeys(ids[: limit * 2])))[:limit]


def _front_ids() -> dict[str, list[int]]:
    """Each shelf walks an index of its own, all in one statement."""
    rows = ListingSearch.objects.all()
    shelves: dict[str, QuerySet[Any]] = {
        "newest": rows.order_by("-published_at", "-listing")[:SHELF],
        # The pictures beside the site's name take three more.
        "best_selling": rows.filter(price_amount__gt=0).order_by("-sales_count", "-listing")[: SHELF + 3],
        "free": rows.filter(price_amount=0).order_by("-sales_count", "-listing")[:SHELF],
        "trending": rows.order_by("-trending", "-listing")[:SHELF],
    }
    named = [
        queryset.annotate(shelf=Value(name)).values_list("shelf", "listing")
        for name, queryset in shelves.items()
    ]
    ids: dict[str, list[int]] = defaultdict(list)
    for name, pk in named[0].union(*named[1:], all=True):
        ids[name].append(pk)
    return ids


def _shown_items(items: QuerySet[CollectionItem], most: int) -> list[tuple[Collection, list[int]]]:
    """The first collections that have something on sale, with the ids of it: one query."""
    found: dict[Collection, list[int]] = defaultdict(list)
    on_sale = items.filter(listing__status=ListingStatus.PUBLISHED).select_related("collection")
    for item in on_sale.order_by("collection__position", "collection", "position", "pk")[: 40 * SHELF]:
        found[item.collection].append(item.listing_id)
    return list(found.items())[:most]


def _present(by_id: dict[int, ListingCard], ids: Iterable[int]) -> list[ListingCard]:
    return [by_id[pk] for pk in ids if pk in by_id]
