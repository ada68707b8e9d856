"""The versions of a listing, for its seller: what became of each, and what changed between any two."""

import pytest
from django.urls import reverse

from common import clock
from listings.models import ListingStatus
from tests.factories import ListingFactory, PromptVersionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def listing(client):
    listing = ListingFactory(status=ListingStatus.PUBLISHED, text="Write a letter.\nSign it.")
    client.force_login(listing.seller.user)
    return listing


def page(client, listing, query=""):
    return client.get(reverse("studio_listing_versions", args=[listing.slug]) + query)


def second(listing, **fields):
    return PromptVersionFactory(listing=listing, number=2, text="Write a postcard.\nSign it.", **fields)


def test_one_version_has_nothing_to_be_compared_with(client, listing):
    content = page(client, listing).content.decode()
    assert "On sale" in content
    assert "Compare" not in content


def test_the_newest_is_compared_with_the_one_before_it(client, listing):
    second(listing, changelog="Shorter.")
    content = page(client, listing).content.decode()
    assert "Being written" in content
    assert "Shorter." in content
    assert "<ins>Write a <strong>postcard</strong>.</ins>" in content


def test_any_two_can_be_compared_either_way(client, listing):
    second(listing, sealed_at=clock.now())
    content = page(client, listing, "?from=2&to=1").content.decode()
    assert "<ins>Write a <strong>letter</strong>.</ins>" in content


@pytest.mark.parametrize("query", ["?from=1&to=7", "?from=1", "?from=x&to=1", "?from=1&to=99999999999"])
def test_versions_that_are_not_there_are_not_found(client, listing, query):
    second(listing)
    assert page(client, listing, query).status_code == 404
