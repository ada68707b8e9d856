"""Whose cart a request is about: a guest's is a signed cookie, a buyer's is kept in the database.

A guest's goes into the buyer's when they sign in or sign up.
"""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import ngettext

from accounts.models import User
from listings.models import Listing
from marketplace.notifying.queries import HeadCounts, head_counts
from marketplace.pages.people import signed_in
from payments.models import MAX_CART_LINES
from payments.services.carts import cart_add, cart_full, cart_lines, cart_merge, cart_remove
from payments.services.quotes import listings_for_sale

COOKIE = "cart"
_SALT = "promptfair.cart"
_DAYS_KEPT = 30


def cart_listings(request: HttpRequest) -> list[Listing]:
    """What is in the cart, in the order it was put there; some of it may be off the market by now."""
    if request.user.is_authenticated:
        ids = list(cart_lines(signed_in(request)).values_list("listing", flat=True))
    else:
        ids = guest_ids(request)
    wanted = Listing.objects.select_related("seller", "model").defer("description", "description_html")
    found = wanted.filter(published_at__isnull=False).in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def cart_put(request: HttpRequest, response: HttpResponse, slug: str) -> None:
    """Put a listing in, whoever asks. Raises as cart_add does."""
    if request.user.is_authenticated:
        cart_add(user=signed_in(request), listing_slug=slug)
        return
    [listing] = listings_for_sale([slug])
    ids = [pk for pk in guest_ids(request) if pk != listing.pk]
    if len(ids) >= MAX_CART_LINES:
        raise cart_full()
    _keep(response, [*ids, listing.pk])


def cart_drop(request: HttpRequest, response: HttpResponse, slug: str) -> None:
    """Take a listing out, whoever asks; nothing happens if it is not there."""
    if request.user.is_authenticated:
        cart_remove(user=signed_in(request), listing_slug=slug)
        return
    dropped = set(Listing.objects.filter(slug=slug).values_list("pk", flat=True))
    _keep(response, [pk for pk in guest_ids(request) if pk not in dropped])


def counts_of(request: HttpRequest) -> Any:
    """The figures in the head of each page; asked for only where they are shown, and together."""
    return SimpleLazyObject(lambda: _counts(request))


def _counts(request: HttpRequest) -> HeadCounts:
    if request.user.is_authenticated:
        return head_counts(signed_in(request))
    return HeadCounts(cart=len(guest_ids(request)))


def guest_ids(request: HttpRequest) -> list[int]:
    """The listings in the cookie; what somebody has tampered with counts as empty."""
    raw = request.get_signed_cookie(COOKIE, default="", salt=_SALT, max_age=_DAYS_KEPT * 86400)
    return [int(pk) for pk in (raw or "").split(".") if pk.isascii() and pk.isdigit()][:MAX_CART_LINES]


def _keep(response: HttpResponse, ids: list[int]) -> None:
    if not ids:
        response.delete_cookie(COOKIE, samesite="Lax")
        return
    response.set_signed_cookie(
        COOKIE,
        ".".join(map(str, ids)),
        salt=_SALT,
        max_age=_DAYS_KEPT * 86400,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


@receiver(user_logged_in, dispatch_uid="cart_merge")
def _guest_signed_in(request: HttpRequest | None, user: User, **_signal: Any) -> None:
    if request is None or not (ids := guest_ids(request)):
        return
    come = cart_merge(user=user, listing_ids=ids)
    if left := len(ids) - come:
        message = ngettext(
            "%(count)s prompt of your cart is yours already, or no longer for sale, and was left out.",
            "%(count)s prompts of your cart are yours already, or no longer for sale, and were left out.",
            left,
        )
        messages.info(request, message % {"count": left})


class GuestCartMiddleware:
    """Takes the cookie back once its guest has signed in: the cart is in the database then."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response: HttpResponse = self.get_response(request)
        if COOKIE in request.COOKIES and request.user.is_authenticated:
            response.delete_cookie(COOKIE, samesite="Lax")
        return response
