"""What buyers said."""

from django.db.models import F, QuerySet

from accounts.models import SellerProfile, User
from listings.models import Listing, ListingStatus
from listings.queries.cards import ListingCard, cards_of_ids
from marketplace.models import Favorite, Review


def reviews_of(listing: Listing) -> QuerySet[Review]:
    """A listing's reviews with their writers, newest first."""
    return Review.objects.filter(listing=listing).select_related("buyer").order_by("-created_at", "-pk")


def reviews_for(seller: SellerProfile) -> QuerySet[Review]:
    """Reviews of a seller's listings: those without a reply first, then newest first."""
    mine = Review.objects.filter(listing__seller=seller).select_related("buyer", "listing")
    return mine.defer("listing__description", "listing__description_html").order_by(
        F("replied_at").desc(nulls_first=True), "-created_at", "-pk"
    )


def favorites_of(user: User) -> QuerySet[Favorite]:
    """What the user keeps of what is on sale, newest first."""
    kept = Favorite.objects.filter(user=user, listing__status=ListingStatus.PUBLISHED)
    return kept.order_by("-created_at", "-pk")


def favorite_cards(favorites: list[Favorite]) -> list[ListingCard]:
    """The cards of those that are on sale, in their order."""
    return cards_of_ids([favorite.listing_id for favorite in favorites])


def is_favorite(user: User, listing: Listing) -> bool:
    return Favorite.objects.filter(user=user, listing=listing).exists()
