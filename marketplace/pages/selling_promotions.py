"""Coupons of a seller: making one, what they brought, stopping one and letting it go on."""

import datetime

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import show_errors
from accounts.models import SellerProfile
from common.errors import DomainError, NotFound
from common.money_fields import AmountField
from listings.models import Listing, ListingStatus
from marketplace.own_links import own_links_of
from marketplace.pages.buying_checkout import see_other
from marketplace.pages.selling_access import SellerRequest, seller_page
from payments.queries_coupons import coupons_of
from payments.services.coupons import code_normalise, coupon_active_set, coupon_create


class CouponForm(forms.Form):
    """Either a percentage or an amount."""

    use_required_attribute = False

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=30,
        help_text=gettext_lazy("What buyers type: 3 to 30 letters, digits or hyphens."),
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "spellcheck": "false"}),
    )
    percent = forms.IntegerField(
        label=gettext_lazy("Percent off"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 5}),
    )
    amount = AmountField(
        label=gettext_lazy("Or an amount off, in US dollars"),
        required=False,
        help_text=gettext_lazy("Once for the whole order, however many of your prompts are in it."),
    )
    listings = forms.MultipleChoiceField(
        label=gettext_lazy("Only for"),
        required=False,
        help_text=gettext_lazy("Choose none for all of your prompts."),
        widget=forms.CheckboxSelectMultiple,
    )
    max_uses = forms.IntegerField(
        label=gettext_lazy("How often it can be used"),
        required=False,
        help_text=gettext_lazy("Leave it empty for no limit. Each buyer can use it once."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 5}),
    )
    ends_on = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, seller: SellerProfile, data: object = None) -> None:
        super().__init__(data, label_suffix="")  # type: ignore[arg-type]
        on_sale = Listing.objects.filter(seller=seller, status=ListingStatus.PUBLISHED, price_amount__gt=0)
        choices = list(on_sale.order_by("title").values_list("slug", "title"))
        self.fields["listings"].choices = choices  # type: ignore[attr-defined]
        if not choices:
            del self.fields["listings"]

    def save(self, seller: SellerProfile) -> str:
        """Makes the coupon and returns its code. Raises DomainError, its fields named as here."""
        data = self.cleaned_data
        last_day: datetime.date | None = data["ends_on"]
        ends_at = None
        if last_day:
            midnight = datetime.datetime.combine(last_day + datetime.timedelta(days=1), datetime.time())
            ends_at = timezone.make_aware(midnight)
        coupon = coupon_create(
            seller=seller,
            code=data["code"],
            percent=data["percent"],
            amount=data["amount"],
            listing_slugs=data.get("listings", []),
            max_uses=data["max_uses"],
            ends_at=ends_at,
        )
        return coupon.code


@seller_page
@require_http_methods(["GET", "HEAD", "POST"])
def promotions(request: SellerRequest) -> HttpResponse:
    """Own links, coupons and what they brought, and a form for a new coupon."""
    form = CouponForm(request.seller, request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                code = form.save(request.seller)
            except DomainError as error:
                error.errors = {
                    "ends_on" if name == "ends_at" else name: said for name, said in error.errors.items()
                }
                show_errors(form, error)
            else:
                messages.success(request, _("Coupon %(code)s can be used now.") % {"code": code})
                return see_other(reverse("studio_promotions"))
    context = {
        "coupons": coupons_of(request.seller),
        "own_links": own_links_of(request.seller),
        "own_link_days": settings.OWN_LINK_DAYS,
        "form": form,
        "section": "promotions",
    }
    return render(request, "pages/selling/promotions.html", context, status=status)


@seller_page
@require_POST
def coupon_switch(request: SellerRequest, code: str) -> HttpResponse:
    """Stops a coupon, or lets it be used again: each undoes the other."""
    is_active = request.POST.get("do") == "start"
    try:
        coupon_active_set(seller=request.seller, code=code, is_active=is_active)
    except NotFound as error:
        raise Http404 from error
    said = _("Coupon %(code)s can be used again.") if is_active else _("Coupon %(code)s is stopped.")
    messages.success(request, said % {"code": code_normalise(code)})
    return see_other(reverse("studio_promotions"))
