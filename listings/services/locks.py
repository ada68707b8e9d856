"""The one place that locks listings. Their versions are read and written only under the listing's lock."""

from collections.abc import Collection
from typing import Any

from django.db import connection

from listings.models import AppealState, ImportJob, Listing, ListingRevision, Picture, PromptVersion
from listings.models.revision import OPEN_REVISION


def listing_lock(listing_id: int) -> Listing:
    """The listing, locked until the transaction ends. Only its own row: sellers and vocabulary stay free."""
    return Listing.objects.select_for_update(of=("self",)).select_related("seller").get(pk=listing_id)


def working_copy(listing: Listing) -> PromptVersion | None:
    """The version the seller is writing, if there is one."""
    return listing.versions.filter(sealed_at=None).first()


def latest_version(listing: Listing) -> PromptVersion | None:
    return listing.versions.order_by("-number").first()


def waiting_version(listing: Listing) -> PromptVersion | None:
    """The version a moderator has to judge: an appealed one, else the newest if sealed and undecided."""
    appealed = listing.versions.filter(appeal__state=AppealState.OPEN, decision=None).first()
    if appealed is not None:
        return appealed
    latest = latest_version(listing)
    if latest is None or not latest.is_sealed or latest.published_at or hasattr(latest, "decision"):
        return None
    return latest


def open_revision(listing: Listing) -> ListingRevision | None:
    """New public text that is being written or waits for a moderator, read afresh."""
    return listing.revisions.filter(status__in=OPEN_REVISION).first()


def import_job_lock(job_id: Any, *, may_wait: bool = True) -> ImportJob | None:
    """The import with its file, locked until the transaction ends; None if it is gone, or a rival has it."""
    jobs = ImportJob.objects.select_for_update(of=("self",), skip_locked=not may_wait)
    return jobs.select_related("seller__user").filter(pk=job_id).first()


def picture_lock(pk: int) -> Picture | None:
    """A picture, locked until the transaction ends; None where it is gone or about to be."""
    return Picture.objects.select_for_update().filter(pk=pk, doomed_at=None).first()


def pictures_lock(digests: Collection[str]) -> dict[str, Picture]:
    """Those of the pictures that are there to be shown, by digest, so that no sweeper takes one meanwhile."""
    rows = Picture.objects.select_for_update().order_by("pk")
    found = rows.filter(digest__in=digests, doomed_at=None, stored_at__isnull=False)
    return {picture.digest: picture for picture in found}


def external_ids_lock(seller_id: int) -> None:
    """One bulk row of a seller at a time, until the transaction ends: two that name a listing alike make one.

    Not the seller's row: payouts wait for that.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('listings.external_ids'), %s)", [seller_id])
