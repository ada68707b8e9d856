"""A seller's figures put together: sales from payments, views from listings."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from accounts.models import SellerProfile
from listings.queries.views import views_by_day, views_by_source
from payments.queries_stats import (
    Days,
    ListingFigures,
    SalesFigures,
    best_listings,
    refunded_share_amount,
    sales_by_day,
    sales_figures,
)

RANGES = (7, 30, 90, 365)


@dataclass(frozen=True, slots=True)
class Period:
    """The figures of some days; `refunded_amount` is the seller's part, in minor units of USD."""

    sales: SalesFigures
    views_count: int
    refunded_amount: int

    @property
    def conversion(self) -> float | None:
        """Sales per hundred visitors; None while nobody came."""
        return 100 * self.sales.sales_count / self.views_count if self.views_count else None


@dataclass(frozen=True, slots=True)
class Insights:
    """Some days of a seller's business, beside as many days before them."""

    days: Days
    now: Period
    before: Period
    sales: dict[datetime.date, SalesFigures]
    views: dict[datetime.date, int]
    best: list[ListingFigures]
    sources: list[tuple[str, int]]


def insights_of(seller: SellerProfile, days: Days) -> Insights:
    """A constant number of statements."""
    views, sales = views_by_day(seller, days.first, days.last), sales_by_day(seller, days)
    views_before = views_by_day(seller, days.before.first, days.before.last)
    return Insights(
        days=days,
        now=_period(seller, days, sum(sales.values(), SalesFigures()), views),
        before=_period(seller, days.before, sales_figures(seller, days.before), views_before),
        sales=sales,
        views={day: views.get(day, 0) for day in days.each()},
        best=best_listings(seller, days),
        sources=views_by_source(seller, days.first, days.last),
    )


def _period(
    seller: SellerProfile, days: Days, sales: SalesFigures, views: Mapping[datetime.date, int]
) -> Period:
    return Period(
        sales=sales,
        views_count=sum(views.values()),
        refunded_amount=refunded_share_amount(seller, days),
    )
