from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import SellerProfile, User
from common import clock
from common.attempts import Attempted
from common.ids import uuid7
from common.money import CURRENCIES, MIN_PAYOUT_AMOUNT, USD
from payments.models.touched import touched_index

# Stripe's word for an account that was deleted, or whose owner has parted with the platform.
ACCOUNT_GONE = "account_invalid"


class ConnectedAccount(Attempted):
    """A seller's account at Stripe, where payouts go. The row comes first, Stripe's account after it.

    What it may do is Stripe's word, kept from its webhooks and asked again before each payout. One that is
    gone may be followed by another; its row stays, with what was paid to it.
    """

    seller = models.ForeignKey(SellerProfile, on_delete=models.PROTECT, related_name="connected_accounts")
    stripe_account_id = models.CharField(max_length=120, unique=True, null=True, blank=True)
    stripe_attempt = models.PositiveSmallIntegerField(default=1)
    country = models.CharField(max_length=2, default="US")
    details_submitted = models.BooleanField(default=False)
    payouts_enabled = models.BooleanField(default=False)
    transfers_active = models.BooleanField(default=False)
    requirements_due = models.JSONField(default=list, help_text="What Stripe still wants, by its names.")
    disabled_reason = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    synced_at = models.DateTimeField(null=True, blank=True, help_text="When Stripe was last asked how it is.")
    refreshed_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was last asked about with all that went to its bank."
    )
    replaced_at = models.DateTimeField(
        null=True, blank=True, help_text="When the seller set up another one after it."
    )

    class Meta:
        verbose_name = _("connected account")
        verbose_name_plural = _("connected accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["seller"], condition=Q(replaced_at=None), name="account_one_in_use"
            )
        ]

    def __str__(self) -> str:
        return self.stripe_account_id or f"account of {self.seller_id}"

    @property
    def is_gone(self) -> bool:
        return self.disabled_reason == ACCOUNT_GONE

    @property
    def is_at_stripe(self) -> bool:
        return self.stripe_account_id is not None and not self.is_gone

    @property
    def can_be_paid(self) -> bool:
        return self.stripe_account_id is not None and self.transfers_active


class PayoutStatus(models.TextChoices):
    """
    requested ──▶ paid ──▶ reversed   (in part it stays paid, with reversed_amount)
        └───────▶ failed              (the funds are the seller's again)
    """

    REQUESTED = "requested", _("On its way")
    PAID = "paid", _("Paid out")
    FAILED = "failed", _("Failed")
    REVERSED = "reversed", _("Taken back")


class PayoutTrigger(models.TextChoices):
    WEEKLY = "weekly", _("Weekly")
    REQUEST = "request", _("Asked for")


class Payout(Attempted):
    """A seller's available earnings, sent as one Stripe Transfer keyed by this row. Amounts in minor units.

    The platform bears no fee for it and charges none. Booked when asked for, so the money is spoken for.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    seller = models.ForeignKey(SellerProfile, on_delete=models.PROTECT, related_name="payouts")
    account = models.ForeignKey(ConnectedAccount, on_delete=models.PROTECT, related_name="payouts")
    amount = models.PositiveIntegerField()
    currency = models.CharField(max_length=3, default=USD)
    status = models.CharField(max_length=10, choices=PayoutStatus.choices, default=PayoutStatus.REQUESTED)
    trigger = models.CharField(max_length=10, choices=PayoutTrigger.choices)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    stripe_transfer_id = models.CharField(max_length=120, unique=True, null=True, blank=True)
    # Part of the idempotency key. It grows only when the last attempt certainly came to nothing.
    stripe_attempt = models.PositiveSmallIntegerField(default=1)
    first_sent_at = models.DateTimeField(
        null=True, blank=True, help_text="When Stripe was first asked with the current attempt's key."
    )
    reversed_amount = models.PositiveIntegerField(default=0)
    failure_code = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=PayoutStatus.values), name="payout_status_known"),
            models.CheckConstraint(condition=Q(amount__gte=MIN_PAYOUT_AMOUNT), name="payout_minimum"),
            models.CheckConstraint(condition=Q(currency__in=CURRENCIES), name="payout_currency_known"),
            models.CheckConstraint(
                condition=Q(reversed_amount__lte=F("amount")), name="payout_reversed_at_most_once"
            ),
        ]
        indexes = [
            models.Index(F("seller"), F("created_at").desc(), name="payout_by_seller"),
            models.Index(fields=["next_attempt_at"], condition=Q(status="requested"), name="payout_waiting"),
            touched_index("created_at", "settled_at", name="payout_touched"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    def get_absolute_url(self) -> str:
        return f"/sell/payouts/{self.id}/"


class PayoutReversalStatus(models.TextChoices):
    REQUESTED = "requested", _("On its way")
    SUCCEEDED = "succeeded", _("Taken back")
    FAILED = "failed", _("Failed")


class PayoutReversal(Attempted):
    """Money of a payout taken back from the seller's Stripe account: by staff, or in Stripe's dashboard.

    It becomes available to the seller again; refunds never do this by themselves.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="reversals")
    amount = models.PositiveIntegerField()
    status = models.CharField(
        max_length=10, choices=PayoutReversalStatus.choices, default=PayoutReversalStatus.REQUESTED
    )
    note = models.CharField(max_length=500, blank=True)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    stripe_reversal_id = models.CharField(max_length=120, unique=True, null=True, blank=True)
    stripe_attempt = models.PositiveSmallIntegerField(default=1)
    first_sent_at = models.DateTimeField(
        null=True, blank=True, help_text="When Stripe was first asked with the current attempt's key."
    )
    created_at = models.DateTimeField(default=clock.now)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("payout reversal")
        verbose_name_plural = _("payout reversals")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="reversal_positive"),
            models.CheckConstraint(
                condition=Q(status__in=PayoutReversalStatus.values), name="reversal_status_known"
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(status="requested"), name="reversal_waiting")
        ]

    def __str__(self) -> str:
        return str(self.id)


class PayoutRun(models.Model):
    """One week's payouts to everyone who may have one: what says whether a Monday was missed."""

    week_begins = models.DateField(unique=True, help_text="The Monday, in UTC.")
    started_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    payouts_count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("weekly payout run")
        verbose_name_plural = _("weekly payout runs")

    def __str__(self) -> str:
        return f"{self.week_begins:%Y-%m-%d}"


class BankPayoutStatus(models.TextChoices):
    """Stripe's own words. A paid one may still fail days later, when the bank sends it back."""

    PENDING = "pending", _("Scheduled")
    IN_TRANSIT = "in_transit", _("On its way to the bank")
    PAID = "paid", _("At the bank")
    FAILED = "failed", _("Sent back by the bank")
    CANCELED = "canceled", pgettext_lazy("a bank payout", "Canceled")


class BankPayout(models.Model):
    """What Stripe sent from a seller's account to the bank: Stripe's doing, shown here, never booked."""

    account = models.ForeignKey(ConnectedAccount, on_delete=models.PROTECT, related_name="bank_payouts")
    stripe_payout_id = models.CharField(max_length=120, unique=True)
    amount = models.IntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=12, choices=BankPayoutStatus.choices)
    arrives_at = models.DateTimeField()
    failure_code = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(help_text="By Stripe's clock.")

    class Meta:
        verbose_name = _("bank payout")
        verbose_name_plural = _("bank payouts")
        indexes = [models.Index(F("account"), F("created_at").desc(), name="bank_payout_by_account")]

    def __str__(self) -> str:
        return self.stripe_payout_id
