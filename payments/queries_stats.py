"""How a seller's business goes: sales by day and by listing, over any days."""

import datetime
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from accounts.models import SellerProfile
from common import clock
from common.money import USD
from payments.models import OrderItem, RefundItem, RefundStatus

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

    def within(self, field: str) -> Q:
        """Rows whose moment in `field` lies in these days."""
        start = datetime.datetime.combine(self.first, datetime.time(), datetime.UTC)
        end = datetime.datetime.combine(self.last + datetime.timedelta(days=1), datetime.time(), datetime.UTC)
        return Q(**{f"{field}__gte": start, f"{field}__lt": end})


@dataclass(frozen=True, slots=True)
class SalesFigures:
    """Amounts in minor units of USD. `net_amount` is the seller's share before refunds and disputes."""

    sales_count: int = 0
    gross_amount: int = 0
    fee_amount: int = 0
    net_amount: int = 0

    def __add__(self, other: "SalesFigures") -> "SalesFigures":
        return SalesFigures(
            self.sales_count + other.sales_count,
            self.gross_amount + other.gross_amount,
            self.fee_amount + other.fee_amount,
            self.net_amount + other.net_amount,
        )


@dataclass(frozen=True, slots=True)
class ListingFigures:
    """A listing's part in the sales."""

    listing_id: int
    slug: str
    title: str
    sales_count: int
    net_amount: int


_COUNT = Count("pk")
_GROSS = Sum(F("unit_amount") - F("discount_amount") + F("platform_discount_amount"), default=0)
_FEE = Sum(F("platform_fee_amount") + F("platform_discount_amount"), default=0)
_NET = Sum("seller_amount", default=0)


def sales_figures(seller: SellerProfile, days: Days) -> SalesFigures:
    """All sales that were paid on these days."""
    sums = _sold(seller, days).aggregate(count=_COUNT, gross=_GROSS, fee=_FEE, net=_NET)
    return SalesFigures(sums["count"], sums["gross"], sums["fee"], sums["net"])


def sales_by_day(seller: SellerProfile, days: Days) -> dict[datetime.date, SalesFigures]:
    """Each of the days with its sales; a day without any has zeros."""
    by_day = _sold(seller, days).annotate(day=TruncDate("paid_at", tzinfo=datetime.UTC)).values("day")
    rows = by_day.annotate(count=_COUNT, gross=_GROSS, fee=_FEE, net=_NET).order_by("day")
    found = {row["day"]: SalesFigures(row["count"], row["gross"], row["fee"], row["net"]) for row in rows}
    return {day: found.get(day, SalesFigures()) for day in days.each()}


def best_listings(seller: SellerProfile, days: Days) -> list[ListingFigures]:
    """What earned most on these days, the best first."""
    rows = _sold(seller, days).values("listing_id", "listing__slug", "listing__title")
    best = rows.annotate(count=_COUNT, net=_NET).order_by("-net", "-count", "listing_id")
    return [
        ListingFigures(
            listing_id=row["listing_id"],
            slug=row["listing__slug"],
            title=row["listing__title"],
            sales_count=row["count"],
            net_amount=row["net"],
        )
        for row in best[:BEST_LISTINGS]
    ]


def refunded_share_amount(seller: SellerProfile, days: Days) -> int:
    """What the seller gave back in refunds that were made on these days, in minor units of USD."""
    made = RefundItem.objects.filter(
        days.within("refund__settled_at"), item__seller=seller, refund__status=RefundStatus.SUCCEEDED
    )
    total: int = made.aggregate(total=Sum("seller_amount", default=0))["total"]
    return total


def _sold(seller: SellerProfile, days: Days) -> QuerySet[OrderItem]:
    return OrderItem.objects.filter(days.within("paid_at"), seller=seller, order__currency=USD).order_by()
