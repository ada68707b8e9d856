"""Reading payouts: what was sent, what is coming and when. Every read names whose it is."""

import datetime
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import F, IntegerField, OuterRef, Prefetch, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.models import SellerProfile
from common import clock
from common.errors import NotFound
from common.money import MIN_PAYOUT_AMOUNT
from payments.models import (
    Account,
    BankPayout,
    ConnectedAccount,
    DisputeItem,
    LedgerEntry,
    OrderItem,
    Payout,
    PayoutReversal,
    PayoutReversalStatus,
    PayoutStatus,
    RefundItem,
    RefundStatus,
)

WEEK = datetime.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class EarningsDue:
    """Earnings, in minor units, that become available on a day (UTC)."""

    day: datetime.date
    amount: int


def week_begins(moment: datetime.datetime) -> datetime.datetime:
    """Monday 00:00 UTC of the week that `moment` is in."""
    day = moment.astimezone(datetime.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - datetime.timedelta(days=day.weekday())


def next_weekly_payout_at() -> datetime.datetime:
    """When the next weekly payouts are made: the coming Monday, 00:00 UTC."""
    return week_begins(clock.now()) + WEEK


def connected_account_of(seller: SellerProfile) -> ConnectedAccount | None:
    """The account in use, gone at Stripe or not; those before it are history."""
    return ConnectedAccount.objects.filter(seller=seller, replaced_at=None).first()


def payouts_of(seller: SellerProfile) -> QuerySet[Payout]:
    """A seller's payouts, newest first, each with what was taken back of it."""
    taken_back = PayoutReversal.objects.filter(status=PayoutReversalStatus.SUCCEEDED).order_by("settled_at")
    return (
        Payout.objects.filter(seller=seller)
        .select_related("account")
        .prefetch_related(Prefetch("reversals", taken_back))
        .order_by("-created_at", "-pk")
    )


def payout_get(seller: SellerProfile, payout_id: Any) -> Payout:
    """One payout of this seller. Raises NotFound for all others."""
    payout = payouts_of(seller).filter(pk=payout_id).first()
    if payout is None:
        raise NotFound(_("There is no such payout."), code="payout_not_found")
    return payout


def on_its_way_amount(seller: SellerProfile) -> int:
    """Asked for and not yet confirmed by Stripe, in minor units; part of what counts as paid out."""
    waiting = Payout.objects.filter(seller=seller, status=PayoutStatus.REQUESTED)
    return waiting.aggregate(total=Sum("amount"))["total"] or 0


def refunds_on_their_way_amount(seller: SellerProfile, *, of_available: bool = False) -> int:
    """What refunds that Stripe has not made yet will take of the seller, in minor units.

    `of_available` leaves out items whose earnings are still pending.
    """
    parts = RefundItem.objects.filter(item__seller=seller, refund__status=RefundStatus.REQUESTED)
    if of_available:
        parts = parts.filter(item__earnings_released_at__isnull=False)
    return parts.aggregate(total=Sum("seller_amount"))["total"] or 0


def bank_payouts_of(seller: SellerProfile) -> QuerySet[BankPayout]:
    """What Stripe sent on to the seller's bank, newest first."""
    return BankPayout.objects.filter(account__seller=seller).order_by("-created_at", "-pk")


def earnings_due(seller: SellerProfile) -> list[EarningsDue]:
    """When pending earnings become available, by day; together they are the pending balance."""
    refunds = RefundItem.objects.filter(item=OuterRef("pk"), refund__status=RefundStatus.SUCCEEDED)
    disputes = DisputeItem.objects.filter(item=OuterRef("pk"))
    pending = (
        OrderItem.objects.filter(
            seller=seller, paid_at__isnull=False, earnings_released_at=None, seller_amount__gt=0
        )
        .annotate(due=F("seller_amount") - _seller_total(refunds) - _seller_total(disputes))
        .values_list("paid_at", "due")
    )
    hold, by_day = datetime.timedelta(days=settings.EARNINGS_HOLD_DAYS), defaultdict[datetime.date, int](int)
    for paid_at, amount in pending:
        if paid_at is not None:
            by_day[(paid_at + hold).astimezone(datetime.UTC).date()] += amount
    return [EarningsDue(day, amount) for day, amount in sorted(by_day.items()) if amount]


def sellers_with_enough() -> list[int]:
    """Sellers who have an account at Stripe and enough available for a payout, and were not shut out."""
    available = LedgerEntry.objects.filter(
        account=Account.SELLER_AVAILABLE,
        seller__connected_accounts__stripe_account_id__isnull=False,
        seller__connected_accounts__replaced_at=None,
        seller__user__is_active=True,
    )
    enough = available.values("seller").annotate(total=Sum("amount")).filter(total__lte=-MIN_PAYOUT_AMOUNT)
    return list(enough.order_by("seller").values_list("seller", flat=True))


def _seller_total(rows: QuerySet[Any]) -> Coalesce:
    total = rows.order_by().values("item").annotate(total=Sum("seller_amount")).values("total")
    return Coalesce(Subquery(total, output_field=IntegerField()), Value(0))
