"""Where little is found, the page says what would find more."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from listings.models import Listing, ListingStatus
from listings.search import search_row_refresh
from listings.search.vocabulary import vocabulary_count
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db


def on_sale(**fields: Any) -> Listing:
    listing: Any = ListingFactory(status=ListingStatus.PUBLISHED, **fields)
    search_row_refresh(listing.pk)
    return listing  # type: ignore[no-any-return]


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def wider(html: str) -> dict[str, tuple[str, int]]:
    """The ways offered: by label, where they lead and how many prompts they promise."""
    section = html.partition('id="wider-title"')[2].partition("</section>")[0]
    links = re.findall(r'href="([^"]*)">(.*?) <span class="chip-count">(\d+)<', section)
    return {label: (href.replace("&amp;", "&"), int(count)) for href, label, count in links}


def total(html: str) -> int:
    return int(re.search(r"(\d+) prompts?<", html).group(1))


@pytest.fixture
def catalogue() -> None:
    for model, category, price in [
        *[("claude", "business", 900)] * 4,
        *[("gemini", "business", 500)] * 3,
        *[("gemini", "games", 500)] * 2,
    ]:
        on_sale(title="Invoice letter", model__slug=model, category__slug=category, price_amount=price)


@pytest.mark.parametrize(
    "url",
    [
        "/prompts/?q=invoice&model=claude&category=games",
        "/prompts/?model=claude&max_price=6",
        "/prompts/?category=games&model=gemini&rating=4",
        "/prompts/?q=zebra&model=claude",
        "/prompts/?tag=nothing&category=games",
    ],
)
def test_each_way_finds_as_many_as_it_promises(client: Client, catalogue: None, url: str):
    ways = wider(page(client, url))
    assert ways
    for href, count in ways.values():
        assert total(page(client, href)) == count > 0


def test_the_ways_that_find_most_come_first(client: Client, catalogue: None):
    ways = wider(page(client, "/prompts/?q=invoice&model=claude&category=games"))
    assert list(ways) == ["any category", "any model"]
    assert [count for _, count in ways.values()] == [4, 2]


def test_where_enough_is_found_nothing_is_offered(client: Client, catalogue: None):
    assert wider(page(client, "/prompts/?model=claude")) == {}


def test_a_slip_of_the_fingers_still_finds_and_says_what(client: Client, catalogue: None):
    vocabulary_count()
    html = page(client, "/prompts/?q=invioce")
    assert "results for “invoice”" in html
    assert "Invoice letter" in html


@pytest.mark.parametrize(
    "url",
    [
        "/prompts/",
        "/prompts/?q=invoice",
        "/prompts/?q=zebra",
        "/prompts/?q=invioce&model=claude",
        "/prompts/?q=zebra&model=claude&category=games&max_price=6&rating=4&tag=x&language=en",
    ],
)
def test_no_page_of_results_takes_more_than_a_dozen_statements(client: Client, catalogue: None, url: str):
    page(client, url)
    with CaptureQueriesContext(connection) as captured:
        page(client, url)
    asked = [query["sql"] for query in captured if "common_clockoffset" not in query["sql"]]
    assert len(asked) <= 12, "\n".join(sql[:150] for sql in asked)


def test_where_numbers_end_a_link_goes_on(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("listings.queries.catalogue.MAX_OFFSET", 24)
    monkeypatch.setattr("listings.search.engine.MAX_OFFSET", 24)
    slugs = {on_sale().slug for _ in range(60)}
    second = page(client, "/prompts/?page=2")
    assert "Page 2 of 2" in second
    onward = re.search(r'rel="next" href="([^"]*)"', second).group(1).replace("&amp;", "&")
    third = page(client, f"/prompts/{onward}")
    pages = [page(client, "/prompts/"), second, third]
    shown = [slug for html in pages for slug in re.findall(r'card-title"><a href="/prompts/([^/]*)/"', html)]
    assert sorted(shown) == sorted(slugs)
    assert "First page" in third


def test_a_cursor_that_means_nothing_shows_the_first_page(client: Client, catalogue: None):
    assert "9 prompts" in page(client, "/prompts/?cursor=nonsense")


def test_kind_and_language_narrow(client: Client):
    on_sale(title="Paint it", model__slug="flux", language="fr")
    on_sale(title="Write it", model__slug="claude")
    Listing.objects.get(title="Paint it").model.__class__.objects.filter(slug="flux").update(modality="image")
    for listing in Listing.objects.all():
        search_row_refresh(listing.pk)
    for query in ("modality=image", "language=fr"):
        html = page(client, f"/prompts/?{query}")
        assert "Paint it" in html
        assert "Write it" not in html
