from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import clock
from common.attempts import Attempted
from common.money import CURRENCIES
from payments.models.order import OrderItem
from payments.models.payment import Payment


class DisputeStatus(models.TextChoices):
    """
    Stripe's own words. An inquiry (warning_…) moves no money and may become a dispute.

    warning_needs_response ──▶ warning_under_review ──▶ warning_closed
        └▶ needs_response ──▶ under_review ──▶ won | lost
    """

    WARNING_NEEDS_RESPONSE = "warning_needs_response", _("Inquiry, an answer is needed")
    WARNING_UNDER_REVIEW = "warning_under_review", _("Inquiry, under review")
    WARNING_CLOSED = "warning_closed", _("Inquiry closed")
    NEEDS_RESPONSE = "needs_response", _("An answer is needed")
    UNDER_REVIEW = "under_review", _("Under review by the bank")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")


INQUIRY_STATUSES = (DisputeStatus.WARNING_NEEDS_RESPONSE, DisputeStatus.WARNING_UNDER_REVIEW)
FREEZING_STATUSES = (DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW)
ANSWERABLE_STATUSES = (DisputeStatus.WARNING_NEEDS_RESPONSE, DisputeStatus.NEEDS_RESPONSE)
OPEN_STATUSES = (*INQUIRY_STATUSES, *FREEZING_STATUSES)
DISPUTE_STATUSES = (*FREEZING_STATUSES, DisputeStatus.WON, DisputeStatus.LOST)
CLOSED_STATUSES = (DisputeStatus.WARNING_CLOSED, DisputeStatus.WON, DisputeStatus.LOST)


class Dispute(models.Model):
    """A buyer's bank asks a payment back. The row keeps Stripe's latest word; money is in its movements.

    `platform_loss_amount` is what the platform has booked as lost of it, in minor units: below zero where it
    gets back what it had paid for its own coupon. `revision` counts how often the shares were booked.
    Sellers bear their shares, the platform the rest and Stripe's fee.
    """

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    stripe_dispute_id = models.CharField(max_length=120, unique=True)
    amount = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=60)
    status = models.CharField(max_length=30, choices=DisputeStatus.choices)
    evidence_due_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(help_text="When the bank opened it, by Stripe's clock.")
    noticed_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    platform_loss_amount = models.IntegerField(default=0)
    buyer_surplus_amount = models.PositiveIntegerField(default=0)
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=DisputeStatus.values), name="dispute_status_known"),
            models.CheckConstraint(condition=Q(currency__in=CURRENCIES), name="dispute_currency_known"),
        ]
        indexes = [
            models.Index(
                fields=["evidence_due_at"],
                condition=Q(status__in=["warning_needs_response", "needs_response"]),
                name="dispute_to_answer",
            )
        ]

    def __str__(self) -> str:
        return self.stripe_dispute_id

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES

    @property
    def freezes_refunds(self) -> bool:
        return self.status in FREEZING_STATUSES

    @property
    def needs_response(self) -> bool:
        return self.status in ANSWERABLE_STATUSES


class DisputeMovement(models.Model):
    """One balance transaction of a dispute at Stripe: negative when funds were withdrawn. Written once."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="movements")
    stripe_balance_transaction_id = models.CharField(max_length=120, unique=True)
    amount = models.IntegerField()
    fee_amount = models.IntegerField(help_text="Stripe's dispute fee; the platform bears it.")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("dispute movement")
        verbose_name_plural = _("dispute movements")

    def __str__(self) -> str:
        return f"{self.stripe_balance_transaction_id} {self.amount}"


class DisputeItem(models.Model):
    """What a dispute takes of one order item now, and how much of that the seller bears, as booked."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="items")
    item = models.ForeignKey(OrderItem, on_delete=models.PROTECT, related_name="dispute_items")
    amount = models.PositiveIntegerField()
    seller_amount = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("disputed item")
        verbose_name_plural = _("disputed items")
        constraints = [models.UniqueConstraint(fields=["dispute", "item"], name="dispute_item_once")]

    def __str__(self) -> str:
        return f"{self.amount} of item {self.item_id}"


class DisputeEvidence(Attempted):
    """Our answer to a dispute: drafted from our own records, read by staff, sent to Stripe once.

    `fields` is what Stripe gets, by its own names. It never holds a prompt's text.
    """

    dispute = models.OneToOneField(Dispute, on_delete=models.PROTECT, related_name="evidence")
    fields = models.JSONField(default=dict)
    note = models.TextField(
        _("note"), blank=True, max_length=5000, help_text=_("Said to the bank in your words.")
    )
    created_at = models.DateTimeField(default=clock.now)
    requested_at = models.DateTimeField(null=True, blank=True)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    stripe_attempt = models.PositiveSmallIntegerField(default=1)

    class Meta:
        verbose_name = _("dispute evidence")
        verbose_name_plural = _("dispute evidence")
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(requested_at__isnull=False, submitted_at=None),
                name="evidence_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"evidence for {self.dispute_id}"
