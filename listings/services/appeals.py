"""Decisions that come back: a moderator's undo, and the seller's appeal to another moderator."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from common import clock
from common.errors import Conflict, InvalidInput, NotFound
from common.texts import printable
from listings.models import (
    Appeal,
    AppealState,
    CheckState,
    DecisionKind,
    Listing,
    ListingStatus,
    ModerationDecision,
    PromptVersion,
    ReviewCheck,
)
from listings.services.locks import latest_version, listing_lock
from listings.services.trail import trail_write
from listings.services.verdicts import listing_move, undo_window

MAX_APPEAL_LENGTH = 2000


@transaction.atomic
def decision_undo(*, version: PromptVersion, moderator: User) -> Listing:
    """Take back the return of a submission, which then waits where it waited. Locks the listing.

    Only the moderator who decided may, and only within DECISION_UNDO_SECONDS; the seller's mail is not sent.
    Something published is not taken back: it may be sold already. Raises Conflict `not_undoable`.
    """
    listing = listing_lock(version.listing_id)
    decision = ModerationDecision.objects.filter(version=version, moderator=moderator).first()
    in_time = decision is not None and decision.created_at > clock.now() - undo_window()
    newest = latest_version(listing)
    if decision is None or not in_time or not decision.is_rejection or newest != version:
        raise Conflict(_("It is too late to take this decision back."), code="not_undoable")
    before = listing.status
    _reopen(listing, decision)
    Appeal.objects.filter(version=version, state=AppealState.UPHELD).update(
        state=AppealState.OPEN, decided_at=None
    )
    trail_write(
        actor=moderator,
        action="decision.undone",
        listing=listing,
        before=before,
        version=version.number,
        detail={"reasons": decision.reasons},
    )
    return listing


@transaction.atomic
def appeal_open(*, listing: Listing, by: User, text: str) -> Appeal:
    """Ask for another moderator's judgement on the last submission, which was returned. Locks the listing.

    It goes back into the queue at its old place. Raises NotFound for anyone but the seller; InvalidInput on
    `text`; Conflict `not_appealable` unless the last submission was returned and has not been appealed yet.
    """
    locked = listing_lock(listing.pk)
    if locked.seller.user_id != by.pk:
        raise NotFound(_("There is no such listing."))
    text = printable(text).strip()
    if not text:
        raise InvalidInput.of("text", _("Say why it should be published as it is."))
    if len(text) > MAX_APPEAL_LENGTH:
        raise InvalidInput.of("text", _("Use at most %(limit)d characters.") % {"limit": MAX_APPEAL_LENGTH})
    decision = appealable_decision(locked)
    if decision is None:
        raise Conflict(_("There is no decision here to appeal against."), code="not_appealable")
    before = locked.status
    appeal = Appeal.objects.create(
        version=decision.version,
        text=text,
        first_moderator=decision.moderator,
        first_reasons=decision.reasons,
    )
    _reopen(locked, decision)
    locked.submitted_at = clock.now()
    locked.save(update_fields=["submitted_at"])
    number = decision.version.number
    trail_write(actor=by, action="appeal.opened", listing=locked, before=before, version=number)
    return appeal


def appealable_decision(listing: Listing) -> ModerationDecision | None:
    """The return that stands on the last submission, if its one appeal has not been used."""
    if listing.status in (ListingStatus.REMOVED, ListingStatus.SUSPENDED, ListingStatus.IN_REVIEW):
        return None
    version = listing.versions.filter(sealed_at__isnull=False).order_by("-number").first()
    if version is None or Appeal.objects.filter(version=version).exists():
        return None
    return ModerationDecision.objects.filter(version=version, decision=DecisionKind.REJECT).first()


def _reopen(listing: Listing, decision: ModerationDecision) -> None:
    """Let the version wait again; checks that a quick decision overtook are made up for."""
    ReviewCheck.objects.filter(version=decision.version_id, state=CheckState.STALE).update(
        state=CheckState.QUEUED, finished_at=None
    )
    decision.delete()
    if listing.published_at is None:
        listing_move(listing, ListingStatus.IN_REVIEW)
        listing.save(update_fields=["status"])
