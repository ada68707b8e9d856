"""The Celery application. Tasks are found in each app's `tasks` module; the schedule is in settings.

Every task may run twice, late, or never: what must happen stands in a row first, and the sweepers
in the schedule find rows whose task was lost.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("promptfair")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
