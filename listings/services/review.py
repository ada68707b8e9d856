"""From draft to shop window: submission, the moderator's decision, and what the seller may do on sale."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import audit_record
from common import clock
from common.errors import Conflict, InvalidInput, NotFound
from common.outbox import message_publish
from listings import search
from listings.models import (
    DecisionKind,
    Listing,
    ListingRevision,
    ListingStatus,
    ModerationDecision,
    PromptVersion,
    RevisionStatus,
)
from listings.queries.moderation import versions_waiting
from listings.queries.revisions import revisions_waiting
from listings.services.counting import PUBLICATION_WEIGHT, listings_stir
from listings.services.locks import (
    latest_version,
    listing_lock,
    open_revision,
    waiting_version,
    working_copy,
)
from listings.services.originality import print_write
from listings.services.problems import problems_of, public_problems
from listings.services.public_text import listing_as_proposed
from listings.services.revisions import revision_send, revision_withdraw
from listings.services.versions import version_copy

MAX_REASONS = 20
MAX_REASON_LENGTH = 1000


def submission_problems(listing: Listing) -> dict[str, list[str]]:
    """What keeps the listing from being submitted now, by field; empty when nothing does."""
    version, revision = latest_version(listing), open_revision(listing)
    proposed = listing_as_proposed(listing, revision.fields) if revision else listing
    if listing.published_at is not None and (version is None or version.is_sealed):
        return public_problems(proposed)
    return problems_of(proposed, version) if version is not None else {"prompt": [_("Write the prompt.")]}


@transaction.atomic
def listing_submit(*, listing: Listing, by: User) -> Listing:
    """Seal the working copy and put it before the moderators, and new public text likewise. On sale, what is
    on sale stays there meanwhile.

    Locks the listing. Submitting what waits already changes nothing. Raises NotFound for anyone but the
    seller; Conflict `removed` or `nothing_to_submit`; InvalidInput with all problems by field.
    """
    locked = listing_lock(listing.pk)
    _require_seller(locked, by)
    if locked.status == ListingStatus.REMOVED:
        raise Conflict(_("This listing was removed."), code="removed")
    version, revision = working_copy(locked), open_revision(locked)
    if waiting_version(locked) is None and locked.published_at is None:
        version = version or version_copy(listing=locked)
    if version is None and revision is None:
        if waiting_version(locked) is not None:
            return locked
        raise Conflict(_("There is no new version to submit."), code="nothing_to_submit")
    _refuse_problems(locked, version, revision)
    if version is not None:
        _seal(locked, version)
    if revision is not None:
        revision_send(locked, revision)
    return locked


def _refuse_problems(
    listing: Listing, version: PromptVersion | None, revision: ListingRevision | None
) -> None:
    proposed = listing_as_proposed(listing, revision.fields) if revision else listing
    problems = problems_of(proposed, version) if version is not None else public_problems(proposed)
    if problems:
        sentence = _("This prompt cannot be submitted yet.")
        code = "price_too_low" if list(problems) == ["price_amount"] else "not_ready"
        raise InvalidInput(sentence, code=code, errors=problems)


def _seal(listing: Listing, version: PromptVersion) -> None:
    version.sealed_at = listing.submitted_at = clock.now()
    version.save(update_fields=["sealed_at"])
    print_write(version=version)
    if listing.published_at is None:
        _move(listing, ListingStatus.IN_REVIEW)
    listing.save(update_fields=["status", "submitted_at"])


@transaction.atomic
def listing_withdraw(*, listing: Listing, by: User) -> Listing:
    """Take a submission back; a copy of it becomes the working copy. Nothing happens when none waits.

    New public text is taken back as well. Locks the listing. Raises NotFound for anyone but the seller.
    """
    revision_withdraw(listing=listing, by=by)
    locked = listing_lock(listing.pk)
    if waiting_version(locked) is None:
        return locked
    version_copy(listing=locked)
    if locked.status == ListingStatus.IN_REVIEW:
        _move(locked, ListingStatus.DRAFT)
        locked.save(update_fields=["status"])
    return locked


@transaction.atomic
def listing_decide(
    *,
    listing: Listing,
    moderator: User,
    decision: str,
    reasons: Sequence[str] = (),
    version_number: int | None = None,
) -> Listing:
    """Publish the waiting version or return it with reasons. Locks the listing.

    Repeating a decision changes nothing. `version_number`, where given, is the version the moderator read.
    Raises NotFound for those who may not moderate; InvalidInput on `decision` or `reasons`; Conflict
    `already_decided`, `not_in_review`, `version_changed` or `own_listing`.
    """
    locked = listing_lock(listing.pk)
    if not (moderator.is_active and moderator.is_staff):
        raise NotFound(_("There is no such submission."))
    reasons = reasons_clean(decision, reasons)
    version = waiting_version(locked)
    if version is not None and version_number not in (None, version.number):
        raise Conflict(_("The seller has sent a newer version since. Read it first."), code="version_changed")
    if version is None or locked.status == ListingStatus.REMOVED:
        return _decision_repeated(locked, decision, version_number)
    if locked.seller.user_id == moderator.pk:
        raise Conflict(_("Another moderator has to judge your own prompt."), code="own_listing")
    ModerationDecision.objects.create(
        version=version, moderator=moderator, decision=decision, reasons=list(reasons)
    )
    if decision == DecisionKind.PUBLISH:
        is_first = locked.published_at is None
        _publish(locked, version)
        if is_first:
            listings_stir(weights={locked.pk: PUBLICATION_WEIGHT})
    elif locked.status == ListingStatus.IN_REVIEW:
        _move(locked, ListingStatus.REJECTED)
        locked.save(update_fields=["status"])
    search.search_row_refresh(locked.pk)
    detail = {"version": version.number, "reasons": len(reasons)}
    audit_record(actor=moderator, action=f"listing.{decision}", subject=locked, detail=detail)
    topic = "listing_published" if decision == DecisionKind.PUBLISH else "listing_rejected"
    message_publish(topic, subject=locked.pk, payload={"version": version.number})
    return locked


@transaction.atomic
def listing_unlist(*, listing: Listing, by: User) -> Listing:
    """Take a listing off sale; buyers keep it. Locks the listing; unlisting again changes nothing.

    Raises NotFound for anyone but the seller and staff, Conflict `not_on_sale`.
    """
    return _sale_change(listing, by, ListingStatus.UNLISTED)


@transaction.atomic
def listing_relist(*, listing: Listing, by: User) -> Listing:
    """Put an unlisted listing on sale again. Locks the listing; relisting again changes nothing.

    Raises NotFound for anyone but the seller and staff, Conflict `not_on_sale`.
    """
    return _sale_change(listing, by, ListingStatus.PUBLISHED)


@transaction.atomic
def listing_remove(*, listing: Listing, by: User) -> Listing:
    """Take a listing away for good; buyers keep it. Locks the listing; removing again changes nothing.

    Raises NotFound for anyone but the seller and staff, Conflict `in_review` while a moderator has it.
    """
    return _sale_change(listing, by, ListingStatus.REMOVED)


def queue_position(listing: Listing) -> int:
    """How many submissions are judged before this one, itself included; 0 when it waits for nobody."""
    version = waiting_version(listing)
    if version is None:
        return 0
    ids = versions_waiting().values_list("pk", flat=True)
    place = next((place for place, pk in enumerate(ids, 1) if pk == version.pk), 0)
    return place + revisions_waiting().filter(submitted_at__lt=version.sealed_at).count() if place else 0


def revision_position(listing: Listing) -> int:
    """The same for new public text: it is judged in one queue with the versions."""
    revision = open_revision(listing)
    if revision is None or revision.status != RevisionStatus.WAITING:
        return 0
    versions = versions_waiting().filter(sealed_at__lte=revision.submitted_at)
    return versions.count() + revisions_waiting().filter(submitted_at__lte=revision.submitted_at).count()


def _publish(listing: Listing, version: PromptVersion) -> None:
    now = clock.now()
    version.published_at = now
    version.save(update_fields=["published_at"])
    listing.published_version = version
    listing.published_at = listing.published_at or now
    if listing.status == ListingStatus.IN_REVIEW:
        _move(listing, ListingStatus.PUBLISHED)
    listing.updated_at = now
    listing.save(update_fields=["published_version", "published_at", "status", "updated_at"])


def _decision_repeated(listing: Listing, decision: str, version_number: int | None) -> Listing:
    decided = ModerationDecision.objects.filter(version__listing=listing)
    if version_number is not None:
        decided = decided.filter(version__number=version_number)
    last = decided.order_by("-version__number").first()
    if last is None:
        raise Conflict(_("This listing is not waiting for a decision."), code="not_in_review")
    if last.decision != decision:
        raise Conflict(_("This submission has been decided already."), code="already_decided")
    return listing


def reasons_clean(decision: str, reasons: Sequence[str]) -> list[str]:
    if decision not in DecisionKind.values:
        raise InvalidInput.of("decision", _("Decide publish or reject."))
    if not isinstance(reasons, list | tuple) or not all(isinstance(reason, str) for reason in reasons):
        raise InvalidInput.of("reasons", _("Give a list of sentences."))
    cleaned = [reason.strip().replace("\0", "") for reason in reasons if reason.strip()]
    if decision == DecisionKind.REJECT and not cleaned:
        raise InvalidInput.of("reasons", _("Tell the seller what to change."))
    if len(cleaned) > MAX_REASONS or any(len(reason) > MAX_REASON_LENGTH for reason in cleaned):
        sentence = _("Use at most %(count)d reasons of at most %(length)d characters.")
        raise InvalidInput.of("reasons", sentence % {"count": MAX_REASONS, "length": MAX_REASON_LENGTH})
    return cleaned


def _sale_change(listing: Listing, by: User, status: ListingStatus) -> Listing:
    locked = listing_lock(listing.pk)
    if not by.is_staff:
        _require_seller(locked, by)
    if locked.status == status:
        return locked
    if locked.status == ListingStatus.IN_REVIEW and status == ListingStatus.REMOVED:
        raise Conflict(_("A moderator has this listing. Withdraw or return it first."), code="in_review")
    if locked.published_at is None and status != ListingStatus.REMOVED:
        raise Conflict(_("This listing has not been published."), code="not_on_sale")
    _move(locked, status, code="not_on_sale")
    locked.updated_at = clock.now()
    locked.save(update_fields=["status", "updated_at"])
    search.search_row_refresh(locked.pk)
    if locked.seller.user_id != by.pk:
        audit_record(actor=by, action=f"listing.{status.value}", subject=locked)
    return locked


def _move(listing: Listing, status: ListingStatus, *, code: str = "conflict") -> None:
    if not listing.may_become(status):
        raise Conflict(_("The state of this listing does not allow that."), code=code)
    listing.status = status


def _require_seller(listing: Listing, by: User) -> None:
    if listing.seller.user_id != by.pk:
        raise NotFound(_("There is no such listing."))
