"""Buying by API: orders, and asking for money back."""

import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Scope, User
from common.errors import InvalidInput
from marketplace.api.base import ApiView, user_of
from marketplace.api.fields import parsed, shaped
from marketplace.api.idempotency import IDEMPOTENCY_PARAMETER, Answer, once
from marketplace.api.order_shape import (
    OrderInputSerializer,
    OrderSerializer,
    RefundInputSerializer,
    RefundSerializer,
    orders_for_shape,
)
from marketplace.api.pagination import PAGE_PARAMETERS, paged
from marketplace.api.schema import PROBLEM_MEDIA_TYPE, ProblemSerializer, page_of
from payments.models import Order, OrderItem, OrderStatus, RefundReason, SaleSource
from payments.queries import order_get, orders_of
from payments.services.coupons import code_normalise
from payments.services.gifts import GiftWish
from payments.services.orders import order_create
from payments.services.refunds import refund_request

KEY_REUSED = OpenApiResponse(
    ProblemSerializer, description="`idempotency_key_reused`: the key belongs to another body."
)
STRIPE_AWAY = OpenApiResponse(
    ProblemSerializer, description="`payment_provider_unavailable`: send it again with the same key."
)


class OrdersView(ApiView):
    scopes = {"GET": Scope.ORDERS_WRITE, "POST": Scope.ORDERS_WRITE}
    selectable = OrderSerializer

    @extend_schema(
        operation_id="orders_list",
        summary="Your orders, newest first",
        parameters=PAGE_PARAMETERS,
        responses=page_of(OrderSerializer),
    )
    def get(self, request: Request) -> Response:
        orders = orders_for_shape(orders_of(user_of(request)))
        return paged(request, orders, ("-created_at", "-id"), partial(shaped, OrderSerializer))

    @extend_schema(
        operation_id="orders_create",
        summary="Buy",
        description=(
            "Makes an order at today's prices. Send the buyer to `checkout_url`; once paid, the prompts are "
            "in `library/`. A free order is `paid` at once and has no `checkout_url`. Asking again for the "
            "same listings gives the open order back. With `gift` somebody else reads it: they claim it by a "
            "link that we mail; what is wrong with it (400) stands under `errors.gift_email`, `gift_message` "
            "or `gift_on`. Conflicts (409): `already_owned`, `already_given`, `own_listing`, "
            "`not_for_sale`. What is wrong with a coupon (400) stands under `errors.coupon`."
        ),
        parameters=[IDEMPOTENCY_PARAMETER],
        request=OrderInputSerializer,
        responses={
            201: OrderSerializer,
            (422, PROBLEM_MEDIA_TYPE): KEY_REUSED,
            (503, PROBLEM_MEDIA_TYPE): STRIPE_AWAY,
        },
        examples=[
            OpenApiExample(
                "One prompt",
                request_only=True,
                value={
                    "items": [{"listing": "meeting-notes-to-action-list"}],
                    "success_url": "https://shop.example/thanks?session={CHECKOUT_SESSION_ID}",
                },
            )
        ],
    )
    def post(self, request: Request) -> Answer:
        buyer, data = user_of(request), parsed(OrderInputSerializer, request.data)
        wanted: dict[str, Any] = {
            "listing_slugs": [item["listing"] for item in data["items"]],
            "coupon_code": data.get("coupon", ""),
            "gift": GiftWish(**data["gift"]) if "gift" in data else None,
            "success_url": data.get("success_url", ""),
            "cancel_url": data.get("cancel_url", ""),
        }

        def work() -> Response:
            sources = dict.fromkeys(wanted["listing_slugs"], SaleSource.API)
            made = order_create(buyer=buyer, has_consented=data["consent"], sources=sources, **wanted)
            return _created(buyer, made)

        return once(request, work, recover=partial(_order_made_since, buyer, **wanted))


class OrderView(ApiView):
    scopes = {"GET": Scope.ORDERS_WRITE}
    selectable = OrderSerializer

    @extend_schema(operation_id="orders_retrieve", summary="One of your orders", responses=OrderSerializer)
    def get(self, request: Request, id: UUID) -> Response:
        order = order_get(user_of(request), id)
        return Response(_one(user_of(request), order))


class RefundsView(ApiView):
    scopes = {"POST": Scope.ORDERS_WRITE}

    @extend_schema(
        operation_id="orders_refunds_create",
        summary="Ask for your money back",
        description=(
            "For the whole order, one item of it, or an amount. Given at once while the prompt was never "
            "opened; after that the library on the web takes evidence (409 `refund_needs_review`). While a "
            "bank decides a dispute of the payment, nothing is refunded (409 `disputed`). An item refunded "
            "in full leaves the library."
        ),
        parameters=[IDEMPOTENCY_PARAMETER],
        request=RefundInputSerializer,
        responses={201: RefundSerializer, (422, PROBLEM_MEDIA_TYPE): KEY_REUSED},
        examples=[
            OpenApiExample(
                "One item",
                request_only=True,
                value={"item": "meeting-notes-to-action-list", "reason": "Bought twice."},
            )
        ],
    )
    def post(self, request: Request, id: UUID) -> Answer:
        buyer = user_of(request)
        order = order_get(buyer, id)
        data = parsed(RefundInputSerializer, request.data)
        item = _item_of(order, data["item"]) if "item" in data else None

        def work() -> Response:
            refund = refund_request(
                order=order,
                by=buyer,
                item=item,
                amount=data.get("amount"),
                reason=RefundReason.BUYER_REQUEST,
                note=data["reason"],
            )
            return Response(RefundSerializer(refund).data, status=201)

        return once(request, work)


def _one(buyer: User, order: Order) -> dict[str, Any]:
    return shaped(OrderSerializer, orders_for_shape(orders_of(buyer)).filter(pk=order.pk))[0]


def _created(buyer: User, order: Order) -> Response:
    return Response(_one(buyer, order), status=201)


def _item_of(order: Order, slug: str) -> OrderItem:
    for item in order.items.all():
        if item.listing.slug == slug:
            return item
    raise InvalidInput.of("item", _("This order has no such listing."), code="item_not_found")


def _order_made_since(
    buyer: User,
    since: datetime.datetime,
    *,
    listing_slugs: list[str],
    coupon_code: str,
    gift: GiftWish | None,
    success_url: str,
    cancel_url: str,
) -> Response | None:
    """The paid order that an earlier try committed before it died. Pending ones the service gives back."""
    with_coupon = (
        Q(coupon_use__coupon__code=code_normalise(coupon_code)) if coupon_code else Q(coupon_use=None)
    )
    made = Order.objects.filter(
        with_coupon,
        buyer=buyer,
        is_gift=gift is not None,
        created_at__gte=since,
        success_url=success_url,
        cancel_url=cancel_url,
        paid_at__isnull=False,
        status=OrderStatus.PAID,
    ).prefetch_related("items__listing")
    for order in made.order_by("created_at"):
        if {item.listing.slug for item in order.items.all()} == set(listing_slugs):
            return _created(buyer, order)
    return None
