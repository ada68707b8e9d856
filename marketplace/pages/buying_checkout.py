"""To Stripe's payment page and back: the review before paying, the return, the canceled page."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from common.errors import DomainError, NotFound, Unavailable
from listings.models import Listing
from marketplace.pages.buying_access import buyer_page, own_order_or_404, typed
from marketplace.pages.buying_states import order_state
from marketplace.pages.people import signed_in
from payments import services
from payments.models import Order, OrderStatus
from payments.queries import library_of
from payments.services.settlement import SETTLING

# The return page asks once a second for so long, and then says that a mail will come.
PATIENCE_SECONDS = 30


def see_other(url: str) -> HttpResponse:
    """After a POST, or on from a page that must not be gone back to."""
    return HttpResponseRedirect(url, status=303)


@never_cache
@require_safe
def cart(request: HttpRequest) -> HttpResponse:
    """Prompts are bought one at a time for now; what was begun and not paid is among the orders."""
    return redirect("orders" if request.user.is_authenticated else "prompts")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponse:
    """GET shows what would be bought. POST orders it and goes to the payment page, or to a free text."""
    slug = typed((request.POST if request.method == "POST" else request.GET).get("listing", ""), 90)
    if not slug:
        return redirect("prompts")
    if not request.user.is_authenticated:
        messages.info(request, _("Sign in or make an account first, so that what you buy is kept for you."))
        return redirect_to_login(review_url(slug))
    try:
        return _order(request, slug) if request.method == "POST" else _review(request, slug)
    except DomainError as error:
        return _refused(request, slug, error)


def review_url(slug: str) -> str:
    return f"{reverse('checkout')}?{urlencode({'listing': slug})}"


def _review(request: HttpRequest, slug: str) -> HttpResponse:
    [listing] = services.purchase_check(buyer=signed_in(request), listing_slugs=[slug])
    return render(request, "pages/buying/checkout.html", {"listing": listing})


def _order(request: HttpRequest, slug: str) -> HttpResponse:
    order = services.order_create(buyer=signed_in(request), listing_slugs=[slug])
    return _delivered(request, order) if order.is_paid else see_other(order.checkout_url)


def _refused(request: HttpRequest, slug: str, error: DomainError) -> HttpResponse:
    context: dict[str, Any] = {"message": error.message, "code": error.code, "slug": slug}
    if isinstance(error, Unavailable):
        return render(request, "pages/buying/checkout_unavailable.html", context, status=error.status)
    if error.code == "already_owned":
        owned = library_of(signed_in(request)).filter(listing__slug=slug).first()
        context |= {"title": _("You own this prompt already"), "label": _("Open it in your library")}
        context["href"] = owned.get_absolute_url() if owned else reverse("library")
    elif error.code == "own_listing":
        context |= {"title": _("This prompt is your own"), "label": _("To your listings")}
        context["href"] = reverse("studio_listings")
    elif error.code == "payment_settling":
        context |= {"title": _("Your payment is on its way"), "label": _("See your orders")}
        context["href"] = reverse("orders")
    else:
        context |= {"title": _("This prompt cannot be bought"), "label": _("Browse other prompts")}
        context["href"] = reverse("prompts")
    return render(request, "pages/buying/checkout_refused.html", context, status=error.status)


@buyer_page
@require_safe
def checkout_return(request: HttpRequest) -> HttpResponse:
    """Where Stripe sends the buyer after paying. Settles the order now, rather than wait for the webhook."""
    session_id = typed(request.GET.get("session_id", ""))
    try:
        order = services.checkout_return(session_id=session_id, buyer=signed_in(request))
    except NotFound as error:
        raise Http404 from error
    if order.is_paid:
        return _onward(request, _delivered(request, order))
    if order.status != OrderStatus.PENDING or order.payment_problem == SETTLING:
        return _onward(request, redirect("order", pk=order.pk))
    return _waiting(request, order, session_id)


def _waiting(request: HttpRequest, order: Order, session_id: str) -> HttpResponse:
    waited = request.GET.get("waited", "")
    seconds = (
        min(int(waited), PATIENCE_SECONDS) if waited.isascii() and waited.isdigit() and len(waited) < 4 else 0
    )
    query = urlencode({"session_id": session_id, "waited": seconds + 1})
    context = {
        "order": order,
        "next_url": f"{reverse('checkout_return')}?{query}" if seconds < PATIENCE_SECONDS else "",
    }
    name = "return_state" if request.htmx else "return"  # type: ignore[attr-defined]
    return render(request, f"pages/buying/{name}.html", context)


def _delivered(request: HttpRequest, order: Order) -> HttpResponse:
    """To the text that was just bought, or to the library when there is more than one."""
    owned = list(library_of(signed_in(request)).filter(item__order=order))
    if not owned:
        return redirect("order", pk=order.pk)
    if order.total_amount:
        messages.success(request, _("Paid. It is yours to keep; a receipt is on its way by mail."))
    else:
        messages.success(request, _("It is in your library now, to keep."))
    return see_other(owned[0].get_absolute_url() if len(owned) == 1 else reverse("library"))


def _onward(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The same way on for the page's own polling, which cannot follow a redirect to another page."""
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponseClientRedirect(response["Location"])
    return response


@buyer_page
@require_safe
def checkout_canceled(request: HttpRequest) -> HttpResponse:
    """Where Stripe's page leads back to when the buyer does not pay."""
    order = own_order_or_404(request, request.GET.get("order", ""))
    state = order_state(order)
    if not state.can_pay:
        return redirect("order", pk=order.pk)
    context = {"order": order, "state": state, "listing": first_listing(order)}
    return render(request, "pages/buying/canceled.html", context)


def first_listing(order: Order) -> Listing:
    return order.items.all()[0].listing
