"""What waits for a moderator. Never loads a prompt's text: that is read through services.sources alone."""

from django.db.models import Exists, OuterRef, QuerySet

from listings.models import ListingStatus, PromptVersion

_JUDGED_STATUSES = (ListingStatus.IN_REVIEW, ListingStatus.PUBLISHED, ListingStatus.UNLISTED)


def versions_waiting() -> QuerySet[PromptVersion]:
    """Sealed, undecided versions that no newer one supersedes, without texts; the longest waiting first."""
    newer = PromptVersion.objects.filter(listing=OuterRef("listing"), number__gt=OuterRef("number"))
    return (
        PromptVersion.objects.filter(
            ~Exists(newer),
            sealed_at__isnull=False,
            published_at=None,
            decision=None,
            listing__status__in=_JUDGED_STATUSES,
        )
        .select_related("listing__seller", "listing__model", "listing__category")
        .defer("text", "instructions", "variables")
        .order_by("sealed_at", "pk")
    )
