"""Celery's entry points of the faces."""

import datetime

from celery import shared_task

from common import clock
from marketplace.models import IdempotencyRecord
from marketplace.sharing.pictures import pictures_sweep

# As long as Stripe keeps its own: https://docs.stripe.com/api/idempotent_requests
KEPT = datetime.timedelta(hours=24)


@shared_task(name="marketplace.idempotency_records_sweep")
def idempotency_records_sweep() -> None:
    """Forget answers that no client repeats any more."""
    IdempotencyRecord.objects.filter(created_at__lt=clock.now() - KEPT).delete()


@shared_task(name="marketplace.pictures_sweep")
def shared_pictures_sweep() -> None:
    """Delete pictures of shared links that have become old."""
    pictures_sweep()
