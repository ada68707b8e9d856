"""Publishing the demo's listings the way sellers and moderators do."""

from typing import Any

from accounts.models import SellerProfile, User
from listings.models import DecisionKind, Listing, ListingStatus
from listings.services.drafts import ListingInput, listing_create
from listings.services.review import listing_decide, listing_submit
from marketplace.demo.seeding.catalogue import SeedListing

INPUT_FIELDS = (
    "title",
    "summary",
    "description",
    "model",
    "tags",
    "price_amount",
    "prompt",
    "variables",
    "instructions",
    "license",
    "language",
    "changelog",
)


def listing_ensure(seed: SeedListing, moderator: User) -> Listing:
    """Make the listing and bring it as far as its seed says, at the clock's current time."""
    listing = Listing.objects.filter(slug=seed.slug).first()
    if listing is None:
        seller = SellerProfile.objects.get(handle=seed.data["seller"])
        listing = listing_create(seller=seller, data=_input(seed))
        listing.slug = seed.slug
        listing.save(update_fields=["slug"])
    if seed.status == "draft" or listing.status not in (ListingStatus.DRAFT, ListingStatus.IN_REVIEW):
        return listing
    if listing.status == ListingStatus.DRAFT:
        listing = listing_submit(listing=listing, by=listing.seller.user)
    if seed.status == "published":
        listing = listing_decide(listing=listing, moderator=moderator, decision=DecisionKind.PUBLISH)
    if seed.status == "rejected":
        listing = listing_decide(
            listing=listing,
            moderator=moderator,
            decision=DecisionKind.REJECT,
            reasons=list(seed.data["reasons"]),
        )
    return listing


def _input(seed: SeedListing) -> ListingInput:
    fields: dict[str, Any] = {name: seed.data[name] for name in INPUT_FIELDS if name in seed.data}
    return ListingInput(category=seed.category, examples=seed.data["examples"], **fields)
