"""Listings set aside: deleted drafts, which come back or go for good, and archived ones. And copies."""

import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from common import clock
from common.errors import Conflict
from listings.models import ImportedPrompt, Listing, ListingStatus, PromptVersion
from listings.services.locks import latest_version, listing_lock
from listings.services.public_text import public_set, tag_rows
from listings.services.slugs import save_with_slug
from listings.services.versions import version_copy_to

KEPT_DAYS = 30
KEPT = datetime.timedelta(days=KEPT_DAYS)
_TITLE_LIMIT = 170


def draft_set_aside(listing: Listing) -> None:
    """Take a draft out of sight. The caller holds its lock. The file it came from may bring it again."""
    listing.deleted_at = clock.now()
    listing.save(update_fields=["deleted_at"])
    ImportedPrompt.objects.filter(listing=listing).delete()


@transaction.atomic
def listing_restore(*, listing: Listing) -> Listing:
    """Bring a deleted draft back as it was. Locks the listing; one that is not deleted stays as it is."""
    locked = listing_lock(listing.pk)
    if locked.deleted_at is not None:
        locked.deleted_at, locked.updated_at = None, clock.now()
        locked.save(update_fields=["deleted_at", "updated_at"])
    return locked


@transaction.atomic
def listing_archive(*, listing: Listing) -> Listing:
    """Put a listing out of its seller's sight; what is sold of it stays as it is. Locks the listing.

    Raises Conflict `on_sale` for one that is on sale or on its way there.
    """
    locked = listing_lock(listing.pk)
    if locked.status in (ListingStatus.PUBLISHED, ListingStatus.IN_REVIEW):
        raise Conflict(_("Take it off sale, or withdraw it, before you archive it."), code="on_sale")
    return _archived_set(locked, clock.now())


@transaction.atomic
def listing_unarchive(*, listing: Listing) -> Listing:
    """Put it back among the others. Locks the listing."""
    return _archived_set(listing_lock(listing.pk), None)


def _archived_set(locked: Listing, at: datetime.datetime | None) -> Listing:
    locked.archived_at = at
    locked.save(update_fields=["archived_at"])
    return locked


@transaction.atomic
def listing_duplicate(*, listing: Listing) -> Listing:
    """A new draft like `listing`: its public text, price and newest version; none of its sales or reviews."""
    source = listing_lock(listing.pk)
    copy = Listing(
        seller=source.seller, price_amount=source.price_amount, remixed_from_id=source.remixed_from_id
    )
    facts = {name: getattr(source, name) for name in ("summary", "description", "model", "category")}
    facts |= {"language": source.language, "license": source.license}
    title = _("Copy of %(title)s") % {"title": source.title}
    public_set(copy, facts | {"title": title[:_TITLE_LIMIT]})
    save_with_slug(copy)
    copy.tags.set(tag_rows([tag.slug for tag in source.tags.all()]))
    version_copy_to(copy, latest_version(source))
    return copy


def deleted_drafts_forget() -> None:
    """Erase drafts that were deleted more than 30 days ago, each in a transaction of its own."""
    old = Listing.objects.filter(deleted_at__lt=clock.now() - KEPT)
    for pk in old.values_list("pk", flat=True)[:1000]:
        _forget(pk)


@transaction.atomic
def _forget(pk: int) -> None:
    # Between the search and the lock it may have been brought back.
    if not Listing.objects.filter(pk=pk, deleted_at__lt=clock.now() - KEPT).exists():
        return
    listing = listing_lock(pk)
    if listing.deleted_at is None:
        return
    for version in PromptVersion.objects.filter(listing=listing):
        version.examples.all().delete()
        version.delete()
    listing.delete()
