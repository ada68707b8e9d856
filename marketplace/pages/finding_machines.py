"""What machines read: covers, the feed, the sitemap, robots.txt."""

import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import SellerProfile, User
from listings.covers import cover_svg
from listings.models import Category, Listing, TargetModel
from listings.queries.cards import ListingCard
from listings.queries.catalogue import catalogue_cards
from listings.queries.filters import CatalogueFilter, Sort, published_listings
from payments.queries import active_entitlement

FEED_LENGTH = 50
# The limit of one sitemap: https://www.sitemaps.org/protocol.html
SITEMAP_LENGTH = 40_000
COVER_SECONDS = 86_400
PRIVATE_PATHS = (
    "/account/",
    "/accounts/",
    "/admin/",
    "/cart/",
    "/checkout/",
    "/dev/",
    "/library/",
    "/sell/",
)

if TYPE_CHECKING:
    _Feed = Feed[ListingCard, None]
else:
    _Feed = Feed


@require_safe
def prompt_cover(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The cover drawn for a listing: for anyone while it is on sale, else for its seller and its buyers."""
    listing = Listing.objects.select_related("model", "seller").filter(slug=slug).first()
    if listing is None or not (listing.is_public or _may_see(request, listing)):
        raise Http404
    svg = cover_svg(listing.slug, listing.model.slug, listing.title)
    etag = f'"{sha256(svg.encode()).hexdigest()[:24]}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = HttpResponse(svg, content_type="image/svg+xml")
    response["ETag"] = etag
    if listing.is_public:
        patch_cache_control(
            response, public=True, max_age=COVER_SECONDS, stale_while_revalidate=COVER_SECONDS * 7
        )
    else:
        patch_cache_control(response, private=True, no_cache=True)
        patch_vary_headers(response, ["Cookie"])
    return response


def _may_see(request: HttpRequest, listing: Listing) -> bool:
    reader = request.user
    if not isinstance(reader, User):
        return False
    return listing.seller.user_id == reader.pk or active_entitlement(reader, listing) is not None


class NewPromptsFeed(_Feed):
    """The newest prompts on sale. Links are made from PUBLIC_URL: the sites framework is not asked."""

    feed_type = Atom1Feed

    def link(self) -> str:
        return f"{settings.PUBLIC_URL}{reverse('prompts')}"

    def feed_url(self) -> str:
        return f"{settings.PUBLIC_URL}{reverse('feed_new')}"

    def title(self) -> str:
        return _("New prompts on Promptfair")

    def subtitle(self) -> str:
        return _("What sellers have just published.")

    def items(self) -> list[ListingCard]:
        return catalogue_cards(CatalogueFilter(sort=Sort.NEWEST), limit=FEED_LENGTH)

    def item_title(self, item: Any) -> str:
        return f"{item.title} · {item.price_label}"

    def item_description(self, item: Any) -> str:
        return str(item.summary)

    def item_link(self, item: Any) -> str:
        return f"{settings.PUBLIC_URL}{item.url}"

    def item_author_name(self, item: Any) -> str:
        return str(item.seller_name)

    def item_categories(self, item: Any) -> tuple[str, str]:
        return (item.category_name, item.model_name)

    def item_pubdate(self, item: Any) -> datetime.datetime:
        return item.published_at  # type: ignore[no-any-return]


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """One sitemap while the catalogue fits in it; beyond that an index of parts, `?part=1` and on.

    A listing's date is that of the version on sale: `updated_at` would tell of work on the next one.
    """
    listings = published_listings().order_by("pk").values_list("slug", "published_version__published_at")
    parts = Paginator(listings, SITEMAP_LENGTH)
    part = request.GET.get("part", "")
    if not part and parts.num_pages > 1:
        numbers = [f"{reverse('sitemap')}?part={number}" for number in parts.page_range]
        return _xml(request, "pages/finding/sitemap_index.xml", {"parts": numbers})
    number = int(part) if part.isascii() and part.isdigit() and len(part) < 5 else 1
    if not 1 <= number <= parts.num_pages:
        raise Http404
    shelves = _shelf_urls() if number == 1 else []
    return _xml(request, "pages/finding/sitemap.xml", {"shelves": shelves, "listings": parts.page(number)})


def _shelf_urls() -> list[str]:
    sellers = SellerProfile.objects.filter(pk__in=published_listings().values("seller"))
    shelves: list[Any] = [*TargetModel.objects.all(), *Category.objects.all(), *sellers]
    return [reverse("home"), reverse("prompts"), *(shelf.get_absolute_url() for shelf in shelves)]


def _xml(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return render(request, template, context, content_type="application/xml")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in PRIVATE_PATHS)]
    lines += ["", f"Sitemap: {settings.PUBLIC_URL}{reverse('sitemap')}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain")
