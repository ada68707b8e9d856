"""Presents: naming somebody at the checkout, seeing what became of it, and claiming one by its link."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import show_errors
from common import clock
from common.errors import DomainError, NotFound
from marketplace.pages.buying_access import buyer_page, own_order_or_404
from marketplace.pages.buying_checkout import see_other
from marketplace.pages.buying_gift_form import AddressForm
from marketplace.pages.buying_orders import order_page
from marketplace.pages.people import signed_in
from payments.models import Gift
from payments.queries import library_of
from payments.services.gifts import gift_claim, gift_find, gift_items_left, gift_resend


@buyer_page
@require_POST
def order_gift(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Send the mail again, or to another address; a slip keeps what was typed."""
    order = own_order_or_404(request, pk)
    form = AddressForm(request.POST) if request.POST.get("do") == "address" else None
    if form is not None and not form.is_valid():
        return order_page(request, order, address_form=form, status=400)
    try:
        gift = gift_resend(order=order, email=form.cleaned_data["gift_email"] if form else None)
    except NotFound as error:
        raise Http404 from error
    except DomainError as error:
        if form is not None and "gift_email" in error.errors:
            show_errors(form, error)
            return order_page(request, order, address_form=form, status=error.status)
        messages.error(request, error.message)
    else:
        is_later = gift.due_at is not None and gift.due_at > clock.now()
        said = _("%(email)s gets our mail on its day.") if is_later else _("We are writing to %(email)s.")
        messages.success(request, said % {"email": gift.email})
    return see_other(reverse("order", kwargs={"pk": order.pk}))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def gift(request: HttpRequest, pk: uuid.UUID, secret: str) -> HttpResponse:
    """What somebody was given, and by whom; POST claims it. Only the link leads here."""
    try:
        found = gift_find(gift_id=pk, secret=secret)
    except NotFound as error:
        raise Http404 from error
    if request.method == "POST" and request.user.is_authenticated:
        return _claim(request, found, secret)
    if request.user.is_authenticated and found.claimed_by_id == request.user.pk:
        return redirect("library")
    return _shown(request, found)


def _claim(request: HttpRequest, found: Gift, secret: str) -> HttpResponse:
    try:
        claimed = gift_claim(gift_id=found.pk, secret=secret, by=signed_in(request))
    except NotFound as error:
        raise Http404 from error
    except DomainError as error:
        found.refresh_from_db()
        return _shown(request, found, error=error)
    messages.success(request, _("It is in your library now, to keep."))
    owned = list(library_of(signed_in(request)).filter(item__order=claimed.order_id))
    return see_other(owned[0].get_absolute_url() if len(owned) == 1 else reverse("library"))


def _shown(request: HttpRequest, found: Gift, error: DomainError | None = None) -> HttpResponse:
    items = list(found.order.items.select_related("listing", "seller").order_by("pk"))
    left = gift_items_left(items)
    context = {
        "gift": found,
        "giver": found.order.buyer.display_name,
        "items": left or items,
        "is_over": not left,
        "error": error.message if error else "",
        "here": request.path,
    }
    return render(request, "pages/buying/gift.html", context, status=error.status if error else 200)
