"""Telling higher apps what happened: a row in the same transaction, then a task, then a sweeper.

Handlers may run twice, so each must be safe to repeat.
"""

import datetime
import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import Q

from common import clock
from common.attempts import attempt_claim, attempt_failed, due_ids
from common.enqueue import enqueue_on_commit
from common.models import OutboxMessage

WAITING = Q(handled_at=None)

logger = logging.getLogger(__name__)

Handler = Callable[[OutboxMessage], None]
_handlers: dict[str, list[Handler]] = defaultdict(list)


def handles(topic: str) -> Callable[[Handler], Handler]:
    """Register a handler; apps import their handlers in `AppConfig.ready`."""

    def register(handler: Handler) -> Handler:
        if handler not in _handlers[topic]:
            _handlers[topic].append(handler)
        return handler

    return register


def message_publish(
    topic: str,
    *,
    subject: object,
    payload: dict[str, Any] | None = None,
    delay: datetime.timedelta = datetime.timedelta(),
) -> OutboxMessage:
    """Write the row in the caller's transaction and hint at it on commit; a delayed one the sweeper finds."""
    message = OutboxMessage(topic=topic, subject=str(subject), payload=payload or {})
    message.next_attempt_at += delay
    message.save()
    if not delay:
        enqueue_on_commit("common.outbox_deliver", message.pk)
    return message


def message_deliver(message_id: int) -> bool:
    """Run every handler of one message in one transaction; a failure is noted and tried again later."""
    message = attempt_claim(OutboxMessage, message_id, waiting=WAITING)
    if message is None:
        return False
    try:
        with transaction.atomic():
            # Marked first: this locks the row, and a failing handler takes the mark back.
            if not OutboxMessage.objects.filter(WAITING, pk=message_id).update(handled_at=clock.now()):
                return False  # a slow rival, whose claim had run out, was first after all
            for handler in _handlers[message.topic]:
                handler(message)
    except Exception as error:
        logger.exception("Outbox message %s failed", message_id)
        attempt_failed(OutboxMessage, message_id, error)
        return False
    return True


def waiting_message_ids() -> list[int]:
    return due_ids(OutboxMessage, waiting=WAITING)
