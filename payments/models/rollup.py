"""A seller's days, summed up. All of it can be computed again from items and ledger: see services.rollups."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import SellerProfile
from listings.models import Listing


class SellerDay(models.Model):
    """What a seller sold on a day (UTC), and what was booked against the seller's earnings on it.

    Amounts in minor units of USD. gross - fee = net: the share of what was paid for on this day. Processing,
    refunded and disputed are what the ledger took (positive) or gave back (negative) on this day, whenever
    the sale was. net - processing - refunded - disputed is the day's change of the seller's balance.
    """

    seller = models.ForeignKey(SellerProfile, on_delete=models.CASCADE, related_name="days", db_index=False)
    day = models.DateField()
    sales_count = models.PositiveIntegerField(default=0)
    gross_amount = models.BigIntegerField(default=0)
    discount_amount = models.BigIntegerField(default=0, help_text="The seller's own; not in gross.")
    fee_amount = models.BigIntegerField(default=0)
    net_amount = models.BigIntegerField(default=0)
    processing_amount = models.BigIntegerField(default=0)
    refunded_amount = models.BigIntegerField(default=0)
    disputed_amount = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "day"], name="seller_day_once"),
            models.CheckConstraint(
                condition=Q(gross_amount=F("fee_amount") + F("net_amount")), name="seller_day_adds_up"
            ),
        ]

    def __str__(self) -> str:
        return f"seller {self.seller_id} on {self.day}"


class SellerListingDay(models.Model):
    """A listing's part in a seller's day; it is there for days on which it was sold."""

    seller = models.ForeignKey(SellerProfile, on_delete=models.CASCADE, related_name="+", db_index=False)
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    sales_count = models.PositiveIntegerField()
    net_amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "day", "listing"],
                include=["sales_count", "net_amount"],
                name="seller_listing_day_once",
            )
        ]

    def __str__(self) -> str:
        return f"listing {self.listing_id} on {self.day}"


class DayPartKind(models.TextChoices):
    SOURCE = "source", _("Where the buyer came from")
    COUNTRY = "country", _("Country")
    COUPON = "coupon", _("Coupon")


class SellerDayPart(models.Model):
    """The sales of a seller's day by one property: the way the buyer came, the country, the coupon's code."""

    seller = models.ForeignKey(SellerProfile, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    kind = models.CharField(max_length=10, choices=DayPartKind.choices)
    name = models.CharField(max_length=30, blank=True)
    sales_count = models.PositiveIntegerField()
    net_amount = models.BigIntegerField()
    discount_amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "kind", "day", "name"], name="seller_day_part_once"),
            models.CheckConstraint(condition=Q(kind__in=DayPartKind.values), name="seller_day_part_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name} of seller {self.seller_id} on {self.day}"


class RollupMark(models.Model):
    """How far a run of the roll-ups has read, by the ids of journals and items.

    Ids and not times, since the clock can be moved. The next run begins at a mark some minutes old: a row
    may be committed after one with a higher id.
    """

    made_at = models.DateTimeField(default=timezone.now, db_index=True)
    journal_id = models.BigIntegerField()
    item_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"journal {self.journal_id}, item {self.item_id}"
