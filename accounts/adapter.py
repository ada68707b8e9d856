"""How allauth makes our users and lets them in."""

import re
import secrets
import unicodedata
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.language import language_remember
from accounts.models import User
from accounts.queries import handle_is_free, seller_profile_of
from common.texts import one_line


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        user.display_name = one_line(form.cleaned_data["display_name"])
        user.handle = free_handle(user.display_name)
        user.language = getattr(request, "LANGUAGE_CODE", "en")[:2]
        saved: User = super().save_user(request, user, form, commit)
        return saved

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        """A seller confirms an address in order to submit, so the studio is where it goes on."""
        if seller_profile_of(email_address.user) is not None:
            return str(settings.SELLER_HOME_URL)
        redirect_url: str = super().get_email_verification_redirect_url(email_address)
        return redirect_url

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        language_remember(response, user.language)
        return response


def free_handle(name: str) -> str:
    """A user handle made from a name and not yet taken: `Zoë Saint-Clair` becomes zoe-saint-clair."""
    candidate = base = handle_from(name)
    while User.objects.filter(handle=candidate).exists():
        candidate = f"{base}-{secrets.randbelow(1_000_000):06}"
    return candidate


def free_storefront_handle(name: str) -> str:
    """A storefront handle to suggest to someone of this name. Nothing is reserved by asking."""
    candidate = base = handle_from(name)
    while not handle_is_free(candidate):
        candidate = f"{base}-{secrets.randbelow(10_000):04}"
    return candidate


def handle_from(name: str) -> str:
    """The ASCII letters and digits of a name, joined by hyphens, with digits added where too few are left."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    base = re.sub(r"[^a-z0-9]+", "-", ascii_name.lower()).strip("-")[:22].strip("-") or "reader"
    return base if len(base) >= 3 else f"{base}-{secrets.randbelow(10_000):04}"
