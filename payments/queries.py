"""Reading orders, the library and a seller's money. Every read names whose it is; strangers find nothing."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, Prefetch, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.models import SellerProfile, User
from common.errors import NotFound
from common.money import USD
from listings.models import Listing, PromptVersion
from payments.models import (
    Account,
    Dispute,
    DisputeItem,
    Entitlement,
    LedgerEntry,
    Order,
    OrderItem,
    RefundItem,
    RefundStatus,
)
from payments.models.dispute import DISPUTE_STATUSES


@dataclass(frozen=True, slots=True)
class Balance:
    """What a seller is owed, in minor units, read from the ledger. Negative where refunds outran earnings."""

    currency: str
    pending_amount: int
    available_amount: int
    paid_out_amount: int


@dataclass(frozen=True, slots=True)
class SalesTotals:
    """A seller's sales so far, in minor units. net = gross - fee; refunded, disputed: parts of the share.

    Processing: what card payments by the seller's own link cost.
    """

    currency: str
    count: int
    gross_amount: int
    fee_amount: int
    net_amount: int
    refunded_amount: int
    disputed_amount: int
    processing_amount: int


def library_of(buyer: User) -> QuerySet[Entitlement]:
    """What a buyer may read now, newest first; without the texts."""
    return (
        Entitlement.objects.filter(buyer=buyer, revoked_at=None)
        .select_related(
            "listing__seller",
            "listing__model",
            "listing__category",
            "listing__published_version",
            "version",
            "item__order",
        )
        .defer(
            "listing__description",
            "listing__description_html",
            "listing__published_version__text",
            "listing__published_version__instructions",
            "listing__published_version__variables",
            "version__text",
            "version__instructions",
            "version__variables",
        )
        .order_by("-granted_at", "-id")
    )


def entitlement_get(buyer: User, entitlement_id: Any) -> Entitlement:
    """One active entitlement of this buyer with its version's text. Raises NotFound for all others."""
    return _entitlement(buyer, pk=entitlement_id)


def entitlement_for(buyer: User, slug: str) -> Entitlement:
    """The buyer's active entitlement for the listing of this slug, as entitlement_get."""
    return _entitlement(buyer, listing__slug=slug)


def _entitlement(buyer: User, **which: Any) -> Entitlement:
    found = (
        Entitlement.objects.filter(**which, buyer=buyer, revoked_at=None)
        .select_related(
            "listing__seller",
            "listing__model",
            "listing__published_version",
            "version",
            "pinned_version",
            "item__order",
        )
        .defer(
            "listing__published_version__text",
            "listing__published_version__instructions",
            "pinned_version__text",
            "pinned_version__instructions",
        )
        .first()
    )
    if found is None:
        raise NotFound(_("This prompt is not in your library."), code="not_in_library")
    return found


def owned_version(entitlement: Entitlement, number: int) -> PromptVersion:
    """The version bought, or any published one of the same listing: later ones belong to the buyer too.

    Raises NotFound for other numbers.
    """
    if number == entitlement.version.number:
        return entitlement.version
    published = PromptVersion.objects.filter(listing=entitlement.listing_id, published_at__isnull=False)
    version = published.filter(number=number).prefetch_related("examples").first()
    if version is None:
        raise NotFound(_("There is no such version."))
    return version


def version_in_use(entitlement: Entitlement) -> int:
    """The number of the version that opens: the newest for who follows, else the pinned or the bought one."""
    if entitlement.follows_updates:
        published = entitlement.listing.published_version
        return max(entitlement.version.number, published.number if published else 0)
    pinned = entitlement.pinned_version
    return pinned.number if pinned else entitlement.version.number


def active_entitlement(buyer: User, listing: Listing) -> Entitlement | None:
    return Entitlement.objects.filter(buyer=buyer, listing=listing, revoked_at=None).first()


def owned_listing_ids(buyer: User, listing_ids: list[int]) -> set[int]:
    """Which of these listings the buyer owns, in one query."""
    owned = Entitlement.objects.filter(buyer=buyer, listing__in=listing_ids, revoked_at=None)
    return set(owned.values_list("listing_id", flat=True))


def orders_of(buyer: User) -> QuerySet[Order]:
    """A buyer's orders with items, sellers and refunds, newest first; without the prompts' texts."""
    items = (
        OrderItem.objects.select_related("listing", "seller")
        .defer("listing__description", "listing__description_html")
        .order_by("pk")
    )
    versions = PromptVersion.objects.defer("text", "instructions", "variables")
    return (
        Order.objects.filter(buyer=buyer)
        .select_related("gift")
        .prefetch_related(
            Prefetch("items", items),
            Prefetch("items__version", versions),
            "payments__refunds__items",
            "payments__disputes",
        )
        .order_by("-created_at", "-pk")
    )


def order_get(buyer: User, order_id: Any) -> Order:
    """One order of this buyer. Raises NotFound for all others."""
    order = orders_of(buyer).filter(pk=order_id).first()
    if order is None:
        raise NotFound(_("There is no such order."), code="order_not_found")
    return order


def seller_sales(seller: SellerProfile) -> QuerySet[OrderItem]:
    """A seller's paid items, newest first, each with what its buyer got back and what disputes take.

    `refunded_amount` and `disputed_amount` are parts of the price, `disputed_share_amount` is the seller's
    part of the latter. `dispute_status` is of the last dispute of its payment, inquiries left aside.
    """
    refunds = RefundItem.objects.filter(item=OuterRef("pk"), refund__status=RefundStatus.SUCCEEDED)
    disputes = DisputeItem.objects.filter(item=OuterRef("pk"))
    last = Dispute.objects.filter(
        payment__order=OuterRef("order"), payment__is_surplus=False, status__in=DISPUTE_STATUSES
    ).order_by("-opened_at", "-pk")
    return (
        OrderItem.objects.filter(seller=seller, paid_at__isnull=False)
        .select_related("order", "listing")
        .defer("listing__description", "listing__description_html")
        .annotate(
            refunded_amount=total_of(refunds, "amount"),
            disputed_amount=total_of(disputes, "amount"),
            disputed_share_amount=total_of(disputes, "seller_amount"),
            dispute_status=Subquery(last.values("status")[:1]),
        )
        .order_by("-paid_at", "-pk")
    )


def sale_get(seller: SellerProfile, item_id: Any) -> OrderItem:
    """One paid item of this seller. Raises NotFound for all others."""
    item = seller_sales(seller).filter(pk=item_id).first()
    if item is None:
        raise NotFound(_("There is no such sale."), code="sale_not_found")
    return item


def seller_balance(seller: SellerProfile) -> Balance:
    """Pending, available and paid out: the sums of the seller's ledger entries, and nothing else."""
    sums = dict(
        LedgerEntry.objects.filter(seller=seller).values_list("account").annotate(total=Sum("amount"))
    )
    return Balance(
        currency=USD,
        pending_amount=-sums.get(Account.SELLER_PENDING, 0),
        available_amount=-sums.get(Account.SELLER_AVAILABLE, 0),
        paid_out_amount=-sums.get(Account.SELLER_PAID_OUT, 0),
    )


def seller_totals(seller: SellerProfile) -> SalesTotals:
    """All sales so far; equal to the ledger, since items are the journals' own figures."""
    sums = OrderItem.objects.filter(seller=seller, paid_at__isnull=False).aggregate(
        count=Count("pk"),
        gross=Sum("unit_amount") - Sum("discount_amount") + Sum("platform_discount_amount"),
        fee=Sum("platform_fee_amount") + Sum("platform_discount_amount"),
        net=Sum("seller_amount"),
        processing=Sum("processing_fee_amount"),
    )
    refunded = RefundItem.objects.filter(item__seller=seller, refund__status=RefundStatus.SUCCEEDED)
    disputed = DisputeItem.objects.filter(item__seller=seller)
    return SalesTotals(
        currency=USD,
        count=sums["count"],
        gross_amount=sums["gross"] or 0,
        fee_amount=sums["fee"] or 0,
        net_amount=sums["net"] or 0,
        refunded_amount=refunded.aggregate(total=Sum("seller_amount"))["total"] or 0,
        disputed_amount=disputed.aggregate(total=Sum("seller_amount"))["total"] or 0,
        processing_amount=sums["processing"] or 0,
    )


def total_of(rows: QuerySet[Any], field: str) -> Coalesce:
    total = rows.order_by().values("item").annotate(total=Sum(field)).values("total")
    return Coalesce(Subquery(total, output_field=IntegerField()), Value(0))
