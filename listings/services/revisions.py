"""New public text for a listing on sale: written beside the old one, and put before the moderators."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from common import clock
from common.errors import Conflict, InvalidInput, NotFound
from listings.models import Listing, ListingRevision, ListingStatus, RevisionStatus
from listings.services.locks import listing_lock, open_revision
from listings.services.problems import public_problems
from listings.services.public_text import as_facts, listing_as_proposed, public_facts


def revision_write(listing: Listing, cleaned: Mapping[str, Any]) -> None:
    """Keep the public text among `cleaned` as the draft of a revision; without any change there is none.

    The caller holds the listing's lock. Raises Conflict `in_review` where that would change a revision that
    waits for a moderator.
    """
    wanted = as_facts(cleaned)
    if not wanted:
        return
    revision, current = open_revision(listing), public_facts(listing)
    kept = (revision.fields if revision else {}) | wanted
    fields = {name: value for name, value in kept.items() if value != current[name]}
    if revision is None:
        if fields:
            ListingRevision.objects.create(listing=listing, fields=fields)
    elif fields == revision.fields:
        return
    elif revision.status == RevisionStatus.WAITING:
        raise Conflict(
            _("A moderator has your new public text. Withdraw it first to change it."), code="in_review"
        )
    elif fields:
        revision.fields, revision.updated_at = fields, clock.now()
        revision.save(update_fields=["fields", "updated_at"])
    else:
        revision.delete()


@transaction.atomic
def revision_propose(*, listing: Listing, by: User) -> ListingRevision:
    """Put the drafted public text before the moderators; the old one stays on sale. Locks the listing.

    Proposing again what waits changes nothing. Raises NotFound for anyone but the seller; Conflict `removed`
    or `nothing_to_submit`; InvalidInput with all problems by field.
    """
    locked = listing_lock(listing.pk)
    _require_seller(locked, by)
    if locked.status == ListingStatus.REMOVED:
        raise Conflict(_("This listing was removed."), code="removed")
    revision = open_revision(locked)
    if revision is None:
        raise Conflict(_("There is no new public text to submit."), code="nothing_to_submit")
    problems = public_problems(listing_as_proposed(locked, revision.fields))
    if problems and revision.status == RevisionStatus.DRAFT:
        raise InvalidInput(_("This public text cannot be submitted yet."), code="not_ready", errors=problems)
    revision_send(locked, revision)
    return revision


def revision_send(listing: Listing, revision: ListingRevision) -> None:
    """From draft to waiting, once judged fit. The caller holds the listing's lock."""
    if revision.status == RevisionStatus.WAITING:
        return
    current = public_facts(listing)
    revision.before = {name: current[name] for name in revision.fields}
    revision.status, revision.submitted_at = RevisionStatus.WAITING, clock.now()
    revision.save(update_fields=["before", "status", "submitted_at"])


@transaction.atomic
def revision_withdraw(*, listing: Listing, by: User) -> None:
    """Take proposed public text back; a copy of it can be written on. Nothing happens when none waits.

    Locks the listing. Raises NotFound for anyone but the seller.
    """
    locked = listing_lock(listing.pk)
    _require_seller(locked, by)
    revision = open_revision(locked)
    if revision is not None and revision.status == RevisionStatus.WAITING:
        revision_close(revision, RevisionStatus.WITHDRAWN)


@transaction.atomic
def revision_discard(*, listing: Listing, by: User) -> None:
    """Throw the drafted public text away; what waits stays. Locks the listing.

    Raises NotFound for anyone but the seller.
    """
    locked = listing_lock(listing.pk)
    _require_seller(locked, by)
    revision = open_revision(locked)
    if revision is not None and revision.status == RevisionStatus.DRAFT:
        revision.delete()


def revision_close(revision: ListingRevision, status: RevisionStatus) -> None:
    """End a waiting revision without applying it; its text goes on as a new draft."""
    revision.status = status
    revision.save(update_fields=["status", "decided_at", "moderator", "reasons"])
    ListingRevision.objects.create(listing_id=revision.listing_id, fields=revision.fields)


def _require_seller(listing: Listing, by: User) -> None:
    if listing.seller.user_id != by.pk:
        raise NotFound(_("There is no such listing."))
