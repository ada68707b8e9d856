import datetime

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import SellerProfile, User
from common import clock
from common.ids import order_number, uuid7
from common.money import CURRENCIES, USD, format_money
from listings.models import Listing, PromptVersion
from payments.models.touched import touched_index


class OrderStatus(models.TextChoices):
    """
    pending ──▶ paid ──▶ partially_refunded ──▶ refunded
       │          ▲ └────────────────────────────▶ ▲
       └▶ expired, canceled ──(late payment)──▶ paid

    A refund that fails after the fact moves the order back.
    Delivery is `delivered_at`, not a state; a dispute is a row of its own, not a state.
    """

    PENDING = "pending", _("Waiting for payment")
    PAID = "paid", _("Paid")
    PARTIALLY_REFUNDED = "partially_refunded", _("Refunded in part")
    REFUNDED = "refunded", _("Refunded")
    EXPIRED = "expired", _("Expired")
    CANCELED = "canceled", _("Canceled")


class SaleSource(models.TextChoices):
    """What brought a buyer, as far as it is known: a link that names it, or a program that ordered."""

    SITE = "site", _("This marketplace")
    OWN_LINK = "own_link", _("Your own link")
    FOLLOW = "follow", _("Mail to followers")
    FEED = "feed", _("Feed")
    API = "api", _("API")


ALLOWED_MOVES: dict[str, set[str]] = {
    OrderStatus.PENDING: {OrderStatus.PAID, OrderStatus.EXPIRED, OrderStatus.CANCELED},
    OrderStatus.EXPIRED: {OrderStatus.PAID},
    OrderStatus.CANCELED: {OrderStatus.PAID},
    OrderStatus.PAID: {OrderStatus.PARTIALLY_REFUNDED, OrderStatus.REFUNDED},
    # Back to paid when a refund fails and its amount is restored.
    OrderStatus.PARTIALLY_REFUNDED: {OrderStatus.REFUNDED, OrderStatus.PAID},
    OrderStatus.REFUNDED: {OrderStatus.PARTIALLY_REFUNDED, OrderStatus.PAID},
}
PAID_STATUSES = (OrderStatus.PAID, OrderStatus.PARTIALLY_REFUNDED, OrderStatus.REFUNDED)


def first_check_at() -> datetime.datetime:
    return timezone.now() + datetime.timedelta(seconds=30)


class Order(models.Model):
    """A commitment to buy, written before Stripe is called. Amounts in minor units of `currency`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(_("number"), max_length=20, default=order_number)
    buyer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="orders", db_index=False)
    status = models.CharField(max_length=20, choices=OrderStatus.choices, default=OrderStatus.PENDING)
    currency = models.CharField(max_length=3, default=USD)
    subtotal_amount = models.PositiveIntegerField()
    discount_amount = models.PositiveIntegerField(default=0)
    tax_amount = models.PositiveIntegerField(default=0)
    total_amount = models.PositiveIntegerField()
    stripe_session_id = models.CharField(max_length=120, null=True, blank=True)  # noqa: DJ001 - unique where known
    # Part of the idempotency key: Stripe replays an answer, even a 500, for a day.
    checkout_attempt = models.PositiveSmallIntegerField(default=1)
    checkout_url = models.TextField(blank=True)
    success_url = models.TextField(blank=True)
    cancel_url = models.TextField(blank=True)
    # Bought for somebody else: see Gift.
    is_gift = models.BooleanField(default=False)
    # What the buyer must be told about the last try to pay: declined, still settling, failed later.
    # When the buyer asked to have it at once, and so gave up the right of withdrawal (directive 2011/83/EU,
    # article 16 m).
    consented_at = models.DateTimeField(null=True, blank=True)
    payment_problem = models.CharField(max_length=30, blank=True)
    # Of the card's address, as Stripe tells it; sellers see it in sums alone.
    country = models.CharField(max_length=2, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    # When the sweeper asks Stripe next, in real time; each pause is longer than the last.
    next_check_at = models.DateTimeField(default=first_check_at)
    paid_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        # Not `unique=True`, here and wherever a row comes with each purchase: that makes a second index, for
        # LIKE. And no index for a foreign key with which another index begins.
        constraints = [
            models.UniqueConstraint(fields=["number"], name="order_number_unique"),
            models.UniqueConstraint(fields=["stripe_session_id"], name="order_session_unique"),
            models.CheckConstraint(condition=Q(status__in=OrderStatus.values), name="order_status_known"),
            models.CheckConstraint(condition=Q(currency__in=CURRENCIES), name="order_currency_known"),
            models.CheckConstraint(
                condition=Q(total_amount=F("subtotal_amount") - F("discount_amount") + F("tax_amount")),
                name="order_total_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(total_amount=0) | Q(total_amount__gte=50), name="order_total_free_or_chargeable"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["paid", "partially_refunded", "refunded"])
                | Q(paid_at__isnull=False),
                name="order_paid_has_time",
            ),
        ]
        indexes = [
            models.Index(F("buyer"), F("created_at").desc(), name="order_by_buyer"),
            models.Index(fields=["next_check_at"], condition=Q(status="pending"), name="order_pending"),
            touched_index("paid_at", name="order_touched"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def owner_id(self) -> int | None:
        """Who may read what was bought: the buyer, or whoever has claimed the gift; None until then."""
        return self.gift.claimed_by_id if self.is_gift else self.buyer_id

    @property
    def is_paid(self) -> bool:
        return self.status in PAID_STATUSES

    @property
    def total_label(self) -> str:
        return format_money(self.total_amount, self.currency)

    def move_to(self, status: OrderStatus) -> None:
        """Take the new status, for the caller to save. A move that the table lacks is a mistake of ours."""
        if status != self.status and status not in ALLOWED_MOVES[self.status]:
            raise ValueError(f"Order {self.number} cannot go from {self.status} to {status}.")
        self.status = status


class OrderItem(models.Model):
    """A priced snapshot line: what was offered when the order was made, whatever happens later.

    net = unit_amount - discount_amount = platform_fee_amount + seller_amount. The platform fee includes
    card processing, so the seller bears nothing else but a discount of their own. What was sold by the
    seller's own link has no platform fee: the seller bears `processing_fee_amount`, which is what is booked
    of it, and which a refund does not give back.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="items", db_index=False)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="order_items")
    version = models.ForeignKey(PromptVersion, on_delete=models.PROTECT, related_name="+")
    seller = models.ForeignKey(SellerProfile, on_delete=models.PROTECT, related_name="sales")
    title = models.CharField(max_length=170)
    license = models.CharField(max_length=12)
    # Which wording of the licence stood then (listings/licences.py).
    license_version = models.PositiveSmallIntegerField(default=1)
    unit_amount = models.PositiveIntegerField()
    discount_amount = models.PositiveIntegerField(default=0)
    # The part of the discount that the platform bears: its fee is less by that, and may be below zero.
    platform_discount_amount = models.PositiveIntegerField(default=0)
    platform_fee_amount = models.IntegerField()
    seller_amount = models.PositiveIntegerField()
    source = models.CharField(max_length=10, choices=SaleSource.choices, default=SaleSource.SITE)
    processing_fee_amount = models.PositiveIntegerField(default=0)
    paid_at = models.DateTimeField(null=True, blank=True)
    earnings_released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("order item")
        verbose_name_plural = _("order items")
        constraints = [
            models.UniqueConstraint(fields=["order", "listing"], name="item_once_per_order"),
            models.CheckConstraint(
                condition=Q(
                    unit_amount=F("discount_amount") + F("platform_fee_amount") + F("seller_amount"),
                ),
                name="item_shares_add_up",
            ),
            models.CheckConstraint(
                condition=Q(platform_discount_amount__lte=F("discount_amount"))
                & Q(platform_fee_amount__gte=-F("platform_discount_amount")),
                name="item_fee_low_by_discount_only",
            ),
            models.CheckConstraint(
                condition=~Q(source="own_link") | Q(platform_fee_amount=-F("platform_discount_amount")),
                name="item_own_link_bears_no_fee",
            ),
            models.CheckConstraint(
                condition=Q(processing_fee_amount=0) | Q(source="own_link"),
                name="item_own_link_bears_processing",
            ),
        ]
        indexes = [
            models.Index(
                F("seller"), F("paid_at").desc(), condition=Q(paid_at__isnull=False), name="item_sales"
            ),
            models.Index(
                fields=["paid_at"],
                condition=Q(earnings_released_at=None, paid_at__isnull=False),
                name="item_earnings_pending",
            ),
            touched_index("earnings_released_at", name="item_touched"),
            models.Index(fields=["seller"], condition=Q(source="own_link"), name="item_own_link"),
        ]

    def __str__(self) -> str:
        return f"{self.title} in {self.order_id}"

    @property
    def is_own_link(self) -> bool:
        return self.source == SaleSource.OWN_LINK

    @property
    def seller_discount_amount(self) -> int:
        """The part of the discount that the seller bears."""
        return self.discount_amount - self.platform_discount_amount

    @property
    def charged_fee_amount(self) -> int:
        """What the seller is charged, whatever the platform gives away of it."""
        return self.platform_fee_amount + self.platform_discount_amount

    @property
    def net_amount(self) -> int:
        return self.unit_amount - self.discount_amount
