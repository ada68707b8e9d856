"""The doors of the studio: a seller to every page, a listing only to its seller."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.models import SellerProfile
from accounts.queries import seller_profile_of
from common.errors import NotFound
from listings.models import Listing
from listings.queries.studio import own_listing
from marketplace.pages.people import signed_in


class SellerRequest(HttpRequest):
    """A request that `seller_page` has let through."""

    seller: SellerProfile


def seller_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For signed-in sellers, and never stored: these pages hold prompts before they are bought.

    A user without a storefront is led to the page that opens one.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        seller = seller_profile_of(signed_in(request))
        if seller is None:
            messages.info(request, _("Open your storefront first. It takes a minute."))
            return redirect("studio")
        seller_request = cast(SellerRequest, request)
        seller_request.seller = seller
        return view(seller_request, *args, **kwargs)

    opened = login_required(guarded)

    @wraps(view)
    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if getattr(request, "htmx", False) and not request.user.is_authenticated:
            # htmx would follow to the log-in and put that page into a corner of this one.
            return HttpResponse(status=401)
        return opened(request, *args, **kwargs)

    return never_cache(door)


def own_listing_or_404(request: SellerRequest, slug: str) -> Listing:
    """A listing of the seller who asks; for anyone else's, the answer is that there is none."""
    try:
        return own_listing(request.seller, slug)
    except NotFound as error:
        raise Http404 from error
