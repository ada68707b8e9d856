"""From draft to shop window: submission, the moderator's decision, and what the seller may do on sale."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from common import clock
from common.enqueue import enqueue_on_commit
from common.errors import Conflict, InvalidInput, NotFound
from listings import search
from listings.models import (
    Appeal,
    AppealState,
    CheckState,
    Listing,
    ListingRevision,
    ListingStatus,
    ModerationDecision,
    PromptVersion,
    ReviewCheck,
    RevisionStatus,
)
from listings.queries.moderation import versions_waiting
from listings.queries.revisions import revisions_waiting
from listings.reasons import Remark
from listings.services.claims import claim_refuse_others
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
from listings.services.trail import trail_write
from listings.services.verdicts import listing_move, reasons_clean, verdict_write
from listings.services.versions import version_copy


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

    The automated checks begin on commit. Locks the listing. Submitting what waits already changes nothing.
    Raises NotFound for anyone but the seller; Conflict `removed`, `suspended` or `nothing_to_submit`;
    InvalidInput with all problems by field.
    """
    locked = listing_lock(listing.pk)
    _require_seller(locked, by)
    if locked.status == ListingStatus.REMOVED or locked.deleted_at is not None:
        raise Conflict(_("This listing was removed."), code="removed")
    if locked.status == ListingStatus.SUSPENDED:
        raise Conflict(_("This listing was taken down. Answer that first."), code="suspended")
    waiting, revision = waiting_version(locked), open_revision(locked)
    # While an appeal waits, what was begun after it is not sent.
    version = working_copy(locked) if waiting is None else None
    if waiting is None and locked.published_at is None:
        version = version or version_copy(listing=locked)
    if version is None and revision is None:
        if waiting is not None:
            return locked
        raise Conflict(_("There is no new version to submit."), code="nothing_to_submit")
    _refuse_problems(locked, version, revision)
    if version is not None:
        _seal(locked, version, by)
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


def _seal(listing: Listing, version: PromptVersion, by: User) -> None:
    version.sealed_at = listing.submitted_at = clock.now()
    version.save(update_fields=["sealed_at"])
    print_write(version=version)
    before = listing.status
    if listing.published_at is None:
        listing_move(listing, ListingStatus.IN_REVIEW)
    listing.save(update_fields=["status", "submitted_at"])
    ReviewCheck.objects.create(version=version)
    enqueue_on_commit("listings.check_run", version.pk)
    trail_write(actor=by, action="listing.submitted", listing=listing, before=before, version=version.number)


@transaction.atomic
def listing_withdraw(*, listing: Listing, by: User) -> Listing:
    """Take a submission back; a copy of it becomes the working copy. Nothing happens when none waits.

    New public text is taken back as well. Locks the listing. Raises NotFound for anyone but the seller.
    """
    revision_withdraw(listing=listing, by=by)
    locked = listing_lock(listing.pk)
    version = waiting_version(locked)
    if version is None:
        return locked
    now, before = clock.now(), locked.status
    if working_copy(locked) is None:
        version_copy(listing=locked)
    ReviewCheck.objects.filter(version=version, state=CheckState.QUEUED).update(
        state=CheckState.STALE, finished_at=now
    )
    Appeal.objects.filter(version=version, state=AppealState.OPEN).update(
        state=AppealState.WITHDRAWN, decided_at=now
    )
    if locked.status == ListingStatus.IN_REVIEW:
        listing_move(locked, ListingStatus.DRAFT)
        locked.save(update_fields=["status"])
    trail_write(actor=by, action="listing.withdrawn", listing=locked, before=before, version=version.number)
    return locked


@transaction.atomic
def listing_decide(
    *,
    listing: Listing,
    moderator: User,
    decision: str,
    reasons: Sequence[str] = (),
    remarks: Sequence[Remark] = (),
    version_number: int | None = None,
    via: str = "api",
) -> Listing:
    """Publish the waiting version or return it with reasons and remarks. Locks the listing.

    Repeating a decision changes nothing. `version_number`, where given, is the version the moderator read;
    `via` is `api` or `queue`. Raises NotFound for those who may not moderate; InvalidInput on `decision` or
    `reasons`; Conflict `already_decided`, `not_in_review`, `version_changed`, `own_listing`, `claimed` (by
    another moderator) or `first_moderator` (an appeal against this moderator's own decision).
    """
    locked = listing_lock(listing.pk)
    require_moderator(moderator)
    language = locked.seller.user.language
    sentences = reasons_clean(decision, reasons, remarks, language=language)
    version = waiting_version(locked)
    if version is not None and version_number not in (None, version.number):
        raise Conflict(_("The seller has sent a newer version since. Read it first."), code="version_changed")
    if version is None or locked.status in (ListingStatus.REMOVED, ListingStatus.SUSPENDED):
        return _decision_repeated(locked, decision, version_number)
    _refuse_interested(locked, version, moderator)
    claim_refuse_others(version=version, moderator=moderator)
    verdict_write(
        listing=locked,
        version=version,
        moderator=moderator,
        decision=decision,
        reasons=sentences,
        remarks=remarks,
        via=via,
    )
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
    ahead = Q(sealed_at__lt=version.sealed_at) | Q(sealed_at=version.sealed_at, pk__lte=version.pk)
    waiting = versions_waiting()
    if not waiting.filter(pk=version.pk).exists():
        return 0
    return (
        waiting.filter(ahead).count() + revisions_waiting().filter(submitted_at__lt=version.sealed_at).count()
    )


def revision_position(listing: Listing) -> int:
    """The same for new public text: it is judged in one queue with the versions."""
    revision = open_revision(listing)
    if revision is None or revision.status != RevisionStatus.WAITING:
        return 0
    versions = versions_waiting().filter(sealed_at__lte=revision.submitted_at)
    return versions.count() + revisions_waiting().filter(submitted_at__lte=revision.submitted_at).count()


def require_moderator(user: User) -> None:
    """Raises NotFound for those who may not moderate."""
    if not (user.is_active and user.is_staff):
        raise NotFound(_("There is no such submission."))


def is_for_another(version: PromptVersion, moderator: User) -> bool:
    """Whether this moderator may look at a submission and not decide it."""
    return version.listing.seller.user_id == moderator.pk or _decided_before(version, moderator)


def _decided_before(version: PromptVersion, moderator: User) -> bool:
    appeals = Appeal.objects.filter(version=version, state=AppealState.OPEN)
    return appeals.filter(first_moderator=moderator).exists()


def _refuse_interested(listing: Listing, version: PromptVersion, moderator: User) -> None:
    if listing.seller.user_id == moderator.pk:
        raise Conflict(_("Another moderator has to judge your own prompt."), code="own_listing")
    if _decided_before(version, moderator):
        raise Conflict(
            _("You decided the first time. An appeal is judged by another moderator."), code="first_moderator"
        )


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


def _sale_change(listing: Listing, by: User, status: ListingStatus) -> Listing:
    locked = listing_lock(listing.pk)
    if not by.is_staff:
        _require_seller(locked, by)
    before = locked.status
    if before == status:
        return locked
    if before == ListingStatus.SUSPENDED:
        raise Conflict(_("This listing was taken down. Answer that first."), code="suspended")
    if before == ListingStatus.IN_REVIEW and status == ListingStatus.REMOVED:
        raise Conflict(_("A moderator has this listing. Withdraw or return it first."), code="in_review")
    if locked.published_at is None and status != ListingStatus.REMOVED:
        raise Conflict(_("This listing has not been published."), code="not_on_sale")
    listing_move(locked, status, code="not_on_sale")
    locked.updated_at = clock.now()
    locked.save(update_fields=["status", "updated_at"])
    search.search_row_refresh(locked.pk)
    trail_write(actor=by, action=f"listing.{status.value}", listing=locked, before=before)
    return locked


def _require_seller(listing: Listing, by: User) -> None:
    if listing.seller.user_id != by.pk:
        raise NotFound(_("There is no such listing."))
