"""What waits for a moderator. Never loads a prompt's text: that is read through services.sources alone."""

import datetime
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from common import clock
from listings.models import (
    Appeal,
    AppealState,
    DecisionKind,
    ListingStatus,
    ModerationDecision,
    PromptVersion,
    ReviewClaim,
)

_JUDGED_STATUSES = (ListingStatus.IN_REVIEW, ListingStatus.PUBLISHED, ListingStatus.UNLISTED)


def versions_waiting() -> QuerySet[PromptVersion]:
    """Sealed, undecided versions that no newer one supersedes, without texts; the longest waiting first.

    An appeal holds its version in the queue, whatever its seller has begun to write since.
    """
    newer = PromptVersion.objects.filter(listing=OuterRef("listing"), number__gt=OuterRef("number"))
    appealed = Appeal.objects.filter(version=OuterRef("pk"), state=AppealState.OPEN)
    return (
        PromptVersion.objects.filter(
            ~Exists(newer) | Exists(appealed),
            sealed_at__isnull=False,
            published_at=None,
            decision=None,
            listing__status__in=_JUDGED_STATUSES,
        )
        .select_related("listing__seller", "listing__model", "listing__category")
        .defer("text", "instructions", "variables")
        .order_by("sealed_at", "pk")
    )


def queue_entries() -> QuerySet[PromptVersion]:
    """What waits, each with its checks, claim and appeal: one statement however many there are."""
    return versions_waiting().select_related("review_check", "claim__moderator", "appeal")


@dataclass(frozen=True)
class Neighbours:
    """The submissions before and after one in the queue, for one moderator; None at an end."""

    previous: int | None
    next: int | None
    position: int
    total: int


def neighbours_of(version: PromptVersion, moderator: User) -> Neighbours:
    """Where the version stands among those this moderator could take up."""
    keyed = dict(open_to(moderator).values_list("pk", "sealed_at"))
    own = (version.sealed_at, version.pk)
    rows = [pk for pk in keyed if pk != version.pk]
    before = [pk for pk in rows if (keyed[pk], pk) < own]
    after = [pk for pk in rows if (keyed[pk], pk) > own]
    return Neighbours(
        previous=before[-1] if before else None,
        next=after[0] if after else None,
        position=len(before) + 1,
        total=len(rows) + 1,
    )


def next_for(moderator: User, *, after: PromptVersion | None = None) -> int | None:
    """The submission to read next: the first one behind `after`, else the longest waiting; None when done."""
    waiting = open_to(moderator)
    if after is not None and after.sealed_at is not None:
        behind = waiting.filter(
            Q(sealed_at__gt=after.sealed_at) | Q(sealed_at=after.sealed_at, pk__gt=after.pk)
        )
        found = behind.values_list("pk", flat=True).first()
        if found is not None:
            return found
        waiting = waiting.exclude(pk=after.pk)
    return waiting.values_list("pk", flat=True).first()


def open_to(moderator: User) -> QuerySet[PromptVersion]:
    """What this moderator may decide now: not their own, not another's claim, not an appeal against them."""
    taken = ReviewClaim.objects.filter(version=OuterRef("pk"), expires_at__gt=clock.now()).exclude(
        moderator=moderator
    )
    own_appeal = Appeal.objects.filter(
        version=OuterRef("pk"), state=AppealState.OPEN, first_moderator=moderator
    )
    return (
        versions_waiting()
        .filter(~Exists(taken), ~Exists(own_appeal))
        .exclude(listing__seller__user=moderator)
    )


def undoable_decision(moderator: User, *, since: datetime.datetime) -> ModerationDecision | None:
    """The moderator's last decision if it may still be taken back: a return, made after `since`."""
    last = (
        ModerationDecision.objects.filter(moderator=moderator, created_at__gt=since)
        .select_related("version__listing")
        .defer("version__text", "version__instructions", "version__variables")
        .order_by("-created_at", "-pk")
        .first()
    )
    return last if last is not None and last.decision == DecisionKind.REJECT else None


def has_other_moderator(moderator: User) -> bool:
    """Whether anyone else could decide what this moderator may not."""
    return User.objects.filter(is_active=True, is_staff=True).exclude(pk=moderator.pk).exists()
