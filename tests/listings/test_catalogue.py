"""Filters, sorts, pages, cursors and facets of the catalogue."""

import base64
import datetime
import json
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from common import clock
from common.errors import InvalidInput, NotFound
from listings.models import Listing, ListingSearch, ListingStatus
from listings.queries.catalogue import catalogue_page, catalogue_slice
from listings.queries.detail import public_listing, public_version, seller_facts, similar_listings
from listings.queries.filters import CatalogueFilter
from listings.search import search_row_refresh
from listings.search.query import Sort
from listings.search.vocabulary import vocabulary_count
from tests.factories import CategoryFactory, ListingFactory, SellerProfileFactory, TargetModelFactory

pytestmark = pytest.mark.django_db


def on_sale(**fields: Any) -> Listing:
    listing: Any = ListingFactory(status=ListingStatus.PUBLISHED, **fields)
    search_row_refresh(listing.pk)
    return listing  # type: ignore[no-any-return]


def slugs(**conditions: Any) -> list[str]:
    return sorted(card.slug for card in catalogue_page(CatalogueFilter(**conditions)).cards)


def read(query: str, **options: Any) -> tuple[CatalogueFilter, dict[str, list[str]]]:
    return CatalogueFilter.from_params(QueryDict(query), **options)


@pytest.mark.parametrize(
    "status", [status for status in ListingStatus if status != ListingStatus.PUBLISHED], ids=str
)
def test_only_published_listings_are_in_the_catalogue(status: ListingStatus) -> None:
    listing: Any = ListingFactory(status=status)
    assert slugs() == []
    with pytest.raises(NotFound):
        public_listing(listing.slug)


def test_each_condition_narrows() -> None:
    on_sale(slug="a", model__slug="claude", category__slug="data", price_amount=300, tags=["sql"])
    on_sale(slug="b", price_amount=900, rating_count=2, rating_sum=9)
    on_sale(slug="c", price_amount=0, rating_count=1, rating_sum=3)
    assert slugs(model="claude") == slugs(category="data") == slugs(tag="sql") == ["a"]
    assert slugs(min_price=300, max_price=899) == ["a"]
    assert slugs(free=True) == ["c"]
    assert slugs(rating=4) == ["b"]
    assert slugs(model="claude", rating=4) == []


def test_a_query_string_is_read() -> None:
    TargetModelFactory(slug="claude")
    CategoryFactory(slug="data")
    wanted, errors = read(
        "q=sql&model=claude&category=data&tag=SQL&min_price=300&max_price=900&free=1&rating=4&sort=newest"
    )
    assert not errors
    assert wanted == CatalogueFilter(
        q="sql",
        model="claude",
        category="data",
        tag="sql",
        min_price=300,
        max_price=900,
        free=True,
        rating=4,
        sort="newest",
    )


def test_pages_give_prices_in_dollars_and_the_api_in_cents() -> None:
    assert read("min_price=7.50", amounts="major")[0].min_price == read("min_price=750")[0].min_price == 750
    assert read("max_price=4,99", amounts="major")[0].max_price == 499


@pytest.mark.parametrize("amounts", ["minor", "major"])
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("min_price=abc", "min_price"),
        ("max_price=-1", "max_price"),
        ("max_price=NaN", "max_price"),
        ("max_price=1e400000", "max_price"),
        ("min_price=٣", "min_price"),
        ("model=unknown", "model"),
        ("category=unknown", "category"),
        ("rating=9", "rating"),
        ("free=perhaps", "free"),
        ("sort=best", "sort"),
    ],
)
def test_a_bad_value_is_named_and_the_rest_still_filters(query: str, field: str, amounts: Any) -> None:
    on_sale(slug="a", tags=["sql"])
    on_sale(slug="b")
    wanted, errors = read(f"{query}&tag=sql", amounts=amounts)
    assert list(errors) == [field]
    assert [card.slug for card in catalogue_page(wanted).cards] == ["a"]


def test_a_value_of_nothing_is_no_condition() -> None:
    assert read("q=%00&model=%00&min_price=+&free=") == (CatalogueFilter(), {})


def test_a_highest_price_below_the_lowest_is_named() -> None:
    wanted, errors = read("min_price=900&max_price=300")
    assert (list(errors), wanted.min_price, wanted.max_price) == (["max_price"], 900, None)


def test_a_price_beyond_any_column_is_as_good_as_the_highest() -> None:
    on_sale(slug="a")
    assert [card.slug for card in catalogue_page(read("max_price=99999999999999")[0]).cards] == ["a"]


def test_a_filter_writes_the_query_string_it_was_read_from() -> None:
    TargetModelFactory(slug="claude")
    query = "q=a+b&model=claude&min_price=3&max_price=7.50&free=1&rating=4&sort=newest"
    assert read(query, amounts="major")[0].query_string() == query


SORTED = {
    Sort.NEWEST: ["c", "b", "a"],
    Sort.BEST_SELLING: ["b", "c", "a"],
    Sort.TOP_RATED: ["a", "c", "b"],
    Sort.PRICE_ASC: ["b", "a", "c"],
    Sort.PRICE_DESC: ["c", "a", "b"],
    Sort.RELEVANCE: ["c", "a", "b"],
    Sort.TRENDING: ["c", "b", "a"],
}


def three_listings() -> None:
    start = clock.now() - datetime.timedelta(days=3)
    facts = {
        "a": {"sales_count": 1, "price_amount": 500, "rating_count": 30, "rating_sum": 147},
        "b": {"sales_count": 9, "price_amount": 0, "rating_count": 4, "rating_sum": 8},
        "c": {"sales_count": 5, "price_amount": 900, "rating_count": 1, "rating_sum": 5},
    }
    for number, (slug, fields) in enumerate(facts.items()):
        on_sale(slug=slug, title="Invoices", published_at=start + datetime.timedelta(days=number), **fields)


@pytest.mark.parametrize("sort", Sort, ids=str)
def test_sorts(sort: Sort) -> None:
    three_listings()
    words = "invoices" if sort == Sort.RELEVANCE else ""
    page = catalogue_page(CatalogueFilter(q=words, sort=sort))
    assert [card.slug for card in page.cards] == SORTED[sort]


@pytest.mark.parametrize("sort", Sort, ids=str)
def test_cursors_walk_every_sort_to_its_end_and_back(sort: Sort) -> None:
    three_listings()
    wanted = CatalogueFilter(q="invoices", sort=sort)
    first = catalogue_slice(wanted, page_size=1)
    second = catalogue_slice(wanted, cursor=first.next_cursor or "", page_size=1)
    third = catalogue_slice(wanted, cursor=second.next_cursor or "", page_size=1)
    back = catalogue_slice(wanted, cursor=third.previous_cursor or "", page_size=1)
    start = catalogue_slice(wanted, cursor=back.previous_cursor or "", page_size=1)
    walked = [part.cards[0].slug for part in (first, second, third, back, start)]
    assert walked == [*SORTED[sort], *SORTED[sort][1::-1]]
    assert (first.previous_cursor, third.next_cursor, start.previous_cursor) == (None, None, None)
    assert start.next_cursor == first.next_cursor


@pytest.mark.parametrize("sort", Sort, ids=str)
def test_equal_rows_are_neither_lost_nor_repeated(sort: Sort) -> None:
    now = clock.now()
    expected = {on_sale(title="Invoices", published_at=now).slug for _ in range(7)}
    seen: list[str] = []
    cursor = ""
    while True:
        part = catalogue_slice(CatalogueFilter(q="invoices", sort=sort), cursor=cursor, page_size=2)
        seen += [card.slug for card in part.cards]
        if part.next_cursor is None:
            break
        cursor = part.next_cursor
    assert len(seen) == len(expected)
    assert set(seen) == expected


def encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense",
        "é",
        "=" * 9,
        "x" * 5000,
        encoded(["price_asc", 3, 1, 0]),
        encoded(["newest", "yesterday", 1, 0]),
        encoded(["newest", 5, 1, 0]),
        encoded(["newest", "2026-01-01T00:00:00", 1, 0]),
        encoded(["newest", "2026-01-01T00:00:00+00:00", 10**30, 0]),
        encoded(["newest", "2026-01-01T00:00:00+00:00", True, 0]),
        encoded({"sort": "newest"}),
        encoded([[[]]]),
    ],
)
def test_a_cursor_of_another_list_is_refused_by_name(cursor: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        catalogue_slice(CatalogueFilter(sort=Sort.NEWEST), cursor=cursor)
    assert list(refused.value.errors) == ["cursor"]


def test_pages_count_and_turn() -> None:
    for _ in range(5):
        on_sale()
    page = catalogue_page(CatalogueFilter(), page=2, page_size=2)
    assert (page.total, page.count, page.number, page.next, page.previous) == (5, 3, 2, 3, 1)
    last = catalogue_page(CatalogueFilter(), page=99, page_size=2)
    assert (last.number, last.next, len(last.cards)) == (3, None, 1)


def test_a_large_total_is_estimated_from_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("counting", "planning"):
        monkeypatch.setattr(f"listings.search.{module}.COUNTED", 2)
    for slug in ("one", "two", "three", "four"):
        on_sale(slug=slug, title="Invoices")
    while vocabulary_count():
        pass
    ListingSearch.objects.update(sampled=False)
    ListingSearch.objects.filter(listing__slug="one").update(sampled=True)
    page = catalogue_page(CatalogueFilter(q="invoices"))
    assert (page.total, page.total_is_exact) == (50, False)


def test_facets_count_under_the_other_conditions_and_not_under_their_own() -> None:
    on_sale(model__slug="claude", category__slug="data")
    on_sale(model__slug="claude", category__slug="writing")
    on_sale(model__slug="gemini", category__slug="data")
    ListingFactory(status=ListingStatus.DRAFT, model__slug="gemini", category__slug="data")
    facets = catalogue_page(CatalogueFilter(model="claude", category="data")).facets
    assert {facet.slug: facet.count for facet in facets.models} == {"claude": 1, "gemini": 1}
    assert {facet.slug: facet.count for facet in facets.categories} == {"data": 1, "writing": 1}


def test_more_rows_cost_no_more_queries() -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            catalogue_page(CatalogueFilter(q="invoices"))
            catalogue_slice(CatalogueFilter(q="invoices"))
        return len(captured)

    on_sale(title="Invoices", tags=["a"])
    before = queries()
    for _ in range(6):
        on_sale(title="Invoices", tags=["a", "b"])
    assert queries() == before == 7


def test_public_facts_are_read_without_the_text() -> None:
    on_sale(slug="a", text="The canary quokkaword sings to {{topic}}.", instructions="Quokkaword.")
    with CaptureQueriesContext(connection) as captured:
        version = public_version(public_listing("a"))
    assert [variable.name for variable in version.variables] == ["topic"]
    assert len(version.examples) == 2
    statements = " ".join(query["sql"] for query in captured)
    assert '"text"' not in statements
    assert '"instructions"' not in statements
    assert "quokkaword" not in repr(version).lower()


def test_similar_listings_share_tags_first_then_category() -> None:
    listing = on_sale(slug="it", category__slug="data", tags=["sql", "charts"], model__slug="claude")
    on_sale(slug="same-tags", category__slug="writing", tags=["sql", "charts"], model__slug="gemini")
    on_sale(slug="same-category", category__slug="data", model__slug="gemini", sales_count=90)
    on_sale(slug="other", category__slug="writing", model__slug="gemini")
    ListingFactory(slug="draft", category=listing.category, tags=["sql", "charts"])
    found = [card.slug for card in similar_listings(public_listing("it"))]
    assert found == ["same-tags", "same-category"]


def test_a_storefront_is_summed_over_what_it_has_on_sale() -> None:
    seller: Any = SellerProfileFactory()
    on_sale(seller=seller, sales_count=3, rating_count=2, rating_sum=9)
    on_sale(seller=seller, sales_count=1)
    ListingFactory(seller=seller, sales_count=50)
    on_sale(sales_count=70)
    facts = seller_facts(seller)
    assert (facts.listings_count, facts.sales_count, facts.rating_average) == (2, 4, 4.5)
