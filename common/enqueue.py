"""The one way to start a task: by name, after the commit, as a hint.

A lost hint is not a fault: the row that says what must happen is committed first, and a sweeper finds it.
"""

import logging
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def enqueue_on_commit(task_name: str, *args: Any) -> None:
    """Send `task_name` with `args` once the current transaction commits (at once outside of one)."""
    transaction.on_commit(lambda: enqueue(task_name, *args))


def enqueue(task_name: str, *args: Any) -> None:
    """Send the task now. A broker that is away is logged and otherwise ignored: the sweeper will do it."""
    try:
        current_app.send_task(task_name, args=args)
    except (OperationalError, OSError) as error:
        logger.warning(
            "Could not enqueue %s; the sweeper will find its row (%s)", task_name, type(error).__name__
        )
