import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common import clock
from common.attempts import Attempted


class ClockOffset(models.Model):
    """How far the clock is moved; at most one row, used with the Stripe sandbox only. See common.clock."""

    offset = models.DurationField(default=datetime.timedelta())

    def __str__(self) -> str:
        return str(self.offset)


class OutboxMessage(Attempted):
    """Something that happened, told to those who registered: Celery delivers, a sweeper repeats.

    This is how a lower app affects a higher one without importing it.
    """

    topic = models.CharField(max_length=60)
    subject = models.CharField(max_length=60, help_text="The id of the row it is about.")
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now)
    handled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("outbox message")
        verbose_name_plural = _("outbox messages")
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(handled_at=None), name="outbox_waiting"),
            models.Index(fields=["topic", "subject"], name="outbox_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.subject}"
