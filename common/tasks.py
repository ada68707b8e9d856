from celery import shared_task

from common import outbox


@shared_task(name="common.outbox_deliver")
def outbox_deliver(message_id: int) -> None:
    outbox.message_deliver(message_id)


@shared_task(name="common.outbox_sweep")
def outbox_sweep() -> None:
    """Deliver what was written and whose task was lost."""
    for message_id in outbox.waiting_message_ids():
        outbox.message_deliver(message_id)
