"""What a moderator decides on new public text."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import audit_record
from common import clock
from common.errors import Conflict, NotFound
from common.outbox import message_publish
from listings import search
from listings.models import DecisionKind, Listing, ListingRevision, ListingStatus, RevisionStatus
from listings.services.inputs import inputs_clean
from listings.services.locks import listing_lock
from listings.services.public_text import public_set, tag_rows
from listings.services.revisions import revision_close
from listings.services.verdicts import reasons_clean


@transaction.atomic
def revision_apply(*, revision: ListingRevision, moderator: User) -> ListingRevision:
    """Make proposed public text the one on sale. The address stays. Locks the listing.

    Applying again changes nothing. Raises NotFound for those who may not moderate; Conflict `not_in_review`,
    `already_decided`, `version_changed`, `removed` or `own_listing`; InvalidInput where it could no longer
    be stored, as its model is gone, say.
    """
    locked, fresh = _judged(revision, moderator, RevisionStatus.APPLIED)
    if fresh.status != RevisionStatus.WAITING:
        return fresh
    cleaned = inputs_clean(fresh.fields)
    public_set(locked, cleaned)
    locked.updated_at = clock.now()
    locked.save(update_fields=[*(cleaned.keys() - {"tags"}), "description_html", "updated_at"])
    if "tags" in cleaned:
        locked.tags.set(tag_rows(cleaned["tags"]))
    fresh.status, fresh.decided_at, fresh.moderator = RevisionStatus.APPLIED, clock.now(), moderator
    fresh.save(update_fields=["status", "decided_at", "moderator"])
    search.search_row_refresh(locked.pk)
    _told(fresh, moderator, "apply", "revision_applied")
    return fresh


@transaction.atomic
def revision_reject(*, revision: ListingRevision, moderator: User, reasons: Sequence[str]) -> ListingRevision:
    """Return proposed public text with reasons; the old one stays on sale. Locks the listing.

    The seller finds the text as a draft to go on from. Raises as `revision_apply`; InvalidInput on `reasons`.
    """
    _locked, fresh = _judged(revision, moderator, RevisionStatus.REJECTED)
    if fresh.status != RevisionStatus.WAITING:
        return fresh
    fresh.reasons = reasons_clean(DecisionKind.REJECT, reasons)
    fresh.decided_at, fresh.moderator = clock.now(), moderator
    revision_close(fresh, RevisionStatus.REJECTED)
    _told(fresh, moderator, "reject", "revision_rejected")
    return fresh


def _judged(
    revision: ListingRevision, moderator: User, outcome: RevisionStatus
) -> tuple[Listing, ListingRevision]:
    """The locked listing and its revision afresh, once it is sure that `moderator` may decide on it so."""
    locked = listing_lock(revision.listing_id)
    fresh = ListingRevision.objects.filter(pk=revision.pk).exclude(status=RevisionStatus.DRAFT).first()
    if fresh is None or not (moderator.is_active and moderator.is_staff):
        raise NotFound(_("There is no such submission."))
    if fresh.status == RevisionStatus.WITHDRAWN:
        raise Conflict(_("The seller has taken this back."), code="version_changed")
    if fresh.status not in (RevisionStatus.WAITING, outcome):
        raise Conflict(_("This submission has been decided already."), code="already_decided")
    gone = (ListingStatus.REMOVED, ListingStatus.SUSPENDED)
    if locked.status in gone and fresh.status == RevisionStatus.WAITING:
        raise Conflict(_("This listing was removed."), code="removed")
    if locked.seller.user_id == moderator.pk:
        raise Conflict(_("Another moderator has to judge your own prompt."), code="own_listing")
    return locked, fresh


def _told(revision: ListingRevision, moderator: User, verb: str, topic: str) -> None:
    detail = {"listing": revision.listing_id, "fields": sorted(revision.fields)}
    audit_record(actor=moderator, action=f"revision.{verb}", subject=revision, detail=detail)
    message_publish(topic, subject=revision.pk, payload={})
