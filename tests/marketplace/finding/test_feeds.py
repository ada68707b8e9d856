"""Atom feeds: what is new of all, of a model, of a category."""

from typing import Any
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client

from listings.models import ListingStatus
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
FEEDS = ["/feeds/new.atom", "/feeds/models/claude.atom", "/feeds/categories/data.atom"]


def on_sale(**fields: Any) -> Any:
    return ListingFactory(status=ListingStatus.PUBLISHED, **fields)


def entries(client: Client, url: str) -> list[Any]:
    feed = ElementTree.fromstring(client.get(url).content)  # noqa: S314 - our own feed
    return feed.findall(f"{ATOM}entry")


def titles(client: Client, url: str) -> list[str | None]:
    return [entry.findtext(f"{ATOM}title") for entry in entries(client, url)]


def test_the_newest_come_with_absolute_addresses(client: Client):
    on_sale(slug="it", title="Tea & toast", price_amount=499)
    ListingFactory(title="Draft")
    assert titles(client, "/feeds/new.atom") == ["Tea & toast · $4.99"]
    feed = ElementTree.fromstring(client.get("/feeds/new.atom").content)  # noqa: S314 - our own feed
    links = [link.get("href", "") for link in feed.iter(f"{ATOM}link")]
    assert all(link.startswith(settings.PUBLIC_URL) for link in links), links


def test_an_entry_says_that_its_reader_came_by_the_feed_and_is_known_by_its_plain_address(client: Client):
    on_sale(slug="it")
    [entry] = entries(client, "/feeds/new.atom")
    assert entry.find(f"{ATOM}link").get("href") == f"{settings.PUBLIC_URL}/prompts/it/?via=feed"
    assert entry.findtext(f"{ATOM}id") == f"{settings.PUBLIC_URL}/prompts/it/"


def test_models_and_categories_have_their_own(client: Client):
    on_sale(title="Here", model__slug="claude", category__slug="data", price_amount=0)
    on_sale(title="There", model__slug="gemini", category__slug="games", price_amount=0)
    assert titles(client, "/feeds/models/claude.atom") == ["Here · Free"]
    assert titles(client, "/feeds/categories/data.atom") == ["Here · Free"]
    assert client.get("/feeds/models/none.atom").status_code == 404


@pytest.mark.parametrize("url", FEEDS)
def test_who_has_it_all_is_sent_nothing(client: Client, url: str):
    on_sale(model__slug="claude", category__slug="data")
    first = client.get(url)
    again = client.get(url, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    on_sale(model__slug="claude", category__slug="data")
    assert client.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 200


@pytest.mark.parametrize("url", FEEDS)
def test_more_entries_cost_no_more_queries(client: Client, url: str, django_assert_max_num_queries: Any):
    for _ in range(5):
        on_sale(model__slug="claude", category__slug="data")
    client.get(url)
    with django_assert_max_num_queries(4):
        client.get(url)
