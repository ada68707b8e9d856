from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common import clock
from payments.models.order import Order
from payments.models.touched import touched_index


class Payment(models.Model):
    """Money that Stripe took for an order: one row per payment intent that succeeded.

    At most one payment settles an order; any further one is surplus and goes back to the buyer.
    `processing_fee_amount` is what Stripe kept, as its balance transaction reports it; the platform bears it.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    stripe_payment_intent_id = models.CharField(max_length=120)
    stripe_charge_id = models.CharField(max_length=120, blank=True)
    amount = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    processing_fee_amount = models.PositiveIntegerField(null=True, blank=True)
    is_surplus = models.BooleanField(default=False)
    succeeded_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.UniqueConstraint(fields=["stripe_payment_intent_id"], name="payment_intent_unique"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(is_surplus=False), name="payment_settles_order_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["-succeeded_at"], condition=Q(processing_fee_amount=None), name="payment_fee_unknown"
            ),
            models.Index(
                fields=["stripe_charge_id"], condition=~Q(stripe_charge_id=""), name="payment_by_charge"
            ),
            models.Index(fields=["succeeded_at"], condition=Q(is_surplus=True), name="payment_surplus"),
            touched_index("succeeded_at", name="payment_touched"),
        ]

    def __str__(self) -> str:
        return self.stripe_payment_intent_id
