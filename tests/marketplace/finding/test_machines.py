"""Covers, robots.txt and llms.txt; and the pages for when things go wrong."""

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


def test_robots_are_kept_from_what_is_private_and_shown_the_sitemap(client: Client) -> None:
    text = client.get("/robots.txt").content.decode()
    assert "Disallow: /library/" in text
    assert f"Sitemap: {settings.PUBLIC_URL}/sitemap.xml" in text


def test_language_models_are_told_where_things_are(client: Client) -> None:
    on_sale(model__slug="claude", category__slug="data")
    response = client.get("/llms.txt")
    text = response.content.decode()
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    for path in ["/prompts/", "/models/claude/", "/categories/data/", "/feeds/new.atom", "/api/docs/"]:
        assert f"({settings.PUBLIC_URL}{path})" in text
    assert "&#x27;" not in text


def test_a_page_that_is_not_there_says_so_in_our_own_dress(client: Client) -> None:
    response = client.get("/nothing/here/")
    assert response.status_code == 404
    assert b"Nothing is sold at this address" in response.content


@pytest.mark.parametrize(
    "template", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html", "503.html"]
)
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
        "/sitemap-shelves.xml",
        "/robots.txt",
        "/llms.txt",
    ],
)
def test_pages_that_only_show_refuse_to_be_written_to(client: Client, url: str) -> None:
    on_sale(slug="it", model__slug="claude")
    assert client.post(url).status_code == 405
