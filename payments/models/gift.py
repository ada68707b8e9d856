"""Presents: an order whose prompts somebody else may read."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import clock
from common.attempts import Attempted
from common.ids import uuid7
from payments.models.order import Order

MAX_MESSAGE = 500


class Gift(Attempted):
    """Who an order is for, what is said with it, and who has claimed it: one person, for all of it.

    The link in the mail holds a secret that is derived from this row and kept nowhere; another `revision`
    ends the links before it. The address is empty where an order was rebuilt from Stripe: its buyer types it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="gift")
    email = models.EmailField(_("whose it is"), blank=True)
    message = models.TextField(_("message"), max_length=MAX_MESSAGE, blank=True)
    # When its buyer wants it sent; at once if that is over when it is paid.
    send_at = models.DateTimeField(default=clock.now)
    # From when the mail is to go; None while there is nothing to send.
    due_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_count = models.PositiveSmallIntegerField(default=0)
    revision = models.PositiveSmallIntegerField(default=1)
    reminded_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="claimed_gifts"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("gift")
        verbose_name_plural = _("gifts")
        constraints = [
            models.CheckConstraint(
                condition=Q(claimed_by=None, claimed_at=None)
                | Q(claimed_by__isnull=False, claimed_at__isnull=False),
                name="gift_claimed_by_somebody",
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(sent_at=None, claimed_at=None), name="gift_unsent"),
            models.Index(
                fields=["sent_at"], condition=Q(reminded_at=None, claimed_at=None), name="gift_unclaimed"
            ),
        ]

    def __str__(self) -> str:
        return f"gift of {self.order_id}"
