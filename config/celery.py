"""The Celery application. Tasks are found in each app's `tasks` module; the schedule is in settings.

Every task may run twice, late, or never: what must happen stands in a row first, and the sweepers
in the schedule find rows whose task was lost.
"""

import os
import sys
from typing import Any

from celery import Celery
from celery.signals import task_prerun, worker_init
from django.db import close_old_connections, connections
from kombu.transport import redis

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("promptfair")
app.config_from_object("django.conf:settings", namespace="CELERY")
# Celery would end the database session after each task. A new one costs as much as fulfilling a purchase.
app.conf.update(CELERY_DB_REUSE_MAX=sys.maxsize)
app.autodiscover_tasks()


def session_renew_if_needed(**_: Any) -> None:
    """As before a request: a session that is broken or older than CONN_MAX_AGE gives way to a new one."""
    close_old_connections()


def sessions_end_before_forking(**_: Any) -> None:
    """A session must not be shared with the processes that do the work."""
    connections.close_all()


task_prerun.connect(session_renew_if_needed)
worker_init.connect(sessions_end_before_forking)


class ClosingChannel(redis.Channel):
    """A channel that is closed also when Redis went away in the middle of its waiting read.

    kombu 5.7 lets that error cut the closing short. The worker then closes the channel once more, without its
    connection, and ends with an AttributeError where it should connect anew.
    """

    def close(self) -> None:
        try:
            super().close()  # type: ignore[no-untyped-call]
        except self.connection_errors:
            super().close()  # type: ignore[no-untyped-call]


redis.Transport.Channel = ClosingChannel
