"""Writing a decision on a submission, whoever makes it. Callers hold the listing's lock."""

import datetime
from collections.abc import Sequence

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from common import clock
from common.errors import Conflict, InvalidInput
from common.outbox import message_publish
from listings import search
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
    ReviewClaim,
)
from listings.reasons import Remark
from listings.services.counting import PUBLICATION_WEIGHT, listings_stir
from listings.services.trail import trail_write

MAX_REASONS = 20
MAX_REASON_LENGTH = 1000


def verdict_write(
    *,
    listing: Listing,
    version: PromptVersion,
    moderator: User | None,
    decision: str,
    reasons: Sequence[str],
    remarks: Sequence[Remark] = (),
    via: str,
    why: str = "",
) -> ModerationDecision:
    """Let `decision` stand on the waiting version: listing, appeal, checks, audit log and mail follow.

    `via` says where it was made (`queue`, `api`, `checks`, `trust`), `why` is a code of the rule of trust.
    """
    before = listing.status
    written = ModerationDecision.objects.create(
        version=version,
        moderator=moderator,
        decision=decision,
        reasons=list(reasons),
        remarks=[remark.to_dict() for remark in remarks],
    )
    if decision == DecisionKind.PUBLISH:
        _publish(listing, version)
    elif listing.status == ListingStatus.IN_REVIEW:
        listing_move(listing, ListingStatus.REJECTED)
        listing.save(update_fields=["status"])
    search.search_row_refresh(listing.pk)
    detail = {"via": via, "reasons": list(reasons)} | ({"why": why} if why else {})
    if appeal := _appeal_close(version, decision):
        detail["appeal"] = appeal.state
    ReviewCheck.objects.filter(version=version, state=CheckState.QUEUED).update(
        state=CheckState.STALE, finished_at=clock.now()
    )
    ReviewClaim.objects.filter(version=version).delete()
    trail_write(
        actor=moderator,
        action=f"listing.{decision}",
        listing=listing,
        before=before,
        version=version.number,
        detail=detail,
    )
    _tell(listing, version, decision, is_final=moderator is None)
    return written


def reasons_clean(
    decision: str, reasons: Sequence[str], remarks: Sequence[Remark] = (), *, language: str = "en"
) -> list[str]:
    """The sentences of a decision: those of the remarks in the seller's language, then free ones.

    Raises InvalidInput on `decision` or `reasons`: a rejection needs at least one.
    """
    if decision not in DecisionKind.values:
        raise InvalidInput.of("decision", _("Decide publish or reject."))
    if not isinstance(reasons, list | tuple) or not all(isinstance(reason, str) for reason in reasons):
        raise InvalidInput.of("reasons", _("Give a list of sentences."))
    with translation.override(language):
        ready = [remark.sentence for remark in remarks]
    cleaned = [reason.strip().replace("\0", "") for reason in (*ready, *reasons) if reason.strip()]
    if decision == DecisionKind.REJECT and not cleaned:
        raise InvalidInput.of("reasons", _("Tell the seller what to change."))
    if len(cleaned) > MAX_REASONS or any(len(reason) > MAX_REASON_LENGTH for reason in cleaned):
        sentence = _("Use at most %(count)d reasons of at most %(length)d characters.")
        raise InvalidInput.of("reasons", sentence % {"count": MAX_REASONS, "length": MAX_REASON_LENGTH})
    return cleaned


def listing_move(listing: Listing, status: str, *, code: str = "conflict") -> None:
    """Set the status if the table of moves allows it; the caller saves. Raises Conflict with `code`."""
    if not listing.may_become(status):
        raise Conflict(_("The state of this listing does not allow that."), code=code)
    listing.status = status


def undo_window() -> datetime.timedelta:
    """How long a decision may be taken back. A mail about a returned submission waits as long."""
    return datetime.timedelta(seconds=settings.DECISION_UNDO_SECONDS)


def _publish(listing: Listing, version: PromptVersion) -> None:
    now, is_first = clock.now(), listing.published_at is None
    version.published_at = now
    version.save(update_fields=["published_at"])
    listing.published_version = version
    listing.published_at = listing.published_at or now
    if listing.status == ListingStatus.IN_REVIEW:
        listing_move(listing, ListingStatus.PUBLISHED)
    listing.updated_at = now
    listing.save(update_fields=["published_version", "published_at", "status", "updated_at"])
    if is_first:
        listings_stir(weights={listing.pk: PUBLICATION_WEIGHT}, at=now)


def _appeal_close(version: PromptVersion, decision: str) -> Appeal | None:
    appeal = Appeal.objects.filter(version=version, state=AppealState.OPEN).first()
    if appeal is not None:
        published = decision == DecisionKind.PUBLISH
        appeal.state = AppealState.GRANTED if published else AppealState.UPHELD
        appeal.decided_at = clock.now()
        appeal.save(update_fields=["state", "decided_at"])
    return appeal


def _tell(listing: Listing, version: PromptVersion, decision: str, *, is_final: bool) -> None:
    """The seller's mail: at once, unless a moderator may still take the decision back."""
    if decision == DecisionKind.PUBLISH:
        message_publish("listing_published", subject=listing.pk, payload={"version": version.number})
        return
    delay = datetime.timedelta() if is_final else undo_window()
    message_publish("listing_rejected", subject=listing.pk, payload={"version": version.number}, delay=delay)
