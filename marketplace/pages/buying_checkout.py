"""To Stripe's payment page and back: the review before paying, the return, the canceled page."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.forms import show_errors
from common.errors import Conflict, DomainError, InvalidInput, NotFound, Unavailable
from listings.models import Listing
from marketplace.attribution import sources_of
from marketplace.pages.buying_access import buyer_page, own_order_or_404, typed
from marketplace.pages.buying_gift_form import GiftForm
from marketplace.pages.buying_states import order_state
from marketplace.pages.people import signed_in
from payments import services
from payments.models import MAX_CART_LINES, Order, OrderStatus
from payments.queries import library_of
from payments.services.settlement import SETTLING

CODE_LENGTH = 60
# The field that goes with the sentence in components/consent.html.
CONSENT = "immediate-delivery"
# The return page asks once a second for so long, and then says that a mail will come.
PATIENCE_SECONDS = 30


def see_other(url: str) -> HttpResponse:
    """After a POST, or on from a page that must not be gone back to."""
    return HttpResponseRedirect(url, status=303)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponse:
    """GET shows what would be bought. POST orders it and goes to the payment page, or to a free text.

    `listing` may come more than once; `coupon` is a code.
    """
    asked = request.POST if request.method == "POST" else request.GET
    wanted = Wanted.of(asked)
    if not wanted.slugs:
        return redirect("cart" if asked.get("from") == "cart" else "prompts")
    if not request.user.is_authenticated:
        messages.info(request, _("Sign in or make an account first, so that what you buy is kept for you."))
        return redirect_to_login(wanted.after_signing_in())
    try:
        return _order(request, wanted) if request.method == "POST" else _review(request, wanted)
    except DomainError as error:
        if len(wanted.slugs) > 1 and not isinstance(error, Unavailable):
            messages.error(request, error.message)
            return see_other(cart_url(coupon=wanted.coupon))
        return _refused(request, wanted, error)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks to buy, for themselves or for somebody else."""

    slugs: list[str]
    coupon: str
    is_gift: bool = False

    @classmethod
    def of(cls, asked: QueryDict) -> "Wanted":
        slugs = [typed(slug, 90) for slug in asked.getlist("listing")[:MAX_CART_LINES]]
        return cls(
            list(dict.fromkeys(slug for slug in slugs if slug)),
            typed(asked.get("coupon", ""), CODE_LENGTH),
            asked.get("gift") == "1",
        )

    def after_signing_in(self) -> str:
        """One prompt is reviewed, and so is a gift; several are in the cart, which comes along."""
        if self.is_gift:
            return self.review_url(is_gift=True)
        if len(self.slugs) > 1:
            return cart_url(coupon=self.coupon)
        return review_url(self.slugs[0], self.coupon)

    def review_url(self, *, is_gift: bool) -> str:
        """The review of the same, as a gift or not."""
        query = {"listing": self.slugs, "coupon": [self.coupon] if self.coupon else []}
        query["gift"] = ["1"] if is_gift else []
        return f"{reverse('checkout')}?{urlencode(query, doseq=True)}"


def review_url(slug: str, coupon: str = "") -> str:
    query = {"listing": slug} | ({"coupon": coupon} if coupon else {})
    return f"{reverse('checkout')}?{urlencode(query)}"


def cart_url(**query: str) -> str:
    """The cart's address, with what of the query is not empty."""
    given = {name: value for name, value in query.items() if value}
    return reverse("cart") + (f"?{urlencode(given)}" if given else "")


def _review(
    request: HttpRequest, wanted: Wanted, coupon_error: str = "", gift_form: GiftForm | None = None
) -> HttpResponse:
    coupon = "" if coupon_error else wanted.coupon
    buyer = signed_in(request)
    try:
        quote = services.purchase_quote(
            buyer=buyer, listing_slugs=wanted.slugs, coupon_code=coupon, is_gift=wanted.is_gift
        )
    except InvalidInput as error:
        if coupon:
            return _review(request, wanted, coupon_error=str(error.message), gift_form=gift_form)
        raise
    context = {
        "quote": quote,
        "slugs": wanted.slugs,
        "coupon_code": wanted.coupon,
        "coupon_error": coupon_error,
        "gift_form": (gift_form or GiftForm()) if wanted.is_gift else None,
        "other_way_url": wanted.review_url(is_gift=not wanted.is_gift),
    }
    is_wrong = coupon_error or (gift_form and gift_form.errors)
    return render(request, "pages/buying/checkout.html", context, status=400 if is_wrong else 200)


def _order(request: HttpRequest, wanted: Wanted) -> HttpResponse:
    form = GiftForm(request.POST) if wanted.is_gift else None
    if form and not form.is_valid():
        return _review(request, wanted, gift_form=form)
    chosen = Listing.objects.filter(slug__in=wanted.slugs).only("slug", "seller_id")
    try:
        order = services.order_create(
            buyer=signed_in(request),
            sources=sources_of(request, chosen),
            listing_slugs=wanted.slugs,
            coupon_code=wanted.coupon,
            gift=form.wish() if form else None,
            has_consented=request.POST.get("consent") == CONSENT,
        )
    except (InvalidInput, Conflict) as error:
        if form and (error.code == "already_given" or any(name in form.fields for name in error.errors)):
            show_errors(form, error)
            return _review(request, wanted, gift_form=form)
        if not wanted.coupon or isinstance(error, Conflict):
            raise
        messages.error(request, error.message)
        return see_other(wanted.after_signing_in())
    return _delivered(request, order) if order.is_paid else see_other(order.checkout_url)


def _refused(request: HttpRequest, wanted: Wanted, error: DomainError) -> HttpResponse:
    slug = wanted.slugs[0]
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
    if order.is_gift:
        messages.success(request, _("Paid. Your present is on its way, and so is a receipt."))
        return redirect("order", pk=order.pk)
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
