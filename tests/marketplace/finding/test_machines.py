"""Covers, the feed, the sitemap and robots.txt; and the pages for when things go wrong."""

import datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client

from listings.models import Listing, ListingStatus
from tests.factories import ListingFactory, UserFactory
from tests.marketplace.finding.test_prompt_page import buy

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def on_sale(**fields: Any) -> Any:
    return ListingFactory(status=ListingStatus.PUBLISHED, **fields)


def test_a_cover_is_a_picture_that_caches_keep(client: Client) -> None:
    on_sale(slug="it", title="Tea & toast")
    response = client.get("/prompts/it/cover.svg")
    assert response["Content-Type"] == "image/svg+xml"
    assert "public" in response["Cache-Control"]
    assert ElementTree.fromstring(response.content).tag.endswith("svg")  # noqa: S314 - our own drawing
    again = client.get("/prompts/it/cover.svg", headers={"If-None-Match": response["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", response["ETag"])


def test_a_cover_that_is_not_on_sale_is_for_its_seller_and_buyers_alone(client: Client) -> None:
    listing = on_sale(slug="it")
    buyer: Any = UserFactory()
    buy(listing, buyer)
    Listing.objects.update(status=ListingStatus.UNLISTED)
    statuses = []
    for reader in [None, UserFactory(), buyer, listing.seller.user]:
        if reader:
            client.force_login(reader)
        response = client.get("/prompts/it/cover.svg")
        statuses.append(response.status_code)
    assert statuses == [404, 404, 200, 200]
    assert "private" in response["Cache-Control"]
    assert "Cookie" in response["Vary"]


def test_the_feed_lists_the_newest_with_absolute_addresses(client: Client) -> None:
    on_sale(slug="it", title="Tea & toast", price_amount=499)
    ListingFactory(title="Draft")
    response = client.get("/feeds/new.atom")
    feed = ElementTree.fromstring(response.content)  # noqa: S314 - our own feed
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == ["Tea & toast · $4.99"]
    links = [link.get("href", "") for link in feed.iter(f"{ATOM}link")]
    assert all(link.startswith(settings.PUBLIC_URL) for link in links), links


def addresses(client: Client, url: str = "/sitemap.xml") -> list[str]:
    tree = ElementTree.fromstring(client.get(url).content)  # noqa: S314 - our own sitemap
    return [(place.text or "").removeprefix(settings.PUBLIC_URL) for place in tree.iter(f"{SITEMAP}loc")]


def test_the_sitemap_names_what_is_on_sale_and_its_shelves(client: Client) -> None:
    listing = on_sale(slug="it", model__slug="claude", category__slug="data")
    ListingFactory(slug="draft")
    found = addresses(client)
    assert {"/", "/prompts/", "/prompts/it/", "/models/claude/", "/categories/data/"} <= set(found)
    assert f"/sellers/{listing.seller.handle}/" in found
    assert "/prompts/draft/" not in found


def test_a_large_catalogue_has_an_index_of_sitemaps(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marketplace.pages.finding_machines.SITEMAP_LENGTH", 2)
    expected = {f"/prompts/{on_sale().slug}/" for _ in range(3)}
    parts = addresses(client)
    assert parts == ["/sitemap.xml?part=1", "/sitemap.xml?part=2"]
    assert expected <= {address for part in parts for address in addresses(client, part)}
    assert client.get("/sitemap.xml?part=3").status_code == 404


def test_robots_are_kept_from_what_is_private_and_shown_the_sitemap(client: Client) -> None:
    text = client.get("/robots.txt").content.decode()
    assert "Disallow: /library/" in text
    assert f"Sitemap: {settings.PUBLIC_URL}/sitemap.xml" in text


def test_a_page_that_is_not_there_says_so_in_our_own_dress(client: Client) -> None:
    response = client.get("/nothing/here/")
    assert response.status_code == 404
    assert b"Nothing is sold at this address" in response.content


@pytest.mark.parametrize("template", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"])
def test_error_pages_need_neither_a_request_nor_the_database(
    template: str, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        assert "Promptfair" in render_to_string(template)


@pytest.mark.parametrize(
    "url",
    [
        "/",
        "/prompts/",
        "/prompts/it/",
        "/models/claude/",
        "/prompts/it/cover.svg",
        "/sitemap.xml",
        "/robots.txt",
    ],
)
def test_pages_that_only_show_refuse_to_be_written_to(client: Client, url: str) -> None:
    on_sale(slug="it", model__slug="claude")
    assert client.post(url).status_code == 405


def test_the_sitemap_does_not_tell_that_the_hidden_text_is_being_changed(client: Client) -> None:
    listing = on_sale(slug="it")
    before = client.get("/sitemap.xml").content

    Listing.objects.filter(pk=listing.pk).update(updated_at=listing.updated_at + datetime.timedelta(days=3))

    assert client.get("/sitemap.xml").content == before
