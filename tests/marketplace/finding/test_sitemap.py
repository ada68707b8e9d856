"""The sitemap: an index of parts by ranges of ids."""

import datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client

from listings.models import Listing, ListingStatus
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def on_sale(**fields: Any) -> Any:
    return ListingFactory(status=ListingStatus.PUBLISHED, **fields)


def body(client: Client, url: str) -> bytes:
    response: Any = client.get(url)
    assert response.status_code == 200
    return response.getvalue()  # type: ignore[no-any-return]


def addresses(client: Client, url: str = "/sitemap.xml") -> list[str]:
    tree = ElementTree.fromstring(body(client, url))  # noqa: S314 - our own sitemap
    return [(place.text or "").removeprefix(settings.PUBLIC_URL) for place in tree.iter(f"{SITEMAP}loc")]


def everything(client: Client) -> list[str]:
    return [address for part in addresses(client) for address in addresses(client, part)]


def test_it_names_what_is_on_sale_and_its_shelves(client: Client):
    listing = on_sale(slug="it", model__slug="claude", category__slug="data")
    draft = ListingFactory(slug="draft")
    found = everything(client)
    assert {"/", "/prompts/", "/prompts/it/", "/models/claude/", "/categories/data/"} <= set(found)
    assert f"/sellers/{listing.seller.handle}/" in found
    assert "/prompts/draft/" not in found
    assert f"/sellers/{draft.seller.handle}/" not in found
    assert len(found) == len(set(found))


@pytest.mark.parametrize("step", [1, 2, 100])
def test_parts_hold_everything_once_and_none_is_too_long(
    client: Client, monkeypatch: pytest.MonkeyPatch, step: int
):
    monkeypatch.setattr("listings.queries.sitemap.PART_LENGTH", 4)
    monkeypatch.setattr("listings.queries.sitemap._STEP", step)
    listings = [on_sale() for _ in range(9)]
    Listing.objects.filter(pk=listings[4].pk).update(status=ListingStatus.UNLISTED)
    parts = [part for part in addresses(client) if "prompts" in part]
    assert len(parts) >= 3
    found = [addresses(client, part) for part in parts]
    assert all(0 < len(part) <= 4 for part in found)
    on_sale_now = [f"/prompts/{listing.slug}/" for listing in listings if listing != listings[4]]
    assert [address for part in found for address in part] == on_sale_now


def test_a_part_that_is_empty_is_not_named(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("listings.queries.sitemap.PART_LENGTH", 1)
    listings = [on_sale() for _ in range(3)]
    Listing.objects.filter(pk=listings[1].pk).update(status=ListingStatus.UNLISTED)
    parts = [part for part in addresses(client) if "prompts" in part]
    assert parts == [f"/sitemap-prompts-{listing.pk}.xml" for listing in (listings[0], listings[2])]
    assert client.get(f"/sitemap-prompts-{listings[1].pk}.xml").status_code == 404


def test_a_site_with_nothing_on_sale_has_its_shelves(client: Client):
    assert addresses(client) == ["/sitemap-shelves.xml"]


def test_a_part_is_dated_by_the_versions_on_sale_not_by_work_on_the_next(client: Client):
    listing = on_sale(slug="it")
    [part] = [part for part in addresses(client) if "prompts" in part]
    before = body(client, part)
    assert f"<lastmod>{listing.published_version.published_at:%Y-%m-%d}</lastmod>".encode() in before
    Listing.objects.filter(pk=listing.pk).update(updated_at=listing.updated_at + datetime.timedelta(days=3))
    assert body(client, part) == before


def test_a_part_costs_the_same_whatever_is_in_it(client: Client, django_assert_num_queries: Any):
    for _ in range(12):
        on_sale()
    [part] = [part for part in addresses(client) if "prompts" in part]
    with django_assert_num_queries(2):
        body(client, part)
