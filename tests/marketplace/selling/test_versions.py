"""The versions of a listing, for its seller: what became of each, and what changed between any two."""

import pytest
from django.urls import reverse

from common import clock
from listings.models import ListingStatus
from marketplace.models import EditorDraft
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


def test_a_version_being_written_is_thrown_away_and_its_text_can_come_back(client, listing):
    second(listing, changelog="Shorter.")
    edit = reverse("studio_listing_edit", args=[listing.slug])
    discard = reverse("studio_version_discard", args=[listing.slug])
    assert discard in client.get(edit).content.decode()
    content = client.post(discard, follow=True).content.decode()
    assert "Version 2 is thrown away." in content
    assert "You are writing version" not in content
    assert listing.versions.get().number == 1
    client.post(reverse("studio_listing_typed", args=[listing.slug]), {"bring_back": "1"})
    assert "Write a postcard." in client.get(edit).content.decode()


def test_what_is_typed_and_not_saved_is_not_lost_with_the_version(client, listing):
    second(listing)
    EditorDraft.objects.create(listing=listing, data={"title": "Half a tit"})
    client.post(reverse("studio_version_discard", args=[listing.slug]))
    assert "Half a tit" in client.get(reverse("studio_listing_edit", args=[listing.slug])).content.decode()


def test_what_was_submitted_and_a_first_draft_are_not_thrown_away(client, listing):
    second(listing, sealed_at=clock.now())
    draft = ListingFactory(seller=listing.seller)
    for each, count in ((listing, 2), (draft, 1)):
        client.post(reverse("studio_version_discard", args=[each.slug]))
        assert each.versions.count() == count
