"""Writing a listing: the draft, its working copy, and edits after publication."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import SellerProfile
from common import clock
from common.errors import Conflict
from listings import search
from listings.models import Listing, ListingStatus, PromptVersion
from listings.models.listing import License
from listings.services.deleted import draft_set_aside
from listings.services.inputs import VERSION_FIELDS, inputs_clean
from listings.services.locks import latest_version, listing_lock, waiting_version, working_copy
from listings.services.public_text import public_changes, public_set, tag_rows
from listings.services.revisions import revision_write
from listings.services.slugs import save_with_slug, slug_base
from listings.services.versions import version_copy, version_create, version_differs, version_write


@dataclass(frozen=True, kw_only=True)
class ListingInput:
    """A listing as a seller writes it. `price_amount` in US cents; `model` and `category` are slugs.

    `variables` left out are derived from the prompt as required text fields.
    """

    title: str
    model: str
    category: str
    price_amount: int
    summary: str = ""
    description: str = ""
    tags: list[str] = field(default_factory=list)
    prompt: str = ""
    variables: list[dict[str, Any]] | None = None
    instructions: str = ""
    license: str = License.PERSONAL.value
    language: str = "en"
    changelog: str = ""
    examples: list[dict[str, Any]] = field(default_factory=list)


@transaction.atomic
def listing_create(*, seller: SellerProfile, data: ListingInput) -> Listing:
    """Make a draft with its working copy. Raises InvalidInput naming every field that breaks a rule."""
    cleaned = inputs_clean(asdict(data))
    listing = Listing(seller=seller, price_amount=cleaned["price_amount"])
    public_set(listing, cleaned)
    save_with_slug(listing)
    listing.tags.set(tag_rows(cleaned["tags"]))
    version_create(listing=listing, number=1, fields=cleaned)
    return listing


@transaction.atomic
def listing_update(*, listing: Listing, data: Mapping[str, Any]) -> Listing:
    """Change what `data` gives (ListingInput's fields). Locks the listing.

    The price changes at once. The text side goes to the working copy, begun from the last version when there
    is none. Public text changes freely until the first publication; then it goes to a revision that has to
    be submitted (docs/decisions/0009). Raises InvalidInput; Conflict `removed` or `in_review` (withdraw
    first).
    """
    locked = listing_lock(listing.pk)
    cleaned = inputs_clean(data)
    if locked.status == ListingStatus.REMOVED or locked.deleted_at is not None:
        raise Conflict(_("This listing was removed and can no longer be changed."), code="removed")
    public = public_changes(locked, cleaned) if locked.published_at is None else {}
    version_fields = {name: cleaned[name] for name in VERSION_FIELDS if name in cleaned}
    if not version_differs(latest_version(locked), version_fields):
        version_fields = {}
    if public or version_fields:
        _refuse_while_waiting(locked)
    if public:
        _public_write(locked, public)
    if locked.published_at is not None:
        revision_write(locked, cleaned)
    if version_fields:
        version_write(_version_start(locked), version_fields)
    if "price_amount" in cleaned:
        locked.price_amount = cleaned["price_amount"]
    locked.updated_at = clock.now()
    locked.save()
    search.search_row_refresh(locked.pk)
    return locked


@transaction.atomic
def listing_delete(*, listing: Listing) -> None:
    """Set a draft aside that nobody has judged: `listing_restore` brings it back, for 30 days. Anything else
    becomes `removed`, which keeps buyers' access.

    Locks the listing. Raises Conflict `in_review` while a moderator has it, `suspended` after a takedown.
    """
    locked = listing_lock(listing.pk)
    if locked.status == ListingStatus.IN_REVIEW:
        raise _in_review()
    if locked.status == ListingStatus.SUSPENDED:
        raise Conflict(_("This listing was taken down. Answer that first."), code="suspended")
    if locked.status == ListingStatus.REMOVED:
        return
    if locked.versions.exclude(sealed_at=None).exists():
        locked.status, locked.updated_at = ListingStatus.REMOVED, clock.now()
        locked.save(update_fields=["status", "updated_at"])
        search.search_row_refresh(locked.pk)
        return
    if locked.deleted_at is None:
        draft_set_aside(locked)


@transaction.atomic
def version_start(*, listing: Listing) -> PromptVersion:
    """The working copy, begun from the last version when there is none. Locks the listing.

    Raises Conflict `removed`, or `in_review` while the last version waits for a moderator.
    """
    locked = listing_lock(listing.pk)
    if locked.status == ListingStatus.REMOVED or locked.deleted_at is not None:
        raise Conflict(_("This listing was removed and can no longer be changed."), code="removed")
    _refuse_while_waiting(locked)
    return _version_start(locked)


@transaction.atomic
def version_discard(*, listing: Listing) -> int:
    """Throw away the version that is being written of what was submitted before, and return its number.

    Locks the listing. Raises Conflict `nothing_to_discard` where none is, or where it is all there is.
    """
    locked = listing_lock(listing.pk)
    version = working_copy(locked)
    if version is None or not locked.versions.exclude(sealed_at=None).exists():
        raise Conflict(_("No new version is being written."), code="nothing_to_discard")
    version.delete()
    locked.updated_at = clock.now()
    locked.save(update_fields=["updated_at"])
    return version.number


def _version_start(listing: Listing) -> PromptVersion:
    return working_copy(listing) or version_copy(listing=listing)


def _public_write(listing: Listing, changes: Mapping[str, Any]) -> None:
    public_set(listing, changes)
    if "title" in changes and not listing.slug.startswith(slug_base(listing.title) or "prompt-"):
        save_with_slug(listing)
    if "tags" in changes:
        listing.tags.set(tag_rows(changes["tags"]))


def _refuse_while_waiting(listing: Listing) -> None:
    if waiting_version(listing) is not None:
        raise _in_review()


def _in_review() -> Conflict:
    return Conflict(_("A moderator has this version. Withdraw it first to change it."), code="in_review")
