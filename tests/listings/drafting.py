"""Listings made the way sellers make them: through the services."""

from typing import Any

from accounts.models import SellerProfile, User
from listings.models import Listing
from listings.services.drafts import ListingInput, listing_create
from listings.services.review import listing_decide, listing_submit
from tests.factories import CategoryFactory, TargetModelFactory


def draft(seller: SellerProfile, **changes: Any) -> Listing:
    """A draft that may be submitted, unless `changes` say otherwise."""
    fields: dict[str, Any] = {
        "title": "A short essay",
        "summary": "An essay on any topic.",
        "description": "Writes **short** essays.",
        "model": TargetModelFactory.create().slug,
        "category": CategoryFactory.create().slug,
        "price_amount": 499,
        "prompt": "Write an essay about {{topic}}.",
        "examples": [
            {"values": {"topic": "owls"}, "output_text": "Owls hunt at night."},
            {"values": {"topic": "rain"}, "output_text": "Rain falls."},
        ],
    }
    return listing_create(seller=seller, data=ListingInput(**fields | changes))


def published(seller: SellerProfile, moderator: User, **changes: Any) -> Listing:
    listing = listing_submit(listing=draft(seller, **changes), by=seller.user)
    return listing_decide(listing=listing, moderator=moderator, decision="publish")
