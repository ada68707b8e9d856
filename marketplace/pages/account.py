"""The account page: who I am here, my language, my storefront's text."""

from allauth.account.views import logout
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.forms import ProfileForm, StorefrontForm, show_errors
from accounts.language import language_remember
from accounts.models import SellerProfile
from accounts.queries import seller_profile_of, user_has_verified_email
from accounts.services import profile_update, seller_profile_update
from common.errors import DomainError
from marketplace.pages.people import signed_in


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account_settings(request: HttpRequest) -> HttpResponse:
    """Profile, language, email and password; the storefront's text for a seller."""
    user = signed_in(request)
    storefront = seller_profile_of(user)
    profile_form, storefront_form = _profile_form(request), _storefront_form(request, storefront)
    if profile_form.is_bound and profile_form.is_valid():
        try:
            profile_update(user=user, **profile_form.cleaned_data)
        except DomainError as error:
            user.refresh_from_db()
            show_errors(profile_form, error)
        else:
            return _saved(request, user.language)
    if storefront and storefront_form and storefront_form.is_bound and storefront_form.is_valid():
        try:
            seller_profile_update(profile=storefront, **storefront_form.cleaned_data)
        except DomainError as error:
            storefront.refresh_from_db()
            show_errors(storefront_form, error)
        else:
            return _saved(request, user.language)
    context = {
        "profile_form": profile_form,
        "storefront": storefront,
        "storefront_form": storefront_form,
        "email_is_verified": user_has_verified_email(user),
        "section": "settings",
    }
    return render(request, "pages/account/settings.html", context)


def _profile_form(request: HttpRequest) -> ProfileForm:
    user = signed_in(request)
    initial = {"display_name": user.display_name, "handle": user.handle, "language": user.language}
    posted = request.POST if request.method == "POST" and "save_storefront" not in request.POST else None
    return ProfileForm(posted, initial=initial)


def _storefront_form(request: HttpRequest, storefront: SellerProfile | None) -> StorefrontForm | None:
    if storefront is None:
        return None
    posted = request.POST if request.method == "POST" and "save_storefront" in request.POST else None
    initial = {"name": storefront.name, "bio": storefront.bio}
    return StorefrontForm(posted, initial=initial, prefix="storefront")


def _saved(request: HttpRequest, language: str) -> HttpResponse:
    with translation.override(language):
        messages.success(request, _("Saved."))
    response = redirect("account_settings")
    language_remember(response, language)
    return response


def sign_out(request: HttpRequest) -> HttpResponseBase:
    """allauth's page. With it the browser forgets what was typed here: the next person may be another."""
    was_signed_in = request.user.is_authenticated
    response: HttpResponseBase = logout(request)
    if was_signed_in and not request.user.is_authenticated:
        response["Clear-Site-Data"] = '"storage"'
    return response
