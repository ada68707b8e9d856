from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import clock
from listings.models import Listing
from payments.models import Entitlement


class Review(models.Model):
    """A verified buyer's verdict, one per purchase."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="reviews")
    entitlement = models.OneToOneField(Entitlement, on_delete=models.PROTECT, related_name="review")
    buyer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reviews")
    stars = models.PositiveSmallIntegerField(_("stars"))
    text = models.TextField(_("review"), max_length=2000, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.CheckConstraint(condition=Q(stars__gte=1, stars__lte=5), name="review_stars_1_to_5")
        ]
        indexes = [models.Index(fields=["listing", "-created_at"], name="review_by_listing")]

    def __str__(self) -> str:
        return f"{self.stars} stars for listing {self.listing_id}"


class IdempotencyRecord(models.Model):
    """The answer given to an API request that costs money, kept so that a repeat gets the same one."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    response_status = models.PositiveSmallIntegerField(null=True)
    response_body = models.JSONField(null=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once_per_user")]

    def __str__(self) -> str:
        return self.key
