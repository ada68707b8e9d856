"""The seller's account at Stripe: setting it up, coming back from there, and its dashboard.

Each of these answers with an address of Stripe's that is good for one visit.
"""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms import show_errors
from common.errors import DomainError
from marketplace.pages.buying_checkout import see_other
from marketplace.pages.selling_access import SellerRequest, seller_page
from marketplace.payout_words import READY, account_state
from payments.countries import country_choices
from payments.gateway import GatewayRefused
from payments.queries_payouts import connected_account_of
from payments.services.connect import account_ensure, account_sync, dashboard_link, onboarding_start


class CountryForm(forms.Form):
    country = forms.ChoiceField(
        label=gettext_lazy("Where is your bank account?"),
        help_text=gettext_lazy("The country in which you live and pay tax. It cannot be changed later."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        country: forms.ChoiceField = self.fields["country"]  # type: ignore[assignment]
        country.choices = country_choices()


@seller_page
@require_http_methods(["GET", "HEAD", "POST"])
def payouts_setup(request: SellerRequest) -> HttpResponse:
    """GET asks for the country. POST makes the account, if there is none any more, and leads to Stripe."""
    account = connected_account_of(request.seller)
    has_account = account is not None and account.is_at_stripe
    if request.method != "POST" and has_account:
        return redirect("studio_payouts")
    form = CountryForm(
        request.POST if request.method == "POST" and not has_account else None,
        initial={"country": account.country if account else _likely_country(request)},
    )
    status = 200
    if request.method == "POST" and (has_account or form.is_valid()):
        try:
            if not has_account:
                account_ensure(seller=request.seller, country=form.cleaned_data["country"])
            return see_other(_onboarding_url(request))
        except DomainError as error:
            if has_account:
                return _sorry(request, error)
            show_errors(form, error)
            status = error.status
    return render(
        request, "pages/selling/payouts_setup.html", {"form": form, "section": "payouts"}, status=status
    )


@seller_page
@require_safe
def payouts_refresh(request: SellerRequest) -> HttpResponse:
    """Stripe sends people here whose link was used or too old: straight back with a new one."""
    try:
        return redirect(_onboarding_url(request))
    except DomainError as error:
        return _sorry(request, error)


@seller_page
@require_safe
def payouts_return(request: SellerRequest) -> HttpResponse:
    """Where Stripe leads back to, finished or not: ask how the account stands now."""
    account = connected_account_of(request.seller)
    if account is None or account.stripe_account_id is None:
        return redirect("studio_payouts")
    try:
        account = account_sync(account=account)
    except (DomainError, GatewayRefused):
        messages.info(request, _("Stripe does not answer at the moment. This page will show how it went."))
        return redirect("studio_payouts")
    if account_state(account).status == READY:
        messages.success(request, _("You can be paid now. Payouts are made every Monday, or when you ask."))
    return redirect("studio_payouts")


@seller_page
@require_POST
def payouts_dashboard(request: SellerRequest) -> HttpResponse:
    """To the seller's dashboard at Stripe."""
    try:
        return see_other(dashboard_link(seller=request.seller))
    except DomainError as error:
        return _sorry(request, error)


def _onboarding_url(request: SellerRequest) -> str:
    return onboarding_start(
        seller=request.seller,
        return_url=settings.PUBLIC_URL + reverse("studio_payouts_return"),
        refresh_url=settings.PUBLIC_URL + reverse("studio_payouts_refresh"),
    )


def _sorry(request: HttpRequest, error: DomainError) -> HttpResponse:
    messages.error(request, str(error))
    return redirect("studio_payouts")


def _likely_country(request: HttpRequest) -> str:
    return "FR" if request.LANGUAGE_CODE.startswith("fr") else "US"
