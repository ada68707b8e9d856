"""Which requests are views, by whom, and from where."""

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, parse_qs, urlsplit

from crawleruseragents import is_crawler
from django.http import HttpRequest
from rest_framework.request import Request

from accounts.models import User
from listings.counting import view_note
from listings.missed import search_missed
from listings.models import Listing, ViewSource
from listings.queries.catalogue import CataloguePage
from listings.queries.filters import CatalogueFilter
from marketplace.addresses import client_address

# `?via=` in links that we hand out, for readers whose program sends no Referer.
VIA = {"link": ViewSource.OWN_LINK, "follow": ViewSource.FOLLOW, "feed": ViewSource.FEED}
_SHELVES = {
    "models": ViewSource.MODEL,
    "categories": ViewSource.CATEGORY,
    "tags": ViewSource.TAG,
    "sellers": ViewSource.SELLER,
}


@dataclass(frozen=True, slots=True)
class Viewed:
    """What is looked at, whose it is, and that anyone may see it."""

    listing_id: int
    seller_id: int
    seller_user_id: int


def viewed_of(listing: Listing) -> Viewed:
    return Viewed(listing.pk, listing.seller_id, listing.seller.user_id)


def view_count(request: HttpRequest | Request, viewed: Viewed, *, source: ViewSource | None = None) -> None:
    """Count this request as a view of a published listing, unless a program, staff or its seller asks."""
    reader = request.user
    if request.method != "GET" or _is_prefetch(request):
        return
    if isinstance(reader, User) and (reader.is_staff or reader.pk == viewed.seller_user_id):
        return
    agent = request.headers.get("User-Agent", "")
    if source is None and _is_bot(agent):
        return
    visitor = f"user {reader.pk}" if isinstance(reader, User) else f"{_network(request)} {agent}"
    view_note(listing_id=viewed.listing_id, visitor=visitor, source=(source or source_of(request)).value)


def missed_by(wanted: CatalogueFilter, page: CataloguePage) -> str:
    """The words of a search that found nothing; empty for all others, and where words were mended."""
    return wanted.q if wanted.q and not page.total and not page.corrected else ""


def miss_count(request: HttpRequest, text: str) -> None:
    """Count that somebody searched for this in vain, unless a program asks."""
    agent = request.headers.get("User-Agent", "")
    if not _is_prefetch(request) and not _is_bot(agent):
        reader = request.user
        visitor = f"user {reader.pk}" if isinstance(reader, User) else f"{_network(request)} {agent}"
        search_missed(text=text, visitor=visitor)


def source_of(request: HttpRequest | Request) -> ViewSource:
    """The way a reader came to a listing's page."""
    if via := VIA.get(request.GET.get("via", "")):
        return via
    referer = request.headers.get("Referer", "")
    if not referer:
        return ViewSource.DIRECT
    try:
        address = urlsplit(referer)
    except ValueError:
        return ViewSource.WEB
    return _page_kind(address) if address.netloc == request.get_host() else ViewSource.WEB


def _page_kind(address: SplitResult) -> ViewSource:
    first, _, rest = address.path.strip("/").partition("/")
    if not first:
        return ViewSource.HOME
    if first == "prompts":
        if rest:
            return ViewSource.SIMILAR
        asked = parse_qs(address.query)
        if "q" in asked:
            return ViewSource.SEARCH
        return ViewSource.TAG if "tag" in asked else ViewSource.BROWSE
    return _SHELVES.get(first, ViewSource.SITE)


@lru_cache(maxsize=2048)
def _is_bot(agent: str) -> bool:
    return not agent or is_crawler(agent)


def _is_prefetch(request: HttpRequest | Request) -> bool:
    """Fetched by a browser ahead of a click that may never come."""
    return "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))


def _network(request: HttpRequest | Request) -> str:
    """The sender's address; of IPv6 the network, since one device has many addresses in it."""
    address = client_address(request)
    if address and ":" in address:
        return str(ipaddress.ip_network(f"{address}/64", strict=False))
    return address or ""
