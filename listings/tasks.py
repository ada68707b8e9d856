"""Celery's entry points for listings."""

from celery import shared_task

from listings.services import checks
from listings.services.counting import views_drain
from listings.services.originality import prints_complete


@shared_task(name="listings.check_run")
def check_run(version_id: int) -> None:
    """The automated checks of one submission."""
    checks.check_run(version_id=version_id)


@shared_task(name="listings.checks_sweep")
def checks_sweep() -> None:
    """Checks whose task was lost."""
    checks.checks_sweep()


@shared_task(name="listings.prints_sweep")
def prints_sweep() -> None:
    """Fingerprints of submitted texts that have none."""
    prints_complete()


@shared_task(name="listings.views_drain")
def views_gathered() -> None:
    """Book the views that have gathered in Redis."""
    views_drain()
