"""The one way to read a version's text as its seller or as a moderator."""

from collections.abc import Iterator

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from accounts.models import SellerProfile, User
from accounts.services import audit_record
from common.errors import NotFound
from listings.models import ListingStatus, PromptVersion, ReviewCheck
from listings.queries.moderation import versions_waiting


@transaction.atomic
def version_source(*, version: PromptVersion, reader: User, via: str) -> PromptVersion:
    """The version with its text, read afresh. `via` says where it is shown: `queue`, `api`, `studio`.

    A moderator may read what waits for a decision; that is written to the audit log in the same transaction.
    Being one is no way to read what is on sale: buyers read through their entitlement, not here. Raises
    NotFound for anyone else.
    """
    found = (
        PromptVersion.objects.select_related("listing__seller", "listing__model", "listing__category")
        .prefetch_related("examples__picture")
        .filter(pk=version.pk)
        .first()
    )
    if found is None or not reader.is_active:
        raise _not_found()
    if found.listing.seller.user_id == reader.pk:
        return found
    if not (reader.is_staff and versions_waiting().filter(pk=found.pk).exists()):
        raise _not_found()
    audit_record(
        actor=reader,
        action="version.source_read",
        subject=found,
        detail={"listing": found.listing_id, "version": found.number, "via": via},
    )
    return found


@transaction.atomic
def sources_beside(*, version: PromptVersion, reader: User) -> dict[int, PromptVersion]:
    """What a moderator compares a waiting version with, by id: the version on sale, and the near copies that
    its checks have named. Each text that is read so is written to the audit log. Empty for anyone else.
    """
    waits = versions_waiting().filter(pk=version.pk).exists()
    if not (reader.is_active and reader.is_staff and waits):
        return {}
    check = ReviewCheck.objects.filter(version=version).first()
    wanted = [copy["version"] for copy in check.near_copies] if check else []
    if version.listing.published_version_id:
        wanted.append(version.listing.published_version_id)
    found = PromptVersion.objects.select_related("listing__seller").in_bulk(wanted)
    for other in found.values():
        audit_record(
            actor=reader,
            action="version.source_read",
            subject=other,
            detail={"listing": other.listing_id, "version": other.number, "beside": version.pk},
        )
    return found


def own_sources(*, seller: SellerProfile) -> Iterator[PromptVersion]:
    """The newest version of each of the seller's listings that was not removed, with all there is to it.

    Read a hundred at a time, so that a thousand listings take no more memory than ten.
    """
    newest = (
        PromptVersion.objects.filter(listing=OuterRef("listing")).order_by("-number").values("number")[:1]
    )
    versions = (
        PromptVersion.objects.filter(
            listing__seller=seller, listing__deleted_at=None, number=Subquery(newest)
        )
        .exclude(listing__status=ListingStatus.REMOVED)
        .select_related("listing__seller", "listing__model", "listing__category")
        .prefetch_related("examples", "listing__tags")
        .order_by("listing_id")
    )
    yield from versions.iterator(chunk_size=100)


def _not_found() -> NotFound:
    return NotFound(_("There is no such version."))
