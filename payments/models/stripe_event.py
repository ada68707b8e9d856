from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common import clock
from common.attempts import Attempted


class StripeEvent(Attempted):
    """A received webhook: stored once, answered, and handled by a task or, failing that, the sweeper."""

    stripe_event_id = models.CharField(max_length=120)
    type = models.CharField(max_length=80)
    payload = models.JSONField()
    is_connect = models.BooleanField(default=False)
    received_at = models.DateTimeField(default=clock.now)
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("Stripe event")
        verbose_name_plural = _("Stripe events")
        constraints = [models.UniqueConstraint(fields=["stripe_event_id"], name="event_once")]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(handled_at=None), name="event_waiting"),
            models.Index(fields=["-received_at"], name="event_received"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.stripe_event_id}"
