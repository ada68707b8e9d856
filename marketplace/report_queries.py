"""Reports and takedowns that wait for a moderator."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from listings.models import OPEN_TAKEDOWNS, Listing, Takedown
from listings.queries.moderation import versions_waiting
from listings.queries.revisions import revisions_waiting
from marketplace.community.asked import reported_questions
from marketplace.models import Report, ReportState
from payments.queries_claims import claims_before_moderators


@dataclass(frozen=True)
class DeskCounts:
    queue: int
    reports: int
    takedowns: int
    claims: int
    questions: int


def desk_counts() -> DeskCounts:
    """How much waits for moderators, by kind."""
    return DeskCounts(
        queue=versions_waiting().count() + revisions_waiting().count(),
        reports=Report.objects.filter(state=ReportState.OPEN).count(),
        takedowns=open_takedowns().count(),
        claims=claims_before_moderators().count(),
        questions=reported_questions().count(),
    )


def open_reports() -> QuerySet[Report]:
    """Reports nobody has looked at, the oldest first."""
    return (
        Report.objects.filter(state=ReportState.OPEN)
        .select_related("listing__seller")
        .order_by("created_at", "pk")
    )


def open_takedowns() -> QuerySet[Takedown]:
    """Takedowns that are not final, those with a counter-notice first."""
    rows = Takedown.objects.filter(state__in=OPEN_TAKEDOWNS).select_related("listing__seller", "moderator")
    return rows.order_by("countered_at", "created_at")


def reports_of(listings: Iterable[Listing]) -> QuerySet[Report]:
    return Report.objects.filter(listing__in=listings).order_by("-created_at")
