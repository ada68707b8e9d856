"""How the business goes: figures beside the period before, a chart with its table, best listings, sources."""

import datetime
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from listings.models import ViewSource
from marketplace.insights import RANGES, Insights, insights_of
from marketplace.pages.selling_access import SellerRequest, seller_page
from payments.queries_stats import Days

USUAL_RANGE = 30
CHART_HEIGHT = 160
CHART_WIDTH = 720


@dataclass(frozen=True, slots=True)
class Bar:
    """A column of the chart: so many days, what they earned, and where it stands, in the chart's units."""

    first: datetime.date
    last: datetime.date
    sales_count: int
    net_amount: int
    views_count: int
    x: float = 0
    width: float = 0
    height: float = 0

    @property
    def y(self) -> float:
        return CHART_HEIGHT - self.height


@seller_page
@require_safe
def insights(request: SellerRequest) -> HttpResponse:
    """`?days=` is 7, 30, 90 or 365."""
    asked = request.GET.get("days", "")
    count = int(asked) if asked in {str(count) for count in RANGES} else USUAL_RANGE
    found = insights_of(request.seller, Days.until_today(count))
    sources = [(ViewSource(source).label, views) for source, views in found.sources]
    context = {
        "insights": found,
        "bars": bars_of(found),
        "ranges": RANGES,
        "chosen": count,
        "sources": sources,
        "chart": {"width": CHART_WIDTH, "height": CHART_HEIGHT},
        "section": "insights",
    }
    return render(request, "pages/selling/insights.html", context)


def bars_of(found: Insights) -> list[Bar]:
    """A bar a day, or a week where there are many: each a share of the highest."""
    days = found.days.each()
    step = 1 if len(days) <= 90 else 7
    groups = [days[start : start + step] for start in range(0, len(days), step)]
    bars = [
        Bar(
            first=group[0],
            last=group[-1],
            sales_count=sum(found.sales[day].sales_count for day in group),
            net_amount=sum(found.sales[day].net_amount for day in group),
            views_count=sum(found.views[day] for day in group),
        )
        for group in groups
    ]
    highest = max((bar.net_amount for bar in bars), default=0)
    slot = CHART_WIDTH / len(bars)
    return [
        Bar(
            bar.first,
            bar.last,
            bar.sales_count,
            bar.net_amount,
            bar.views_count,
            x=round(number * slot + slot * 0.1, 2),
            width=round(slot * 0.8, 2),
            height=round(CHART_HEIGHT * bar.net_amount / highest, 2) if highest else 0,
        )
        for number, bar in enumerate(bars)
    ]
