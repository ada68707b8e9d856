from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import SellerProfile
from common import clock
from common.ids import uuid7


class WebhookEvent(models.TextChoices):
    SALE_COMPLETED = "sale.completed", _("A prompt was sold")
    SALE_REFUNDED = "sale.refunded", _("A sale was refunded, all or in part")
    DISPUTE_OPENED = "dispute.opened", _("A bank disputes a payment")
    DISPUTE_CLOSED = "dispute.closed", _("A dispute was won or lost")
    PAYOUT_PAID = "payout.paid", _("A payout was sent")
    PAYOUT_FAILED = "payout.failed", _("A payout failed")
    REVIEW_CREATED = "review.created", _("A buyer wrote a review")
    VERSION_PUBLISHED = "version.published", _("A version was published")
    VERSION_REJECTED = "version.rejected", _("A version was returned with reasons")


class PauseReason(models.TextChoices):
    SELLER = "seller", _("You paused it.")
    GONE = "gone", _("Your server answered 410 Gone: it wants no more messages.")
    FAILING = "failing", _("Nothing could be delivered for three days.")


class WebhookEndpoint(models.Model):
    """Where a seller's program listens. At most one worker is at it at a time, until `not_before`.

    After a failure `not_before` is also how long the endpoint is left alone, whatever waits for it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    seller = models.ForeignKey(SellerProfile, on_delete=models.PROTECT, related_name="webhook_endpoints")
    url = models.CharField(_("address"), max_length=2000)
    events = ArrayField(models.CharField(max_length=40, choices=WebhookEvent.choices))
    secret = models.CharField(max_length=80)
    previous_secret = models.CharField(max_length=80, blank=True)
    previous_secret_ends_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    pause_reason = models.CharField(max_length=10, choices=PauseReason.choices, blank=True)
    failures = models.PositiveIntegerField(default=0, help_text="In a row, up to now.")
    not_before = models.DateTimeField(default=timezone.now)
    last_success_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")

    def __str__(self) -> str:
        return str(self.id)

    def get_absolute_url(self) -> str:
        return f"/sell/webhooks/{self.id}/"


class WebhookMessage(models.Model):
    """Something to tell one endpoint, with the very bytes that are signed. Waits until delivered or given up.

    Messages about one subject go in the order of their ids.
    """

    key = models.UUIDField(unique=True, default=uuid7, editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="messages")
    event = models.CharField(max_length=40)
    subject = models.CharField(max_length=60)
    source = models.CharField(max_length=80, help_text="What it was made from, so that it is made once.")
    body = models.TextField()
    created_at = models.DateTimeField(default=clock.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    resend_asked_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("webhook message")
        verbose_name_plural = _("webhook messages")
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "source"], name="webhook_message_once"),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "subject", "id"],
                condition=Q(delivered_at=None, given_up_at=None),
                name="webhook_message_waiting",
            ),
            models.Index(
                fields=["endpoint"],
                condition=Q(resend_asked_at__isnull=False),
                name="webhook_message_resend",
            ),
            models.Index(fields=["endpoint", "-id"], name="webhook_message_log"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.key}"

    @property
    def message_id(self) -> str:
        """What the receiver sees, and tells repeats by."""
        return f"msg_{self.key.hex}"

    @property
    def status(self) -> str:
        if self.delivered_at:
            return "delivered"
        return "failed" if self.given_up_at else "pending"


class WebhookAttempt(models.Model):
    """One request to the endpoint, and what came of it. Of the answer only the status is kept."""

    message = models.ForeignKey(WebhookMessage, on_delete=models.CASCADE, related_name="tries")
    attempted_at = models.DateTimeField(default=clock.now)
    status_code = models.PositiveSmallIntegerField(null=True)
    milliseconds = models.PositiveIntegerField()
    error = models.CharField(max_length=40, blank=True, help_text="A code of marketplace.outgoing.sending.")

    class Meta:
        verbose_name = _("webhook attempt")
        verbose_name_plural = _("webhook attempts")

    def __str__(self) -> str:
        return f"{self.status_code or self.error}"
