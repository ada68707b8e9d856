"""A seller's sales and balance: the same figures as the pages and the ledger."""

from dataclasses import asdict
from functools import partial
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Scope
from marketplace.api.base import ApiView, seller_of
from marketplace.api.fields import Timestamp, shaped
from marketplace.api.pagination import PAGE_PARAMETERS, paged
from marketplace.api.schema import page_of
from payments.models import DisputeStatus, OrderItem
from payments.queries import seller_balance, seller_sales


class SaleSerializer(serializers.Serializer[OrderItem]):
    """A sold item. unit = discount + platform fee + seller's share; nothing is said of the buyer."""

    id = serializers.IntegerField()
    order_number = serializers.CharField(source="order.number")
    listing = serializers.CharField(source="listing.slug")
    title = serializers.CharField()
    currency = serializers.CharField(source="order.currency")
    unit_amount = serializers.IntegerField()
    discount_amount = serializers.IntegerField(source="seller_discount_amount", help_text="Yours alone.")
    platform_fee_amount = serializers.IntegerField(source="charged_fee_amount")
    seller_amount = serializers.IntegerField()
    brought_by = serializers.CharField(
        source="source", help_text="What brought the buyer, as far as it is known."
    )
    processing_fee_amount = serializers.IntegerField(
        help_text="Card fee of a sale by your own link, which has no fee of ours."
    )
    refunded_amount = serializers.IntegerField(help_text="What the buyer got back.")
    disputed_amount = serializers.IntegerField(help_text="What disputes hold, or took, of the price.")
    disputed_share_amount = serializers.IntegerField(help_text="Your part of that.")
    dispute = serializers.SerializerMethodField(help_text="How the last dispute of its payment stands.")
    paid_at = Timestamp()

    @extend_schema_field(serializers.ChoiceField(choices=["open", "won", "lost"], allow_null=True))
    def get_dispute(self, item: Any) -> str | None:
        closed = {None: None, DisputeStatus.WON: "won", DisputeStatus.LOST: "lost"}
        return closed.get(item.dispute_status, "open")


class BalanceSerializer(serializers.Serializer[Any]):
    """Sums of the ledger, in minor units. Negative where refunds outran earnings."""

    currency = serializers.CharField()
    pending_amount = serializers.IntegerField(help_text="Earned, and held for seven days.")
    available_amount = serializers.IntegerField()
    paid_out_amount = serializers.IntegerField()


class SalesView(ApiView):
    scopes = {"GET": Scope.SALES_READ}

    @extend_schema(
        operation_id="seller_sales_list",
        summary="Your sales, newest first",
        parameters=PAGE_PARAMETERS,
        responses=page_of(SaleSerializer),
    )
    def get(self, request: Request) -> Response:
        return paged(
            request, seller_sales(seller_of(request)), ("-paid_at", "-id"), partial(shaped, SaleSerializer)
        )


class BalanceView(ApiView):
    scopes = {"GET": Scope.SALES_READ}

    @extend_schema(
        operation_id="seller_balance_retrieve", summary="Your balance", responses=BalanceSerializer
    )
    def get(self, request: Request) -> Response:
        return Response(BalanceSerializer(asdict(seller_balance(seller_of(request)))).data)
