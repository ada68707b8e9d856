"""What a seller sees of files they brought in. The file itself is never read here."""

from typing import Any

from django.db.models import Count, QuerySet

from accounts.models import SellerProfile
from common.errors import NotFound
from listings.models import ImportJob, ImportOutcome, ImportRow


def own_imports(seller: SellerProfile) -> QuerySet[ImportJob]:
    """The seller's imports, newest first."""
    return ImportJob.objects.filter(seller=seller).defer("content").order_by("-created_at", "-pk")


def own_import(seller: SellerProfile, job_id: Any) -> ImportJob:
    """One of them. Raises NotFound when there is none, or it is another's."""
    job = own_imports(seller).filter(pk=job_id).first()
    if job is None:
        raise NotFound("You have no such import.")
    return job


def outcome_counts(job: ImportJob) -> dict[str, int]:
    """How many rows had each outcome, of those that were taken so far."""
    counted = dict(job.rows.order_by().values_list("outcome").annotate(count=Count("pk")))
    return {outcome: counted.get(outcome, 0) for outcome in ImportOutcome.values}


def import_rows(job: ImportJob, *, outcome: str = "") -> QuerySet[ImportRow]:
    """The rows in the file's order, of one outcome if it is given."""
    rows = job.rows.select_related("listing").defer("listing__description", "listing__description_html")
    return (rows.filter(outcome=outcome) if outcome else rows).order_by("position")
