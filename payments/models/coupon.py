"""Coupons, and who has used which."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import SellerProfile, User
from common import clock
from common.money import CURRENCIES, USD, format_money
from listings.models import Listing
from payments.models.order import Order

# What people type: see payments.services.coupons.code_normalise.
CODE_FORM = r"^[A-Z0-9-]{3,30}$"


class Coupon(models.Model):
    """A code that takes a part or an amount off. Amounts in minor units of `currency`.

    A seller's own lowers what the seller sells for; one without a seller costs the platform alone.
    """

    code = models.CharField(_("code"), max_length=30)
    seller = models.ForeignKey(
        SellerProfile, on_delete=models.PROTECT, null=True, blank=True, related_name="coupons"
    )
    percent = models.PositiveSmallIntegerField(_("percent off"), null=True, blank=True)
    amount = models.PositiveIntegerField(_("amount off, in cents"), null=True, blank=True)
    currency = models.CharField(max_length=3, default=USD)
    # None means all: of the seller, or of the marketplace.
    listings = models.ManyToManyField(Listing, blank=True, related_name="+")
    max_uses = models.PositiveIntegerField(_("how often it can be used"), null=True, blank=True)
    starts_at = models.DateTimeField(_("from"), default=clock.now)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    is_active = models.BooleanField(_("can be used"), default=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")
        ordering = ("-created_at", "-pk")
        constraints = [
            models.UniqueConstraint(fields=["code"], name="coupon_code_unique"),
            models.CheckConstraint(condition=Q(code__regex=CODE_FORM), name="coupon_code_form"),
            models.CheckConstraint(condition=Q(currency__in=CURRENCIES), name="coupon_currency_known"),
            models.CheckConstraint(
                condition=Q(percent__range=(1, 100), amount=None) | Q(percent=None, amount__gt=0),
                name="coupon_percent_or_amount",
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="coupon_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def label(self) -> str:
        """`20 % off` or `$5.00 off`, in the reader's language."""
        if self.percent is not None:
            return _("%(percent)s%% off") % {"percent": self.percent}
        return _("%(amount)s off") % {"amount": format_money(self.amount or 0, self.currency)}


class CouponUse(models.Model):
    """One order made with a coupon. Until released it counts to the limit, and is its buyer's one use."""

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="uses", db_index=False)
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="coupon_use")
    buyer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    # When the order ended unpaid.
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("use of a coupon")
        verbose_name_plural = _("uses of coupons")
        constraints = [
            models.UniqueConstraint(
                fields=["coupon", "buyer"], condition=Q(released_at=None), name="coupon_once_per_buyer"
            )
        ]

    def __str__(self) -> str:
        return f"{self.coupon_id} in {self.order_id}"
