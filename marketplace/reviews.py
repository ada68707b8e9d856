"""What buyers said."""

from django.db.models import QuerySet

from listings.models import Listing
from marketplace.models import Review


def reviews_of(listing: Listing) -> QuerySet[Review]:
    """A listing's reviews with their writers, newest first."""
    return Review.objects.filter(listing=listing).select_related("buyer").order_by("-created_at", "-pk")
