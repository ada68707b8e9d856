"""A seller's own links, and what they brought."""

from dataclasses import dataclass

from django.conf import settings

from accounts.models import SellerProfile
from listings.models import Listing, ListingStatus, ViewSource
from listings.queries.views import views_by_source
from payments.models import DayPartKind, SaleSource
from payments.queries_stats import Days, figures_by_day, figures_by_part, figures_sum

DAYS_SHOWN = 30
LINKS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class OwnLink:
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class OwnLinks:
    """The links of a seller, and what came of them in the last DAYS_SHOWN days; amounts in cents."""

    storefront: OwnLink
    listings: list[OwnLink]
    views_count: int
    sales_count: int
    net_amount: int
    processing_amount: int


def own_links_of(seller: SellerProfile) -> OwnLinks:
    """A constant number of statements; figures are of roll-ups."""
    days = Days.until_today(DAYS_SHOWN)
    on_sale = Listing.objects.filter(seller=seller, status=ListingStatus.PUBLISHED).order_by("title")
    named = on_sale.values_list("title", "slug")[:LINKS_SHOWN]
    parts = figures_by_part(seller, days)
    brought = [part for part in parts if (part.kind, part.name) == (DayPartKind.SOURCE, SaleSource.OWN_LINK)]
    return OwnLinks(
        storefront=OwnLink(seller.name, own_link(seller.get_absolute_url())),
        listings=[OwnLink(title, own_link(f"/prompts/{slug}/")) for title, slug in named],
        views_count=dict(views_by_source(seller, days.first, days.last)).get(ViewSource.OWN_LINK, 0),
        sales_count=sum(part.sales_count for part in brought),
        net_amount=sum(part.net_amount for part in brought),
        processing_amount=figures_sum(figures_by_day(seller, days).values()).processing_amount,
    )


def own_link(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}?via=link"
