"""The site's WSGI application, but its process is killed (SIGKILL) when it is about to send a task."""

import os
import signal
from typing import Any

from celery.signals import before_task_publish

from config.wsgi import application

__all__ = ["application"]


def die(**_message: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


before_task_publish.connect(die)
