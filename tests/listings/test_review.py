"""From draft to shop window, and what each person may do on the way."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import AuditEntry, SellerProfile, User
from common.errors import Conflict, InvalidInput, NotFound
from common.models import OutboxMessage
from listings.models import Listing, ListingStatus, PromptVersion
from listings.queries.moderation import versions_waiting
from listings.services.drafts import ListingInput, listing_create, listing_delete, listing_update
from listings.services.review import (
    listing_decide,
    listing_relist,
    listing_remove,
    listing_submit,
    listing_unlist,
    listing_withdraw,
    queue_position,
    submission_problems,
)
from tests.factories import (
    CategoryFactory,
    ListingFactory,
    SellerProfileFactory,
    TargetModelFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

EXAMPLES = [
    {"values": {"topic": "owls"}, "output_text": "Owls hunt at night."},
    {"values": {"topic": "rain"}, "output_text": "Rain falls."},
]


@pytest.fixture
def alice() -> SellerProfile:
    return SellerProfileFactory.create(handle="alice")


@pytest.fixture
def bob() -> SellerProfile:
    return SellerProfileFactory.create(handle="bob")


@pytest.fixture
def moderator() -> User:
    return UserFactory.create(staff=True)


@pytest.fixture
def charlie() -> User:
    return UserFactory.create()


def draft(seller: SellerProfile, **changes: Any) -> Listing:
    fields: dict[str, Any] = {
        "title": "A short essay",
        "summary": "An essay on any topic.",
        "description": "Writes **short** essays.",
        "model": TargetModelFactory.create().slug,
        "category": CategoryFactory.create().slug,
        "price_amount": 499,
        "prompt": "Write an essay about {{topic}}.",
        "examples": EXAMPLES,
    }
    return listing_create(seller=seller, data=ListingInput(**fields | changes))


def published(seller: SellerProfile, moderator: User, **changes: Any) -> Listing:
    listing = listing_submit(listing=draft(seller, **changes), by=seller.user)
    return listing_decide(listing=listing, moderator=moderator, decision="publish", reasons=[])


def test_submitting_seals_the_version_and_queues_the_listing(alice: SellerProfile) -> None:
    listing = listing_submit(listing=draft(alice), by=alice.user)

    assert listing.status == ListingStatus.IN_REVIEW
    assert listing.versions.get().is_sealed
    assert queue_position(listing) == 1


def test_publishing_puts_the_version_on_sale_and_tells_higher_apps(
    alice: SellerProfile, moderator: User
) -> None:
    listing = published(alice, moderator)

    assert listing.status == ListingStatus.PUBLISHED
    assert listing.published_version == listing.versions.get()
    assert OutboxMessage.objects.get().topic == "listing_published"
    assert queue_position(listing) == 0
