"""Taking a listing down for a reason, the seller's counter-notice, and another moderator's judgement.

Buyers keep what they bought, unless a superuser ends it with the judgement (rules of a legal takedown).
"""

import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from common import clock
from common.errors import Conflict, InvalidInput, NotFound
from common.outbox import message_publish
from common.texts import printable
from listings import search
from listings.models import (
    OPEN_TAKEDOWNS,
    Listing,
    ListingStatus,
    Takedown,
    TakedownKind,
    TakedownState,
)
from listings.services.locks import listing_lock
from listings.services.review import require_moderator
from listings.services.trail import trail_write
from listings.services.verdicts import listing_move

MAX_WORDS = 2000
MAX_COUNTER = 4000


@transaction.atomic
def takedown_make(*, listing: Listing, moderator: User, kind: str, words: str) -> Takedown:
    """Take a listing off sale at once, and tell the seller why. Locks the listing.

    One that is down already stays so, and its open takedown is returned. Raises NotFound for those who may
    not moderate; InvalidInput on `kind` or `words`; Conflict `not_on_sale` or `own_listing`.
    """
    require_moderator(moderator)
    locked = listing_lock(listing.pk)
    if locked.status == ListingStatus.SUSPENDED:
        return Takedown.objects.get(listing=locked, state__in=OPEN_TAKEDOWNS)
    if kind not in TakedownKind.values:
        raise InvalidInput.of("kind", _("Choose a reason."))
    words = _text_clean("words", words, MAX_WORDS, _("Tell the seller what is wrong."))
    if locked.seller.user_id == moderator.pk:
        raise Conflict(_("Another moderator has to judge your own prompt."), code="own_listing")
    before = locked.status
    listing_move(locked, ListingStatus.SUSPENDED, code="not_on_sale")
    _listing_save(locked)
    takedown = Takedown.objects.create(
        listing=locked, kind=kind, words=words, status_before=before, moderator=moderator
    )
    _note(takedown, locked, moderator, "takedown.made", before, {"kind": kind, "words": words})
    return takedown


@transaction.atomic
def takedown_counter(*, takedown: Takedown, by: User, text: str) -> Takedown:
    """The seller's answer, once. Locks the listing.

    Raises NotFound for anyone but the seller; InvalidInput on `text`; Conflict `already_decided` or
    `already_countered`.
    """
    listing, row = _lock(takedown)
    if listing.seller.user_id != by.pk:
        raise NotFound(_("There is no such takedown."))
    text = _text_clean("text", text, MAX_COUNTER, _("Say why it should be on sale again."))
    if row.state == TakedownState.COUNTERED:
        raise Conflict(_("You have answered already."), code="already_countered")
    _move(row, TakedownState.COUNTERED)
    row.counter_text, row.countered_at = text, clock.now()
    row.save(update_fields=["state", "counter_text", "countered_at"])
    _note(row, listing, by, "takedown.countered", listing.status, {})
    return row


@transaction.atomic
def takedown_restore(*, takedown: Takedown, moderator: User, words: str = "") -> Takedown:
    """Put the listing back where it was. Locks the listing; restoring again changes nothing.

    Against a counter-notice another moderator decides; without one the same moderator may correct a slip.
    Raises NotFound for those who may not moderate, Conflict `already_decided` or `first_moderator`.
    """
    listing, row = _lock(takedown)
    if row.state == TakedownState.RESTORED:
        return row
    _require_judge(row, listing, moderator, may_be_first=row.state == TakedownState.IN_FORCE)
    _decide(row, TakedownState.RESTORED, moderator, words)
    before = listing.status
    listing_move(listing, row.status_before)
    _listing_save(listing)
    _note(row, listing, moderator, "takedown.restored", before, {"words": row.decision_words})
    return row


@transaction.atomic
def takedown_uphold(
    *, takedown: Takedown, moderator: User, words: str = "", ends_access: bool = False
) -> Takedown:
    """Make the removal final. Locks the listing; upholding again changes nothing.

    Always another moderator's decision, on a counter-notice or after COUNTER_NOTICE_DAYS without one.
    `ends_access` also ends buyers' access and gives their money back, as a legal takedown asks: superusers
    only. Raises NotFound for those who may not, Conflict `already_decided`, `first_moderator`, `too_early`.
    """
    listing, row = _lock(takedown)
    if row.state == TakedownState.UPHELD:
        return row
    _require_judge(row, listing, moderator, may_be_first=False)
    if ends_access and not moderator.is_superuser:
        raise NotFound(_("There is no such takedown."))
    if row.state == TakedownState.IN_FORCE and clock.now() < counter_deadline(row):
        raise Conflict(_("The seller still has time to answer."), code="too_early")
    row.ends_access = ends_access
    _decide(row, TakedownState.UPHELD, moderator, words)
    before = listing.status
    listing_move(listing, ListingStatus.REMOVED)
    _listing_save(listing)
    detail = {"words": row.decision_words, "ends_access": ends_access}
    _note(row, listing, moderator, "takedown.upheld", before, detail)
    if ends_access:
        message_publish("listing_access_ended", subject=listing.pk, payload={"by": moderator.pk})
    return row


def counter_deadline(takedown: Takedown) -> datetime.datetime:
    """Until when the seller may answer before the takedown can become final."""
    return takedown.created_at + datetime.timedelta(days=settings.COUNTER_NOTICE_DAYS)


def _lock(takedown: Takedown) -> tuple[Listing, Takedown]:
    listing = listing_lock(takedown.listing_id)
    return listing, Takedown.objects.get(pk=takedown.pk)


def _require_judge(row: Takedown, listing: Listing, moderator: User, *, may_be_first: bool) -> None:
    require_moderator(moderator)
    if listing.seller.user_id == moderator.pk:
        raise Conflict(_("Another moderator has to judge your own prompt."), code="own_listing")
    if row.moderator_id == moderator.pk and not may_be_first:
        raise Conflict(_("You took it down. Another moderator judges the objection."), code="first_moderator")


def _decide(row: Takedown, state: TakedownState, moderator: User, words: str) -> None:
    _move(row, state)
    row.decided_by, row.decided_at = moderator, clock.now()
    row.decision_words = printable(words).strip()[:MAX_WORDS]
    row.save(update_fields=["state", "decided_by", "decided_at", "decision_words", "ends_access"])


def _move(row: Takedown, state: TakedownState) -> None:
    if not row.may_become(state):
        raise Conflict(_("This takedown has been decided already."), code="already_decided")
    row.state = state


def _listing_save(listing: Listing) -> None:
    listing.updated_at = clock.now()
    listing.save(update_fields=["status", "updated_at"])
    search.search_row_refresh(listing.pk)


def _note(
    row: Takedown, listing: Listing, actor: User, action: str, before: str, detail: dict[str, object]
) -> None:
    trail_write(
        actor=actor, action=action, listing=listing, before=before, detail={"takedown": row.pk} | detail
    )
    message_publish(action.replace(".", "_"), subject=row.pk)


def _text_clean(field: str, text: str, limit: int, missing: str) -> str:
    cleaned = printable(text).strip()
    if not cleaned:
        raise InvalidInput.of(field, missing)
    if len(cleaned) > limit:
        raise InvalidInput.of(field, _("Use at most %(limit)d characters.") % {"limit": limit})
    return cleaned
