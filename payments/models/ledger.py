from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import SellerProfile
from common import clock
from common.money import CURRENCIES, USD
from payments.models.touched import touched_index


class Account(models.TextChoices):
    """Named accounts. Debits (what we hold or spent) are positive, credits (owed or earned) negative."""

    STRIPE_CLEARING = "stripe_clearing", _("Held at Stripe")
    PLATFORM_REVENUE = "platform_revenue", _("Platform revenue")
    PROCESSING_FEES = "processing_fees", _("Processing fees")
    SELLER_PENDING = "seller_pending", _("Sellers, pending")
    SELLER_AVAILABLE = "seller_available", _("Sellers, available")
    SELLER_PAID_OUT = "seller_paid_out", _("Sellers, paid out")
    BUYER_SURPLUS = "buyer_surplus", _("Owed back to buyers")
    DISPUTES_HELD = "disputes_held", _("Held for disputes")
    CONNECTED_ACCOUNTS = "connected_accounts", _("Sent to sellers' Stripe accounts")
    PLATFORM_BANK = "platform_bank", _("Paid out to the platform's bank")


SELLER_ACCOUNTS = (Account.SELLER_PENDING, Account.SELLER_AVAILABLE, Account.SELLER_PAID_OUT)


class JournalKind(models.TextChoices):
    SALE = "sale", _("Sale")
    PROCESSING_FEE = "processing_fee", _("Processing fee")
    PROCESSING_BORNE = "processing_borne", _("Processing fee borne by a seller")
    EARNINGS_RELEASED = "earnings_released", _("Earnings released")
    REFUND = "refund", _("Refund")
    REFUND_RESTORED = "refund_restored", _("Refund failed and restored")
    SURPLUS_PAYMENT = "surplus_payment", _("Surplus payment")
    SURPLUS_RETURNED = "surplus_returned", _("Surplus payment returned")
    DISPUTE_WITHDRAWN = "dispute_withdrawn", _("Dispute: funds withdrawn")
    DISPUTE_REINSTATED = "dispute_reinstated", _("Dispute: funds reinstated")
    DISPUTE_SHARED = "dispute_shared", _("Dispute: who bears it")
    PAYOUT = "payout", _("Payout asked for")
    PAYOUT_SENT = "payout_sent", _("Payout sent")
    PAYOUT_FAILED = "payout_failed", _("Payout failed and returned")
    PAYOUT_REVERSED = "payout_reversed", _("Payout taken back")
    PLATFORM_PAYOUT = "platform_payout", _("Paid out to the platform's bank")
    STRIPE_FEE = "stripe_fee", _("Other fee of Stripe")


class Journal(models.Model):
    """One thing that happened to money. Unique per cause, so that no cause is booked twice.

    Its entries sum to zero: a deferred constraint trigger checks it at commit.
    """

    kind = models.CharField(max_length=30, choices=JournalKind.choices)
    cause = models.CharField(max_length=60, help_text="The row that caused it: order:…, item:…, refund:….")
    booked_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("journal")
        verbose_name_plural = _("journals")
        constraints = [models.UniqueConstraint(fields=["kind", "cause"], name="journal_once_per_cause")]
        indexes = [
            touched_index("booked_at", name="journal_touched"),
            # What takes from sellers' earnings is rare, and asked for by day.
            models.Index(
                fields=["booked_at"],
                condition=Q(kind__in=["processing_borne", "refund", "refund_restored", "dispute_shared"]),
                name="journal_taken_from_sellers",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.cause}"


class LedgerEntry(models.Model):
    """A signed amount in minor units on an account. Append-only: triggers and the role's rights see to it."""

    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, related_name="entries")
    account = models.CharField(max_length=20, choices=Account.choices)
    seller = models.ForeignKey(
        SellerProfile, on_delete=models.PROTECT, null=True, related_name="ledger_entries", db_index=False
    )
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3, default=USD)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        constraints = [
            models.CheckConstraint(condition=Q(account__in=Account.values), name="entry_account_known"),
            models.CheckConstraint(condition=Q(currency__in=CURRENCIES), name="entry_currency_known"),
            models.CheckConstraint(
                condition=Q(account__in=[str(a) for a in SELLER_ACCOUNTS], seller__isnull=False)
                | (~Q(account__in=[str(a) for a in SELLER_ACCOUNTS]) & Q(seller=None)),
                name="entry_seller_on_seller_accounts",
            ),
        ]
        indexes = [
            models.Index(fields=["seller", "account"], include=["amount"], name="entry_balance"),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount} {self.currency}"
