"""Celery's entry points for listings."""

import time
from collections.abc import Callable

from celery import shared_task

from listings.search.rows import search_rows_complete
from listings.search.tiers import tiers_adjust
from listings.search.vocabulary import vocabulary_count
from listings.services import checks, deleted, import_jobs, rewriting
from listings.services.counting import views_drain
from listings.services.originality import prints_complete
from listings.services.public_state import public_changes_fold

TURN_SECONDS = 60


@shared_task(name="listings.check_run")
def check_run(version_id: int) -> None:
    """The automated checks of one submission."""
    checks.check_run(version_id=version_id)


@shared_task(name="listings.checks_sweep")
def checks_sweep() -> None:
    """Checks whose task was lost."""
    checks.checks_sweep()


@shared_task(name="listings.deleted_drafts_forget")
def deleted_drafts_forget() -> None:
    """Drafts deleted more than a month ago."""
    deleted.deleted_drafts_forget()


@shared_task(name="listings.prints_sweep")
def prints_sweep() -> None:
    """Fingerprints of submitted texts that have none."""
    prints_complete()


@shared_task(name="listings.views_drain")
def views_gathered() -> None:
    """Book the views that have gathered in Redis."""
    views_drain()


@shared_task(name="listings.search_sweep")
def search_sweep() -> None:
    """Count what search rows have changed into the vocabulary, and write rows that are missing."""
    search_rows_complete()
    _repeat(vocabulary_count)


@shared_task(name="listings.public_changes_fold")
def public_changes() -> None:
    """Fold what has changed in public into one row."""
    public_changes_fold()


@shared_task(name="listings.search_tiers")
def search_tiers() -> None:
    """Have the best listings in the best tier."""
    _repeat(tiers_adjust)


def _repeat(work: Callable[[], int]) -> None:
    """Until there is nothing left, or for so long that the next beat may go on."""
    end = time.monotonic() + TURN_SECONDS
    while work() and time.monotonic() < end:
        pass


@shared_task(name="listings.import_run")
def import_run(job_id: str) -> None:
    """Try or import the rows of a seller's file."""
    import_jobs.import_run(job_id=job_id)


@shared_task(name="listings.imports_sweep")
def imports_sweep() -> None:
    """Imports whose task was lost or killed, and what nobody needs any more."""
    import_jobs.imports_sweep()


@shared_task(name="listings.rewrite_run")
def rewrite_run(rewrite_id: int) -> None:
    """Ask for other words."""
    rewriting.rewrite_run(rewrite_id=rewrite_id)


@shared_task(name="listings.rewrites_sweep")
def rewrites_sweep() -> None:
    """Suggestions whose task was lost, or whose endpoint was away."""
    rewriting.rewrites_sweep()
