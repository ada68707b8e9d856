"""Questions as each side reads them."""

from django.db.models import Count, F, Prefetch, Q, QuerySet

from accounts.models import SellerProfile, User
from listings.models import Listing
from marketplace.community.models import Question, QuestionReport

VISIBLE = Q(answered_at__isnull=False, hidden_at=None)


def questions_about(listing: Listing) -> QuerySet[Question]:
    """What everybody reads: answered and not hidden, the latest answer first."""
    rows = Question.objects.filter(VISIBLE, listing=listing).select_related("asker")
    return rows.order_by("-answered_at", "-pk")


def open_questions_of(user: User, listing: Listing) -> QuerySet[Question]:
    """What the user asked and the seller has not answered."""
    return Question.objects.filter(asker=user, listing=listing, answered_at=None, hidden_at=None).order_by(
        "-pk"
    )


def questions_to(seller: SellerProfile) -> QuerySet[Question]:
    """What people ask a seller: unanswered first and longest waiting first, then the latest answers."""
    mine = Question.objects.filter(listing__seller=seller, hidden_at=None).select_related("asker", "listing")
    return mine.defer("listing__description", "listing__description_html").order_by(
        F("answered_at").desc(nulls_first=True), "created_at", "pk"
    )


def reported_questions() -> QuerySet[Question]:
    """Those somebody spoke against and nobody has judged, the longest waiting first."""
    waiting = QuestionReport.objects.filter(decided_at=None).select_related("reporter").order_by("created_at")
    return (
        Question.objects.filter(reports__decided_at=None, reports__isnull=False)
        .select_related("asker", "listing__seller")
        .prefetch_related(Prefetch("reports", waiting))
        .annotate(voices=Count("reports"))
        .order_by("pk")
    )


def hidden_questions() -> QuerySet[Question]:
    """What moderators took away, the latest first."""
    hidden = Question.objects.filter(hidden_at__isnull=False).select_related("asker", "listing__seller")
    return hidden.order_by("-hidden_at")
