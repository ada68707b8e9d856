"""Telling higher apps what happened: a row in the same transaction, then a task, then a sweeper.

Handlers may run twice, so each must be safe to repeat.
"""

import datetime
import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import F

from common import clock
from common.enqueue import enqueue_on_commit
from common.models import OutboxMessage

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


def message_publish(topic: str, *, subject: object, payload: dict[str, Any] | None = None) -> OutboxMessage:
    """Write the row in the caller's transaction and hint at it on commit."""
    message = OutboxMessage.objects.create(topic=topic, subject=str(subject), payload=payload or {})
    enqueue_on_commit("common.outbox_deliver", message.pk)
    return message


def message_deliver(message_id: int) -> bool:
    """Run every handler of one message in one transaction. Locks the row; a held or handled row is left alone.

    A failure is recorded and tried again with growing pauses, up to an hour apart.
    """
    try:
        with transaction.atomic():
            message = (
                OutboxMessage.objects.select_for_update(skip_locked=True)
                .filter(pk=message_id, handled_at=None)
                .first()
            )
            if message is None:
                return False
            for handler in _handlers[message.topic]:
                handler(message)
            message.handled_at = clock.now()
            message.save(update_fields=["handled_at"])
            return True
    except Exception as error:
        logger.exception("Outbox message %s failed", message_id)
        _record_failure(message_id, error)
        return False


def waiting_message_ids(limit: int = 200) -> list[int]:
    waiting = OutboxMessage.objects.filter(handled_at=None, next_attempt_at__lte=clock.now())
    return list(waiting.order_by("next_attempt_at").values_list("pk", flat=True)[:limit])


def _record_failure(message_id: int, error: Exception) -> None:
    OutboxMessage.objects.filter(pk=message_id).update(
        attempts=F("attempts") + 1, last_error=type(error).__name__
    )
    message = OutboxMessage.objects.get(pk=message_id)
    pause = min(5 * 2 ** min(message.attempts, 10), 3600)
    message.next_attempt_at = clock.now() + datetime.timedelta(seconds=pause)
    message.save(update_fields=["next_attempt_at"])
