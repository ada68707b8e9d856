"""The moderators' queue: submissions and new public text in the order they came, and undoing."""

import datetime
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from common import clock
from common.errors import DomainError
from listings.models import Listing, ModerationDecision, PromptVersion, ReviewCheck
from listings.queries.moderation import next_for, queue_entries, undoable_decision
from listings.queries.revisions import revisions_waiting
from listings.services.appeals import decision_undo
from listings.services.verdicts import undo_window
from marketplace.pages.moderation_access import moderator_page
from marketplace.pages.people import signed_in
from marketplace.report_queries import desk_counts

MOST_SHOWN = 200


@dataclass(frozen=True)
class Entry:
    """A row of the queue. `claimed_by` is another moderator who has it now."""

    listing: Listing
    url: str
    kind: str
    since: datetime.datetime
    check: ReviewCheck | None = None
    claimed_by: str = ""
    is_appeal: bool = False
    graves: int = 0


@moderator_page
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Everything that waits, the longest waiting first."""
    moderator = signed_in(request)
    versions = list(queue_entries()[:MOST_SHOWN])
    revisions = [
        Entry(row.listing, reverse("moderation_text", args=[row.pk]), _("New public text"), row.submitted_at)
        for row in revisions_waiting()[:MOST_SHOWN]
        if row.submitted_at
    ]
    entries = sorted([_entry(row, moderator) for row in versions] + revisions, key=lambda entry: entry.since)
    return render(request, "pages/moderation/queue.html", desk_context(moderator) | {"entries": entries})


@moderator_page
@require_safe
def queue_next(request: HttpRequest) -> HttpResponse:
    """On to what should be read next."""
    return redirect(next_url(signed_in(request)))


@moderator_page
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the return of a submission back, and show it again."""
    version = PromptVersion.objects.select_related("listing").filter(pk=pk).first()
    try:
        if version is not None:
            decision_undo(version=version, moderator=signed_in(request))
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("moderation_queue")
    messages.success(request, _("Taken back. It waits again, and the seller was not told."))
    return redirect("moderation_review", pk=pk)


def next_url(moderator: User, *, after: PromptVersion | None = None) -> str:
    """The address of the submission to read next; of the queue when there is none."""
    pk = next_for(moderator, after=after)
    return reverse("moderation_review", args=[pk]) if pk else reverse("moderation_queue")


def desk_context(moderator: User, section: str = "queue") -> dict[str, object]:
    """What every page of the desk shows: the tabs with their counts, and the decision that can be undone."""
    return {"section": section, "undoable": _undoable(moderator), "counts": desk_counts()}


def _undoable(moderator: User) -> ModerationDecision | None:
    return undoable_decision(moderator, since=clock.now() - undo_window())


def _entry(version: PromptVersion, moderator: User) -> Entry:
    check, claim = getattr(version, "review_check", None), getattr(version, "claim", None)
    taken = claim is not None and claim.expires_at > clock.now() and claim.moderator_id != moderator.pk
    appeal = getattr(version, "appeal", None)
    findings = check.findings if check else []
    return Entry(
        listing=version.listing,
        url=reverse("moderation_review", args=[version.pk]),
        kind=_("New version") if version.listing.published_at else _("New listing"),
        since=version.sealed_at or version.created_at,
        check=check,
        claimed_by=claim.moderator.display_name if claim is not None and taken else "",
        is_appeal=appeal is not None and appeal.is_open,
        graves=sum(found["severity"] == "error" for found in findings),
    )
