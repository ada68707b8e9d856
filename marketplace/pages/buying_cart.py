"""The cart: several prompts, of several sellers, in one payment."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from common.errors import Conflict, DomainError, InvalidInput
from listings.models import Listing, ListingStatus
from marketplace.pages.buying_access import typed
from marketplace.pages.buying_checkout import CODE_LENGTH, cart_url, see_other
from marketplace.pages.carts import cart_drop, cart_listings, cart_put
from marketplace.pages.people import signed_in
from payments.services.coupons import coupon_find
from payments.services.quotes import Quote, quote, refuse_what_cannot_be_bought


@dataclass(slots=True)
class ShownCart:
    """`refused` are lines that cannot be bought, each with why; `quote` prices the rest."""

    quote: Quote | None = None
    refused: list[tuple[Listing, str]] = field(default_factory=list)
    coupon_code: str = ""
    coupon_error: str = ""


@never_cache
@require_safe
def cart(request: HttpRequest) -> HttpResponse:
    """What is in the cart and what it costs; `?coupon=` tries a code."""
    shown = shown_cart(request, cart_listings(request), typed(request.GET.get("coupon", ""), CODE_LENGTH))
    removed = _published(typed(request.GET.get("removed", ""), 90))
    context = {"cart": shown, "removed": removed}
    return render(request, "pages/buying/cart.html", context, status=400 if shown.coupon_error else 200)


@require_POST
def cart_change(request: HttpRequest) -> HttpResponse:
    """`add` or `remove` a listing, and back to the cart, which offers to undo a removal."""
    slug = typed(request.POST.get("listing", ""), 90)
    coupon = typed(request.POST.get("coupon", ""), CODE_LENGTH)
    is_adding = request.POST.get("do") != "remove"
    response = see_other(cart_url(coupon=coupon, removed="" if is_adding else slug))
    try:
        (cart_put if is_adding else cart_drop)(request, response, slug)
    except DomainError as error:
        messages.error(request, error.message)
    return response


def _published(slug: str) -> Listing | None:
    return Listing.objects.filter(slug=slug, status=ListingStatus.PUBLISHED).only("slug", "title").first()


def shown_cart(request: HttpRequest, listings: Sequence[Listing], coupon_code: str) -> ShownCart:
    """The cart at today's prices, line by line: one that cannot be bought does not stop the others."""
    shown = ShownCart(coupon_code=coupon_code)
    good = []
    for listing in listings:
        if why := _why_not(request, listing):
            shown.refused.append((listing, why))
        else:
            good.append(listing)
    if not good:
        return shown
    try:
        coupon = coupon_find(code=coupon_code, buyer=_buyer(request)) if coupon_code else None
        shown.quote = quote(good, coupon)
    except InvalidInput as error:
        shown.coupon_error = error.message if coupon_code else ""
        shown.quote = quote(good)
    return shown


def _why_not(request: HttpRequest, listing: Listing) -> str:
    if not listing.is_public:
        return _("It is no longer for sale.")
    if (buyer := _buyer(request)) is None:
        return ""
    try:
        refuse_what_cannot_be_bought(buyer, [listing])
    except Conflict as error:
        return str(error.message)
    return ""


def _buyer(request: HttpRequest) -> Any:
    return signed_in(request) if request.user.is_authenticated else None
