"""Reading the versions of a listing. Callers have established that the reader may read them."""

from django.db.models import QuerySet

from common.errors import NotFound
from listings.models import Listing, PromptVersion


def versions_of(listing: Listing) -> QuerySet[PromptVersion]:
    """All versions without their texts, the newest first, each with its decision."""
    versions = PromptVersion.objects.filter(listing=listing).select_related("decision")
    return versions.defer("text", "instructions", "variables").order_by("-number")


def version_get(listing: Listing, number: int) -> PromptVersion:
    """One version with its text. Raises NotFound where the listing has no such number."""
    version = PromptVersion.objects.filter(listing=listing, number=number).first()
    if version is None:
        raise NotFound("There is no such version.")
    return version


def published_versions_since(listing: Listing, number: int) -> QuerySet[PromptVersion]:
    """Published versions above a number, the newest first: what a buyer of it has got since."""
    return versions_of(listing).filter(published_at__isnull=False, number__gt=number)
