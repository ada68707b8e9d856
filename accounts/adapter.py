"""How allauth makes our users."""

import re
import secrets
import unicodedata
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        user.display_name = form.cleaned_data["display_name"].strip()
        user.handle = free_handle(user.display_name)
        user.language = getattr(request, "LANGUAGE_CODE", "en")[:2]
        saved: User = super().save_user(request, user, form, commit)
        return saved


def free_handle(name: str) -> str:
    """A handle made from a name, not yet taken: `Zoë Saint-Clair` becomes zoe-saint-clair, or that with digits."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    base = re.sub(r"[^a-z0-9]+", "-", ascii_name.lower()).strip("-")[:22].strip("-") or "reader"
    candidate = base if len(base) >= 3 else f"{base}-{secrets.randbelow(10_000):04}"
    while User.objects.filter(handle=candidate).exists():
        candidate = f"{base}-{secrets.randbelow(1_000_000):06}"
    return candidate
