"""The shapes of orders and refunds, and what a buyer sends to make them."""

from typing import Any
from urllib.parse import urlsplit

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from listings.models import Listing, PromptVersion
from marketplace.api.fields import MinorUnitsField, StrictCharField, StrictSerializer, Timestamp, shaped
from payments.models import (
    MAX_MESSAGE,
    Gift,
    Order,
    OrderItem,
    OrderStatus,
    Refund,
    RefundItem,
    RefundReason,
    RefundStatus,
)
from payments.queries_gifts import GiftState, gift_state
from payments.services.checkout import is_open

MAX_ITEMS = 50


class RefundItemSerializer(serializers.Serializer[RefundItem]):
    listing = serializers.CharField(source="item.listing.slug")
    amount = serializers.IntegerField()


class RefundSerializer(serializers.Serializer[Refund]):
    """Money on its way back, or back."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=RefundStatus.choices)
    amount = serializers.IntegerField()
    currency = serializers.CharField()
    reason = serializers.ChoiceField(choices=RefundReason.choices)
    items = RefundItemSerializer(many=True)
    created_at = Timestamp()
    settled_at = Timestamp(allow_null=True)


class GiftSerializer(serializers.Serializer[Gift]):
    """For whom it is, and whether they have it."""

    email = serializers.CharField()
    state = serializers.SerializerMethodField()
    send_at = Timestamp()
    sent_at = Timestamp(allow_null=True)
    claimed_at = Timestamp(allow_null=True)

    @extend_schema_field(serializers.ChoiceField(choices=[state.value for state in GiftState]))
    def get_state(self, gift: Gift) -> str:
        return gift_state(gift)


class OrderItemSerializer(serializers.Serializer[OrderItem]):
    """A line: what was offered when the order was made."""

    listing = serializers.CharField(source="listing.slug")
    title = serializers.CharField()
    version = serializers.IntegerField(source="version.number")
    unit_amount = serializers.IntegerField()
    discount_amount = serializers.IntegerField()


class OrderSerializer(serializers.Serializer[Order]):
    """Amounts are minor units of `currency`."""

    id = serializers.UUIDField()
    number = serializers.CharField(help_text="For people: it stands on the receipt.")
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    currency = serializers.CharField()
    subtotal_amount = serializers.IntegerField()
    discount_amount = serializers.IntegerField()
    tax_amount = serializers.IntegerField()
    total_amount = serializers.IntegerField()
    checkout_url = serializers.SerializerMethodField(help_text="Stripe's payment page, while it is open.")
    items = OrderItemSerializer(many=True)
    created_at = Timestamp()
    expires_at = Timestamp(help_text="When an unpaid order's payment page closes.")
    paid_at = Timestamp(allow_null=True)
    delivered_at = Timestamp(allow_null=True)
    refunds = serializers.SerializerMethodField()
    gift = serializers.SerializerMethodField(help_text="Null unless it was bought for somebody else.")

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_checkout_url(self, order: Order) -> str | None:
        return order.checkout_url if is_open(order) else None

    @extend_schema_field(GiftSerializer(allow_null=True))
    def get_gift(self, order: Order) -> Any:
        return GiftSerializer(order.gift).data if order.is_gift else None

    @extend_schema_field(RefundSerializer(many=True))
    def get_refunds(self, order: Order) -> Any:
        refunds = [refund for payment in order.payments.all() for refund in payment.refunds.all()]
        return shaped(RefundSerializer, sorted(refunds, key=lambda refund: refund.pk))


class GiftInputSerializer(StrictSerializer):
    email = StrictCharField(max_length=254)
    message = StrictCharField(required=False, allow_blank=True, max_length=MAX_MESSAGE)
    send_on = serializers.DateField(required=False, help_text="A day; at once, once paid, unless told.")


class OrderItemInputSerializer(StrictSerializer):
    listing = StrictCharField(max_length=90, help_text="The listing's slug.")


def _absolute_url(value: str) -> None:
    """An http(s) address with a host. Braces are allowed: Stripe fills in {CHECKOUT_SESSION_ID}."""
    try:
        parts = urlsplit(value)
        is_good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good or "@" in parts.netloc or not value.isprintable() or " " in value or "\\" in value:
        raise serializers.ValidationError(_("Send an absolute http or https address."))


class OrderInputSerializer(StrictSerializer):
    items = OrderItemInputSerializer(many=True, allow_empty=False, max_length=MAX_ITEMS)  # type: ignore[call-arg]
    gift = GiftInputSerializer(
        required=False, help_text="Buy for somebody else, who claims it by a link in a mail of ours."
    )
    coupon = StrictCharField(required=False, allow_blank=True, max_length=60, help_text="A code.")
    consent = serializers.BooleanField(
        required=False,
        default=False,
        help_text="The buyer asks for delivery at once, and knows that the right to withdraw ends with it.",
    )
    success_url = StrictCharField(
        required=False,
        max_length=2000,
        validators=[_absolute_url],
        help_text="Where Stripe sends the buyer after paying; our own page unless told.",
    )
    cancel_url = StrictCharField(required=False, max_length=2000, validators=[_absolute_url])


class RefundInputSerializer(StrictSerializer):
    item = StrictCharField(required=False, max_length=90, help_text="The slug of one listing of the order.")
    amount = MinorUnitsField(required=False, min_value=1, help_text="All that is left, unless told.")
    reason = StrictCharField(max_length=500, help_text="Why, in your words.")


def orders_for_shape(orders: QuerySet[Order]) -> QuerySet[Order]:
    """`orders` with all that a shape shows and no prompt's text, in a constant number of queries."""
    listings = Listing.objects.only("slug")
    return orders.prefetch_related(None).prefetch_related(
        Prefetch("items", OrderItem.objects.order_by("pk")),
        Prefetch("items__listing", listings),
        Prefetch("items__version", PromptVersion.objects.only("number")),
        "payments__refunds__items__item",
        Prefetch("payments__refunds__items__item__listing", listings),
    )
