"""How a seller's business goes, by day: read from the roll-ups, which are the ledger's (services.rollups)."""

import datetime
from collections.abc import Iterable
from dataclasses import astuple, dataclass

from django.db.models import Sum

from accounts.models import SellerProfile
from common import clock
from payments.models import RollupMark, SellerDay, SellerDayPart, SellerListingDay

BEST_LISTINGS = 10


@dataclass(frozen=True, slots=True)
class Days:
    """From `first` to `last`, both included, in UTC."""

    first: datetime.date
    last: datetime.date

    @classmethod
    def until_today(cls, count: int) -> "Days":
        today = clock.now().astimezone(datetime.UTC).date()
        return cls(today - datetime.timedelta(days=count - 1), today)

    @property
    def count(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Days":
        """As many days, just before these."""
        last = self.first - datetime.timedelta(days=1)
        return Days(last - datetime.timedelta(days=self.count - 1), last)

    def each(self) -> list[datetime.date]:
        return [self.first + datetime.timedelta(days=number) for number in range(self.count)]

    def __contains__(self, day: datetime.date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class SalesFigures:
    """Amounts in minor units of USD. `net_amount` is the seller's share of what was paid for on these days.

    Processing (of sales by the seller's own link), refunded and disputed are what was taken of the share on
    these days, whenever the sale was; disputed is below zero where banks gave back more than they took.
    """

    sales_count: int = 0
    gross_amount: int = 0
    discount_amount: int = 0
    fee_amount: int = 0
    net_amount: int = 0
    processing_amount: int = 0
    refunded_amount: int = 0
    disputed_amount: int = 0

    def __add__(self, other: "SalesFigures") -> "SalesFigures":
        return SalesFigures(
            *(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True))
        )

    @property
    def kept_amount(self) -> int:
        """By how much these days changed what the seller has earned in all."""
        return self.net_amount - self.processing_amount - self.refunded_amount - self.disputed_amount


@dataclass(frozen=True, slots=True)
class ListingFigures:
    """A listing's part in the sales."""

    listing_id: int
    slug: str
    title: str
    sales_count: int
    net_amount: int


@dataclass(frozen=True, slots=True)
class PartFigures:
    """The sales of some days that have one property in common; see SellerDayPart."""

    kind: str
    name: str
    sales_count: int
    net_amount: int
    discount_amount: int


def figures_by_day(seller: SellerProfile, days: Days) -> dict[datetime.date, SalesFigures]:
    """Each day on which anything was booked; other days are left out."""
    rows = SellerDay.objects.filter(seller=seller, day__range=(days.first, days.last))
    names = SalesFigures.__dataclass_fields__
    return {day: SalesFigures(*figures) for day, *figures in rows.values_list("day", *names)}


def figures_so_far(seller: SellerProfile) -> SalesFigures:
    """All days together."""
    names = SalesFigures.__dataclass_fields__
    sums = SellerDay.objects.filter(seller=seller).aggregate(**{name: Sum(name, default=0) for name in names})
    return SalesFigures(**sums)


def figures_sum(figures: Iterable[SalesFigures]) -> SalesFigures:
    return sum(figures, SalesFigures())


def best_listings(seller: SellerProfile, days: Days) -> list[ListingFigures]:
    """What earned most on these days, the best first."""
    sold = SellerListingDay.objects.filter(seller=seller, day__range=(days.first, days.last)).order_by()
    summed = sold.values("listing_id").annotate(count=Sum("sales_count"), net=Sum("net_amount"))
    best = summed.order_by("-net", "-count", "listing_id")[:BEST_LISTINGS]
    rows = {row["listing_id"]: row for row in best}
    named = seller.listings.filter(pk__in=rows).values_list("pk", "slug", "title")
    titles = {pk: (slug, title) for pk, slug, title in named}
    return [
        ListingFigures(pk, *titles[pk], sales_count=row["count"], net_amount=row["net"])
        for pk, row in rows.items()
    ]


def figures_by_part(seller: SellerProfile, days: Days) -> list[PartFigures]:
    """Sales by source, country and coupon, what earned most first."""
    parts = SellerDayPart.objects.filter(seller=seller, day__range=(days.first, days.last)).order_by()
    summed = parts.values_list("kind", "name").annotate(
        count=Sum("sales_count"), net=Sum("net_amount"), discount=Sum("discount_amount")
    )
    return [PartFigures(*row) for row in summed.order_by("kind", "-net", "-count", "name")]


def counted_until() -> datetime.datetime | None:
    """When the roll-ups were last brought up to date; None before they ever were."""
    return RollupMark.objects.order_by("-made_at").values_list("made_at", flat=True).first()
