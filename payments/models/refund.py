from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import clock
from common.attempts import Attempted
from common.ids import uuid7
from payments.models.order import OrderItem
from payments.models.payment import Payment
from payments.models.touched import touched_index


class RefundStatus(models.TextChoices):
    """
    requested ──▶ succeeded ──▶ failed   (Stripe may report a failure days later)
        └───────────────────────▶ failed
    """

    REQUESTED = "requested", _("On its way")
    SUCCEEDED = "succeeded", _("Refunded")
    FAILED = "failed", _("Failed")


class RefundReason(models.TextChoices):
    BUYER_REQUEST = "buyer_request", _("The buyer asked")
    SELLER = "seller", _("The seller gave it back")
    CLAIM = "claim", _("The seller did not answer")
    MODERATOR = "moderator", _("A moderator decided")
    SURPLUS_PAYMENT = "surplus_payment", _("Paid twice")
    STRIPE_DASHBOARD = "stripe_dashboard", _("Made at Stripe")


class Refund(Attempted):
    """The intent to give money back, written before Stripe is asked and keyed by this row.

    The platform returns its fee and bears the processing fee that Stripe keeps; the seller returns the share.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=20, choices=RefundReason.choices)
    note = models.CharField(max_length=500, blank=True)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    status = models.CharField(max_length=10, choices=RefundStatus.choices, default=RefundStatus.REQUESTED)
    stripe_refund_id = models.CharField(max_length=120, unique=True, null=True, blank=True)
    # Part of the idempotency key: Stripe replays a fault for a day, so the next try has to ask anew.
    stripe_attempt = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_positive"),
            models.CheckConstraint(condition=Q(status__in=RefundStatus.values), name="refund_status_known"),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(status="requested"), name="refund_waiting"),
            touched_index("created_at", "settled_at", name="refund_touched"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class RefundItem(models.Model):
    """How much of a refund belongs to one order item, and what each side gives back of it."""

    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="items")
    item = models.ForeignKey(OrderItem, on_delete=models.PROTECT, related_name="refund_items")
    amount = models.PositiveIntegerField()
    platform_fee_amount = models.IntegerField()
    seller_amount = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["refund", "item"], name="refund_item_once")]

    def __str__(self) -> str:
        return f"{self.amount} of item {self.item_id}"
