"""What brought a buyer: the last link that named its way (`?via=`), kept in a signed cookie.

A sale is by a seller's own link if the buyer came from outside by a link with `?via=link` to this seller's
storefront or one of the seller's prompts, no other such link to the same seller came after it, and the order
was made within OWN_LINK_DAYS. A link inside this site names nothing: whoever is here already was not brought
by it. Programs that order by API are told apart, and cookies are not theirs.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

from accounts.models import User
from common import clock
from listings.models import Listing
from payments.models import SaleSource

COOKIE = "via"
SELLERS_KEPT = 20
VIA = {"link": SaleSource.OWN_LINK, "follow": SaleSource.FOLLOW, "feed": SaleSource.FEED}
_SALT = "marketplace.attribution"


def arrival_note(
    request: HttpRequest, response: HttpResponseBase, *, seller_id: int, seller_user_id: int
) -> None:
    """Remember by which link somebody came to this seller, if the address says so and it was not ours."""
    source = VIA.get(request.GET.get("via", ""))
    if source is None or request.method != "GET" or _comes_from_here(request):
        return
    if isinstance(request.user, User) and request.user.pk == seller_user_id:
        return
    now = int(clock.now().timestamp())
    kept = [arrival for arrival in _arrivals(request) if arrival[0] != seller_id]
    arrivals = [(seller_id, source.value, now), *kept][:SELLERS_KEPT]
    response.set_cookie(
        COOKIE,
        signing.dumps(arrivals, salt=_SALT, compress=True),
        max_age=settings.OWN_LINK_DAYS * 86_400,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def sources_of(request: HttpRequest, listings: Iterable[Listing]) -> dict[str, SaleSource]:
    """By slug, what brought this buyer to the sellers of these listings; others are left out."""
    oldest = clock.now().timestamp() - settings.OWN_LINK_DAYS * 86_400
    brought = {seller: SaleSource(source) for seller, source, at in _arrivals(request) if oldest <= at}
    return {listing.slug: brought[listing.seller_id] for listing in listings if listing.seller_id in brought}


def _arrivals(request: HttpRequest) -> list[tuple[int, str, int]]:
    """Seller, source and time, the last one first. What was not signed here counts for nothing."""
    try:
        found = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT)
    except signing.BadSignature:
        return []
    return [(seller, source, at) for seller, source, at in found]


def _comes_from_here(request: HttpRequest) -> bool:
    try:
        return urlsplit(request.headers.get("Referer", "")).netloc == request.get_host()
    except ValueError:
        return False
