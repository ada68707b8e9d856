"""A seller's money by program: payouts, and refunds of own sales.

Both move the seller's money, so both need `payouts:write`: a token that may only look (`sales:read`) moves
none, and one that buys (`orders:write`) is a buyer's.
"""

from functools import partial
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Scope
from marketplace.api.base import ApiView, seller_of
from marketplace.api.fields import (
    MinorUnitsField,
    StrictCharField,
    StrictSerializer,
    Timestamp,
    parsed,
    shaped,
)
from marketplace.api.idempotency import IDEMPOTENCY_PARAMETER, Answer, once
from marketplace.api.order_shape import RefundSerializer
from marketplace.api.orders import KEY_REUSED
from marketplace.api.pagination import PAGE_PARAMETERS, paged
from marketplace.api.schema import PROBLEM_MEDIA_TYPE, page_of
from payments.models import Payout, PayoutStatus, PayoutTrigger
from payments.queries import sale_get
from payments.queries_payouts import payout_get, payouts_of
from payments.services.payouts import payout_request
from payments.services.refund_decisions import sale_refund


class PayoutSerializer(serializers.Serializer[Payout]):
    """Available earnings on their way to your Stripe account, or there. Amounts in minor units."""

    id = serializers.UUIDField()
    amount = serializers.IntegerField()
    currency = serializers.CharField()
    status = serializers.ChoiceField(choices=PayoutStatus.choices)
    trigger = serializers.ChoiceField(choices=PayoutTrigger.choices)
    reversed_amount = serializers.IntegerField(help_text="What was taken back of it.")
    failure_code = serializers.CharField(allow_blank=True)
    stripe_transfer_id = serializers.SerializerMethodField(help_text="Null until Stripe has it.")
    created_at = Timestamp()
    settled_at = Timestamp(allow_null=True)

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_stripe_transfer_id(self, payout: Payout) -> str | None:
        return payout.stripe_transfer_id


class PayoutInputSerializer(StrictSerializer):
    amount = MinorUnitsField(required=False, min_value=1, help_text="All that is available, unless told.")


class SaleRefundInputSerializer(StrictSerializer):
    amount = MinorUnitsField(required=False, min_value=1, help_text="All that is left, unless told.")
    reason = StrictCharField(max_length=500, help_text="Why, in your words. The buyer does not see it.")


class PayoutsView(ApiView):
    scopes = {"GET": Scope.SALES_READ, "POST": Scope.PAYOUTS_WRITE}

    @extend_schema(
        operation_id="seller_payouts_list",
        summary="Your payouts, newest first",
        parameters=PAGE_PARAMETERS,
        responses=page_of(PayoutSerializer),
    )
    def get(self, request: Request) -> Response:
        payouts = payouts_of(seller_of(request))
        return paged(request, payouts, ("-created_at", "-id"), partial(shaped, PayoutSerializer))

    @extend_schema(
        operation_id="seller_payouts_create",
        summary="Pay out now",
        description=(
            "Sends `amount`, or all that is available, to your Stripe account; at least 1000. The answer is "
            "`requested`; ask again for what became of it. Conflicts (409): `payout_account_missing`, "
            "`payout_account_restricted` (both mended on the payouts page), `payout_below_minimum` (too "
            "little is available), `payout_exceeds_available`."
        ),
        parameters=[IDEMPOTENCY_PARAMETER],
        request=PayoutInputSerializer,
        responses={201: PayoutSerializer, (422, PROBLEM_MEDIA_TYPE): KEY_REUSED},
        examples=[OpenApiExample("A part", request_only=True, value={"amount": 2500})],
    )
    def post(self, request: Request) -> Answer:
        seller, data = seller_of(request), parsed(PayoutInputSerializer, request.data)
        amount = data.get("amount")

        def work() -> Response:
            payout = payout_request(
                seller=seller, by=seller.user, trigger=PayoutTrigger.REQUEST, amount=amount
            )
            return Response(PayoutSerializer(payout).data, status=201)

        return once(request, work)


class PayoutView(ApiView):
    scopes = {"GET": Scope.SALES_READ}

    @extend_schema(
        operation_id="seller_payouts_retrieve", summary="One of your payouts", responses=PayoutSerializer
    )
    def get(self, request: Request, id: UUID) -> Response:
        return Response(PayoutSerializer(payout_get(seller_of(request), id)).data)


class SaleRefundsView(ApiView):
    scopes = {"POST": Scope.PAYOUTS_WRITE}

    @extend_schema(
        operation_id="seller_sales_refunds_create",
        summary="Give a buyer money back",
        description=(
            "Of one sale, by its id in `seller/sales/`: all that is left of it, or `amount`. Your balance "
            "loses your share of it, we return our fee. Refunded in full, the prompt leaves the buyer's "
            "library. Conflicts (409): `not_refundable`, `disputed`, `balance_too_low` (your "
            "earnings do not bear it)."
        ),
        parameters=[IDEMPOTENCY_PARAMETER],
        request=SaleRefundInputSerializer,
        responses={201: RefundSerializer, (422, PROBLEM_MEDIA_TYPE): KEY_REUSED},
        examples=[
            OpenApiExample(
                "A part", request_only=True, value={"amount": 200, "reason": "One blank was wrong."}
            )
        ],
    )
    def post(self, request: Request, id: int) -> Answer:
        seller, data = seller_of(request), parsed(SaleRefundInputSerializer, request.data)
        item_id, amount, note = sale_get(seller, id).pk, data.get("amount"), data["reason"]

        def work() -> Response:
            refund = sale_refund(seller=seller, item_id=item_id, amount=amount, note=note)
            return Response(RefundSerializer(refund).data, status=201)

        return once(request, work)
