"""Finding a seller's sales, and telling each on a line. Buyers are named nowhere."""

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import F, OuterRef, Q, TextChoices
from django.utils.translation import gettext_lazy as _

from accounts.models import SellerProfile
from payments.models import DisputeItem, Order, OrderItem, RefundItem, RefundStatus
from payments.queries import total_of

_NUMBER = re.compile(r"PF-[A-Z0-9]{5}-[A-Z0-9]{5}")


class SaleState(TextChoices):
    """What has become of a sale's share."""

    PENDING = "pending", _("Pending")
    AVAILABLE = "available", _("Available")
    REFUNDED = "refunded", _("Refunded, whole or in part")
    DISPUTED = "disputed", _("Disputed")
    FREE = "free", _("Free")


@dataclass(frozen=True, slots=True)
class SalesWanted:
    """Which sales are asked for: `q` is an order's number or a part of a title, days are those of UTC."""

    q: str = ""
    state: str = ""
    source: str = ""
    first: datetime.date | None = None
    last: datetime.date | None = None


EVERY_SALE = SalesWanted()


@dataclass(frozen=True, slots=True)
class SaleLine:
    """A sold item for a statement, in minor units. kept = share less processing, refunds and disputes."""

    paid_at: datetime.datetime
    order_number: str
    listing_slug: str
    title: str
    currency: str
    unit_amount: int
    discount_amount: int
    platform_fee_amount: int
    seller_amount: int
    brought_by: str
    processing_fee_amount: int
    refunded_amount: int
    refunded_share_amount: int
    disputed_share_amount: int
    kept_amount: int
    earnings_released_at: datetime.datetime | None


def sales_wanted(seller: SellerProfile, wanted: SalesWanted) -> Q:
    """As a condition on OrderItem; the caller asks for the seller's paid ones."""
    found = Q()
    if wanted.q:
        found &= _found(seller, wanted.q)
    if wanted.state:
        found &= _in_state(seller, wanted.state)
    if wanted.source:
        found &= Q(source=wanted.source)
    if wanted.first:
        found &= Q(paid_at__gte=_midnight(wanted.first))
    if wanted.last:
        found &= Q(paid_at__lt=_midnight(wanted.last + datetime.timedelta(days=1)))
    return found


def sales_before(seller: SellerProfile, item_id: int) -> Q:
    """Those after this one in a list that begins with the newest; nothing if it is not the seller's."""
    paid_at = OrderItem.objects.filter(seller=seller, pk=item_id).values_list("paid_at", flat=True).first()
    if paid_at is None:
        return Q(pk__in=[])
    return Q(paid_at__lt=paid_at) | Q(paid_at=paid_at, pk__lt=item_id)


def seller_sale_lines(seller: SellerProfile, wanted: SalesWanted = EVERY_SALE) -> Iterator[SaleLine]:
    """A seller's paid items, oldest first, read in portions: memory does not grow with them."""
    refunds = RefundItem.objects.filter(item=OuterRef("pk"), refund__status=RefundStatus.SUCCEEDED)
    disputes = DisputeItem.objects.filter(item=OuterRef("pk"))
    lines = (
        OrderItem.objects.filter(sales_wanted(seller, wanted), seller=seller, paid_at__isnull=False)
        .annotate(
            refunded_amount=total_of(refunds, "amount"),
            refunded_share_amount=total_of(refunds, "seller_amount"),
            disputed_share_amount=total_of(disputes, "seller_amount"),
        )
        .annotate(
            borne_discount_amount=F("discount_amount") - F("platform_discount_amount"),
            charged_amount=F("platform_fee_amount") + F("platform_discount_amount"),
            kept_amount=F("seller_amount")
            - F("processing_fee_amount")
            - F("refunded_share_amount")
            - F("disputed_share_amount"),
        )
        .order_by("paid_at", "pk")
        .values_list(
            "paid_at",
            "order__number",
            "listing__slug",
            "title",
            "order__currency",
            "unit_amount",
            "borne_discount_amount",
            "charged_amount",
            "seller_amount",
            "source",
            "processing_fee_amount",
            "refunded_amount",
            "refunded_share_amount",
            "disputed_share_amount",
            "kept_amount",
            "earnings_released_at",
        )
    )
    for line in lines.iterator(chunk_size=2000):
        yield SaleLine(*line)  # type: ignore[arg-type]  # paid_at is there: the filter asks for it


def _found(seller: SellerProfile, q: str) -> Q:
    if _NUMBER.fullmatch(q.upper()):
        return Q(order__in=Order.objects.filter(number=q.upper()))
    titled = seller.listings.filter(title__icontains=q).values_list("pk", flat=True)
    return Q(listing__in=list(titled))


def _in_state(seller: SellerProfile, state: str) -> Q:
    refunded = RefundItem.objects.filter(item__seller=seller, refund__status=RefundStatus.SUCCEEDED)
    disputed = DisputeItem.objects.filter(item__seller=seller, seller_amount__gt=0)
    if state == SaleState.REFUNDED:
        return Q(pk__in=refunded.values("item"))
    if state == SaleState.DISPUTED:
        return Q(pk__in=disputed.values("item"))
    if state == SaleState.FREE:
        return Q(seller_amount=0)
    return Q(seller_amount__gt=0, earnings_released_at__isnull=state == SaleState.PENDING)


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), datetime.UTC)
