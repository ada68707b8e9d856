"""Whether a seller's submissions may skip the queue, by the rule that staff set, and why."""

import datetime
from dataclasses import dataclass

from django.db.models import Count, Q

from accounts.models import SellerProfile
from common import clock
from listings.models import DecisionKind, Listing, ModerationDecision, Takedown, TakedownState, TrustRule

YEAR = datetime.timedelta(days=365)


@dataclass(frozen=True)
class Trust:
    """`why` is a code for the audit log: what decided it."""

    is_given: bool
    why: str


def trust_rule() -> TrustRule:
    """The rule as staff set it; one that trusts nobody where they have not."""
    return TrustRule.objects.filter(pk=1).first() or TrustRule(pk=1)


def trust_in(seller: SellerProfile, rule: TrustRule) -> Trust:
    """Whether the rule covers this seller. A storefront that staff marked as trusted needs no figures."""
    if not rule.is_on:
        return Trust(False, "rule_off")
    if has_recent_takedown(seller, rule.days_without_takedown):
        return Trust(False, "recent_takedown")
    if seller.is_trusted:
        return Trust(True, "marked_by_staff")
    if Listing.objects.filter(seller=seller, published_at__isnull=False).count() < rule.min_published:
        return Trust(False, "few_published")
    if returned_percent(seller) > rule.max_returned_percent:
        return Trust(False, "many_returned")
    return Trust(True, "by_figures")


def has_recent_takedown(seller: SellerProfile, days: int) -> bool:
    """Whether a takedown of theirs is open, or was upheld within so many days."""
    since = clock.now() - datetime.timedelta(days=days)
    counts = ~Q(state__in=[TakedownState.RESTORED, TakedownState.UPHELD]) | Q(
        state=TakedownState.UPHELD, decided_at__gt=since
    )
    return Takedown.objects.filter(counts, listing__seller=seller).exists()


def returned_percent(seller: SellerProfile) -> int:
    """How many of the last year's decisions on the seller's submissions were returns, rounded up."""
    decided = ModerationDecision.objects.filter(
        version__listing__seller=seller, created_at__gt=clock.now() - YEAR
    )
    counts = decided.aggregate(all=Count("pk"), returned=Count("pk", filter=Q(decision=DecisionKind.REJECT)))
    return -(-100 * counts["returned"] // counts["all"]) if counts["all"] else 0
