"""A seller's figures over days: those of the studio's overview."""

import datetime
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Scope
from common.errors import InvalidInput
from common.money import USD
from marketplace.api.base import ApiView, seller_of
from marketplace.api.fields import Timestamp
from marketplace.overview import Overview, Period, overview_of
from payments.queries_stats import Days

MAX_DAYS = 366


class FiguresSerializer(serializers.Serializer[Any]):
    """Amounts in minor units."""

    sales_count = serializers.IntegerField()
    gross_amount = serializers.IntegerField(help_text="What your prompts were sold for.")
    fee_amount = serializers.IntegerField(help_text="Our fee.")
    net_amount = serializers.IntegerField(help_text="Your share, before refunds and disputes.")
    discount_amount = serializers.IntegerField(help_text="What your own coupons took off; not in gross.")
    processing_amount = serializers.IntegerField(
        help_text="Card fees of sales by your own link, which have no fee of ours."
    )
    refunded_amount = serializers.IntegerField(help_text="Your part of refunds made on these days.")
    disputed_amount = serializers.IntegerField(
        help_text="Your part of what banks took on these days; below zero where they gave back more."
    )
    kept_amount = serializers.IntegerField(help_text="net less processing, refunded and disputed.")
    views_count = serializers.IntegerField(help_text="Visitors, each counted once a day and listing.")


class DaySerializer(serializers.Serializer[Any]):
    day = serializers.DateField()
    sales_count = serializers.IntegerField()
    net_amount = serializers.IntegerField()
    views_count = serializers.IntegerField()


class BestListingSerializer(serializers.Serializer[Any]):
    listing = serializers.CharField(source="sold.slug")
    sales_count = serializers.IntegerField(source="sold.sales_count")
    net_amount = serializers.IntegerField(source="sold.net_amount")
    views_count = serializers.IntegerField()


class SalesPartSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(allow_blank=True)
    sales_count = serializers.IntegerField()
    net_amount = serializers.IntegerField()
    discount_amount = serializers.IntegerField(help_text="What coupons took off, whoever bears it.")


class StatsSerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    figures = FiguresSerializer()
    before = FiguresSerializer(help_text="As many days before.")
    days = DaySerializer(many=True)
    best_listings = BestListingSerializer(many=True)
    sources = serializers.DictField(child=serializers.IntegerField(), help_text="Visitors by where from.")
    sale_sources = SalesPartSerializer(many=True, help_text="Sales by what brought the buyer.")
    countries = SalesPartSerializer(
        many=True, help_text="Sales by country of the card; those with few sales together, without a name."
    )
    coupons = SalesPartSerializer(many=True, help_text="Sales by coupon.")
    counted_until = Timestamp(allow_null=True, help_text="Figures are summed up each few seconds.")


class StatsView(ApiView):
    scopes = {"GET": Scope.SALES_READ}

    @extend_schema(
        operation_id="seller_stats_retrieve",
        summary="Sales and visitors over days",
        description=f"Days are those of UTC; at most {MAX_DAYS}, the last 30 unless told.",
        parameters=[
            OpenApiParameter("from", OpenApiTypes.DATE, description="The first day."),
            OpenApiParameter("to", OpenApiTypes.DATE, description="The last day."),
        ],
        responses=StatsSerializer,
    )
    def get(self, request: Request) -> Response:
        found = overview_of(seller_of(request), _days_of(request))
        return Response(StatsSerializer(_shape(found)).data)


def _days_of(request: Request) -> Days:
    usual = Days.until_today(30)
    last = _day(request, "to") or usual.last
    first = _day(request, "from") or last - datetime.timedelta(days=29)
    if first > last:
        raise InvalidInput.of("from", _("The first day must not be after the last."))
    days = Days(first, last)
    if days.count > MAX_DAYS:
        message = _("Ask for at most %(count)s days at once.") % {"count": MAX_DAYS}
        raise InvalidInput.of("from", message)
    return days


def _day(request: Request, name: str) -> datetime.date | None:
    given = request.query_params.get(name, "")
    if not given:
        return None
    try:
        day = datetime.date.fromisoformat(given)
    except ValueError as error:
        raise _no_day(name) from error
    if not 2000 <= day.year <= 2199:
        raise _no_day(name)
    return day


def _no_day(name: str) -> InvalidInput:
    return InvalidInput.of(name, _("Write a day as 2026-01-31."))


def _shape(found: Overview) -> dict[str, Any]:
    return {
        "currency": USD,
        "first_day": found.days.first,
        "last_day": found.days.last,
        "figures": _figures(found.now),
        "before": _figures(found.before),
        "days": [
            {
                "day": day,
                "sales_count": sold.sales_count,
                "net_amount": sold.net_amount,
                "views_count": found.views[day],
            }
            for day, sold in found.sales.items()
        ],
        "best_listings": found.best,
        "sources": dict(found.sources),
        "sale_sources": found.sale_sources,
        "countries": found.countries,
        "coupons": found.coupons,
        "counted_until": found.counted_until,
    }


def _figures(period: Period) -> dict[str, int]:
    sold = period.sales
    return {
        "sales_count": sold.sales_count,
        "gross_amount": sold.gross_amount,
        "fee_amount": sold.fee_amount,
        "net_amount": sold.net_amount,
        "discount_amount": sold.discount_amount,
        "processing_amount": sold.processing_amount,
        "refunded_amount": sold.refunded_amount,
        "disputed_amount": sold.disputed_amount,
        "kept_amount": sold.kept_amount,
        "views_count": period.views_count,
    }
