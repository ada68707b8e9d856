"""The composition root: settings, URLs, and the Celery and WSGI entry points."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
