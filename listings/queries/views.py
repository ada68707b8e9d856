"""Who looked at a seller's listings, as far as it was counted: see listings.services.counting."""

import datetime
from collections.abc import Sequence

from django.db.models import QuerySet, Sum

from accounts.models import SellerProfile
from listings.models import ListingDay, SellerViewsDay


def views_by_day(
    seller: SellerProfile, first: datetime.date, last: datetime.date
) -> dict[datetime.date, int]:
    """Visitors of all listings by day; days without any are left out."""
    rows = _days(seller, first, last).values("day").annotate(views=Sum("views"))
    return dict(rows.order_by("day").values_list("day", "views"))


def views_by_source(
    seller: SellerProfile, first: datetime.date, last: datetime.date
) -> list[tuple[str, int]]:
    """Where visitors came from, by kind, the most first."""
    rows = _days(seller, first, last).values("source").annotate(views=Sum("views"))
    return list(rows.order_by("-views", "source").values_list("source", "views"))


def views_of_listings(
    listing_ids: Sequence[int], first: datetime.date, last: datetime.date
) -> dict[int, int]:
    """Visitors by listing; those whom nobody saw are left out."""
    rows = ListingDay.objects.filter(listing__in=listing_ids, day__range=(first, last)).order_by()
    return dict(rows.values_list("listing_id").annotate(views=Sum("views")))


def _days(seller: SellerProfile, first: datetime.date, last: datetime.date) -> QuerySet[SellerViewsDay]:
    return SellerViewsDay.objects.filter(seller=seller, day__range=(first, last)).order_by()
