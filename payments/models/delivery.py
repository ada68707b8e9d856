from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import clock
from common.attempts import Attempted
from common.ids import uuid7
from listings.models import Listing, PromptVersion
from payments.models.order import Order, OrderItem


class Entitlement(models.Model):
    """The right to read a listing's text. At most one is active per buyer and listing."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    buyer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="entitlements", db_index=False)
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="entitlements")
    version = models.ForeignKey(PromptVersion, on_delete=models.PROTECT, related_name="+")
    item = models.OneToOneField(OrderItem, on_delete=models.PROTECT, related_name="entitlement")
    granted_at = models.DateTimeField(default=clock.now)
    revoked_at = models.DateTimeField(null=True, blank=True)
    first_read_at = models.DateTimeField(null=True, blank=True)
    # Which version opens: the newest, else the pinned one, else the one bought.
    follows_updates = models.BooleanField(default=False)
    pinned_version = models.ForeignKey(
        PromptVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("entitlement")
        verbose_name_plural = _("entitlements")
        constraints = [
            models.UniqueConstraint(
                fields=["buyer", "listing"], condition=Q(revoked_at=None), name="entitlement_one_active"
            )
        ]
        indexes = [models.Index(F("buyer"), F("granted_at").desc(), name="entitlement_library")]

    def __str__(self) -> str:
        return str(self.id)

    def get_absolute_url(self) -> str:
        return f"/library/{self.id}/"

    @property
    def is_active(self) -> bool:
        return self.revoked_at is None


class Delivery(Attempted):
    """The record of handing over: the grant came with the payment, then the receipt and the sellers' notices.

    Written in the transaction that marks the order paid, so that a sweeper can finish what a killed
    worker began. The Message-ID of each mail is derived from the order: a worker killed between sending
    and noting it sends the same mail again, which mail programs show once.
    """

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="delivery")
    granted_at = models.DateTimeField(default=clock.now)
    receipt_sent_at = models.DateTimeField(null=True, blank=True)
    sellers_notified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(receipt_sent_at=None) | Q(sellers_notified_at=None),
                name="delivery_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"delivery of {self.order_id}"
