"""Celery's entry points of the faces."""

import datetime

from celery import shared_task

from accounts.oauth import apps_forget
from common import clock
from common.enqueue import enqueue
from listings.services import pictures
from marketplace.community import digests
from marketplace.models import EditorDraft, IdempotencyRecord
from marketplace.notifying import mailing, spreading
from marketplace.notifying.services import MAIL_TASK
from marketplace.notifying.services import notifications_forget as forget
from marketplace.outgoing import delivering
from marketplace.outgoing.services import TASK as WEBHOOKS_DELIVER
from marketplace.sharing.pictures import pictures_sweep

# As long as Stripe keeps its own: https://docs.stripe.com/api/idempotent_requests
KEPT = datetime.timedelta(hours=24)


@shared_task(name="marketplace.idempotency_records_sweep")
def idempotency_records_sweep() -> None:
    """Forget answers that no client repeats any more."""
    IdempotencyRecord.objects.filter(created_at__lt=clock.now() - KEPT).delete()


@shared_task(name="marketplace.apps_forget")
def oauth_apps_forget() -> None:
    """Delete ended tokens of apps, and apps that nobody uses."""
    apps_forget()


@shared_task(name="marketplace.pictures_sweep")
def shared_pictures_sweep() -> None:
    """Delete pictures of shared links that have become old."""
    pictures_sweep()


@shared_task(name=WEBHOOKS_DELIVER)
def webhooks_deliver(endpoint_id: str) -> None:
    """Tell one endpoint what waits for it."""
    delivering.endpoint_deliver(endpoint_id=endpoint_id)


@shared_task(name="marketplace.webhooks_sweep")
def webhooks_sweep() -> None:
    """Begin anew with endpoints whose task was lost, or whose next try is due."""
    for endpoint_id in delivering.due_endpoint_ids():
        enqueue(WEBHOOKS_DELIVER, str(endpoint_id))


@shared_task(name="marketplace.webhooks_forget")
def webhooks_forget() -> None:
    delivering.old_messages_forget()


@shared_task(name=MAIL_TASK)
def notifications_mail() -> None:
    """Mail what people are told and want by mail; also the sweeper of mails whose task was lost."""
    mailing.notifications_mail()


@shared_task(name=spreading.TASK)
def spread_continue(spread_id: int) -> None:
    """Tell many people one thing, batch by batch."""
    spreading.spread_continue(spread_id=spread_id)


@shared_task(name="marketplace.spreads_sweep")
def spreads_sweep() -> None:
    """Go on with those whose worker was killed."""
    for spread_id in spreading.waiting_spread_ids():
        enqueue(spreading.TASK, spread_id)


@shared_task(name="marketplace.digests_begin")
def digests_begin() -> None:
    """Begin yesterday's and last week's digest, if that was not done."""
    digests.digests_begin()


@shared_task(name="marketplace.notifications_forget")
def notifications_forget() -> None:
    forget()


@shared_task(name="marketplace.example_pictures_sweep")
def example_pictures_sweep() -> None:
    """Take pictures away that no example shows, and no text that is being written."""
    drafts = EditorDraft.objects.filter(data__isnull=False).values_list("data", flat=True)
    values = (value for data in drafts for name, value in (data or {}).items() if name.endswith("-picture"))
    pictures.pictures_sweep(keep={value for value in values if value})
