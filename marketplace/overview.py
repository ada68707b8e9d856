"""A seller's figures over some days put together: sales from payments, views from listings."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from accounts.models import SellerProfile
from listings.queries.views import views_by_day, views_by_source, views_of_listings
from payments.models import DayPartKind
from payments.queries_stats import (
    Days,
    ListingFigures,
    PartFigures,
    SalesFigures,
    best_listings,
    counted_until,
    figures_by_day,
    figures_by_part,
    figures_sum,
)

RANGES = (1, 7, 30, 90, 365)
MAX_DAYS = 1100
# A country is named from so many sales on: fewer could point at a person.
COUNTRY_SALES = 3


@dataclass(frozen=True, slots=True)
class Period:
    """The figures of some days."""

    sales: SalesFigures
    views_count: int

    @property
    def conversion(self) -> float | None:
        """Sales per hundred visitors; None while nobody came."""
        return 100 * self.sales.sales_count / self.views_count if self.views_count else None


@dataclass(frozen=True, slots=True)
class Best:
    """One of the best listings, and how many came to see it."""

    sold: ListingFigures
    views_count: int

    @property
    def conversion(self) -> float | None:
        return 100 * self.sold.sales_count / self.views_count if self.views_count else None


@dataclass(frozen=True, slots=True)
class Overview:
    """Some days of a seller's business, beside as many days before them."""

    days: Days
    now: Period
    before: Period
    sales: dict[datetime.date, SalesFigures]
    views: dict[datetime.date, int]
    best: list[Best]
    sources: list[tuple[str, int]]
    sale_sources: list[PartFigures]
    countries: list[PartFigures]
    coupons: list[PartFigures]
    counted_until: datetime.datetime | None


def overview_of(seller: SellerProfile, days: Days) -> Overview:
    """A constant number of statements, whatever the days and the sales; all but titles from roll-ups."""
    both = Days(days.before.first, days.last)
    sales, views = figures_by_day(seller, both), views_by_day(seller, both.first, both.last)
    best = best_listings(seller, days)
    views_of = views_of_listings([each.listing_id for each in best], days.first, days.last)
    parts = figures_by_part(seller, days)
    return Overview(
        days=days,
        now=_period(days, sales, views),
        before=_period(days.before, sales, views),
        sales={day: sales.get(day, SalesFigures()) for day in days.each()},
        views={day: views.get(day, 0) for day in days.each()},
        best=[Best(each, views_of.get(each.listing_id, 0)) for each in best],
        sources=views_by_source(seller, days.first, days.last),
        sale_sources=[part for part in parts if part.kind == DayPartKind.SOURCE],
        countries=_countries([part for part in parts if part.kind == DayPartKind.COUNTRY]),
        coupons=[part for part in parts if part.kind == DayPartKind.COUPON],
        counted_until=counted_until(),
    )


def _period(
    days: Days, sales: Mapping[datetime.date, SalesFigures], views: Mapping[datetime.date, int]
) -> Period:
    return Period(
        sales=figures_sum(figures for day, figures in sales.items() if day in days),
        views_count=sum(count for day, count in views.items() if day in days),
    )


def _countries(parts: list[PartFigures]) -> list[PartFigures]:
    """Those with few sales, and those unknown, together at the end, without a name."""
    named = [part for part in parts if part.name and part.sales_count >= COUNTRY_SALES]
    others = [part for part in parts if part not in named]
    if not others:
        return named
    rest = PartFigures(
        DayPartKind.COUNTRY,
        "",
        sum(part.sales_count for part in others),
        sum(part.net_amount for part in others),
        sum(part.discount_amount for part in others),
    )
    return [*named, rest]
