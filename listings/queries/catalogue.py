"""Finding published listings: by page number for people, by cursor for programs, with facets for both."""

from dataclasses import dataclass, replace

from django.db.models import F, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import get_language

from listings.models import Category, TargetModel
from listings.queries.cards import ListingCard, cards_of_ids
from listings.queries.filters import CatalogueFilter
from listings.search.correcting import Reading
from listings.search.engine import MAX_OFFSET, MAX_SIZE, search, search_facts, search_with_reading
from listings.search.query import PAGE_SIZE, Facet, Facets

__all__ = [
    "PAGE_SIZE",
    "CataloguePage",
    "CatalogueSlice",
    "Facet",
    "Facets",
    "catalogue_cards",
    "catalogue_names",
    "catalogue_page",
    "catalogue_slice",
]

MAX_PAGE_SIZE = MAX_SIZE


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """A numbered page. `next` and `previous` are page numbers; `total` may be an estimate.

    Pages are numbered as far as anyone turns them; `next_cursor` leads on from the last one. `corrected` is
    what was searched instead of words that stand nowhere, `did_you_mean` what else could be searched; both
    may be empty.
    """

    cards: list[ListingCard]
    total: int
    total_is_exact: bool
    number: int
    count: int
    next: int | None
    previous: int | None
    facets: Facets
    corrected: str = ""
    did_you_mean: str = ""
    next_cursor: str = ""
    previous_cursor: str = ""
    reading: Reading | None = None


@dataclass(frozen=True, slots=True)
class CatalogueSlice:
    """Cards between two cursors; a cursor is None where there is nothing more that way."""

    cards: list[ListingCard]
    next_cursor: str | None
    previous_cursor: str | None


def catalogue_page(
    wanted: CatalogueFilter, *, page: int = 1, page_size: int = PAGE_SIZE, cursor: str = ""
) -> CataloguePage:
    """The `page`-th page, or the one beyond `cursor`. Four statements; a few more where words are unknown.

    A number past the last page gives the last one. Raises InvalidInput (field `cursor`) for a cursor that
    this list did not give.
    """
    number = min(max(page, 1), MAX_OFFSET // page_size + 1)
    query = replace(wanted.search_query(), size=page_size, offset=(number - 1) * page_size, cursor=cursor)
    found = search_with_reading(query)
    facts = search_facts(query, found.reading)
    total = facts.total
    shown, result = cards_of_ids(found.page.ids), found.page
    last = result.reach // page_size + 1
    number = number if cursor else result.offset // page_size + 1
    count = min(last, max(1, -(-total.count // page_size), number if result.ids else 1))
    if number > 1 and not result.ids and not cursor:
        return catalogue_page(wanted, page=min(count, number - 1), page_size=page_size)
    return CataloguePage(
        cards=shown,
        total=total.count,
        total_is_exact=total.is_exact,
        number=number,
        count=count,
        next=number + 1 if number < count and result.next_cursor else None,
        previous=number - 1 if number > 1 else None,
        facets=facts.facets,
        corrected=result.corrected,
        did_you_mean=result.did_you_mean,
        next_cursor=result.next_cursor,
        previous_cursor=result.previous_cursor,
        reading=found.reading,
    )


def catalogue_slice(
    wanted: CatalogueFilter, *, cursor: str = "", page_size: int = PAGE_SIZE
) -> CatalogueSlice:
    """The cards beyond `cursor` (the first ones without), at most MAX_PAGE_SIZE, in three statements.

    Raises InvalidInput (field `cursor`) for a cursor that this list did not give.
    """
    size = min(max(page_size, 1), MAX_PAGE_SIZE)
    found = search(replace(wanted.search_query(), size=size, cursor=cursor))
    return CatalogueSlice(
        cards=cards_of_ids(found.ids),
        next_cursor=found.next_cursor or None,
        previous_cursor=found.previous_cursor or None,
    )


def catalogue_cards(wanted: CatalogueFilter, *, limit: int) -> list[ListingCard]:
    """The first cards of a filter, in three statements: for shelves that need no total."""
    return cards_of_ids(search(replace(wanted.search_query(), size=limit)).ids)


def catalogue_names() -> tuple[dict[str, str], dict[str, str]]:
    """The names of all models and categories by their slugs, in their order, in one statement."""
    french = (get_language() or "").startswith("fr")
    columns = ("position", "kind", "slug", "shown")
    models = TargetModel.objects.annotate(kind=Value("model"), shown=F("name")).values_list(*columns)
    name = Coalesce(NullIf("name_fr", Value("")), "name") if french else F("name")
    categories = Category.objects.annotate(kind=Value("category"), shown=name).values_list(*columns)
    names: dict[str, dict[str, str]] = {"model": {}, "category": {}}
    for _, kind, slug, shown in models.order_by().union(categories.order_by(), all=True).order_by(*columns):
        names[kind][slug] = shown
    return names["model"], names["category"]
