"""The demo's people and their log-ins."""

import json
import os
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings

from accounts.models import Scope, SellerProfile, User
from accounts.queries import scopes_available, token_authenticate
from accounts.services import token_create
from marketplace.demo.seeding import catalogue

PASSWORD = "promptfair-demo"  # noqa: S105 - the demo's, printed at every start
DOMAIN = "demo.promptfair.test"
DEMO_FILE = Path(settings.BASE_DIR) / ".local" / "demo.json"


def people_ensure() -> dict[str, User]:
    """Make who is missing; returns the demo's log-ins by role."""
    words = catalogue.vocabulary()
    logins = {}
    for row in words["sellers"]:
        user = _user(row["handle"], row["name"], row["email"], language=row.get("language", "en"))
        SellerProfile.objects.get_or_create(
            user=user, defaults={"handle": row["handle"], "name": row["name"], "bio": row["bio"]}
        )
        if "login" in row:
            logins[row["login"]] = user
    buyers = [_user(row["handle"], row["display_name"]) for row in words["buyers"]]
    logins["buyer"], logins["buyer2"] = buyers[:2]
    logins["moderator"] = _user("moderator", "Ines Moreau")
    logins["moderator"].is_staff = True
    logins["moderator"].save(update_fields=["is_staff"])
    for user in logins.values():
        if not user.check_password(PASSWORD):
            user.set_password(PASSWORD)
            user.save(update_fields=["password"])
    return logins


def demo_file_write(logins: dict[str, User]) -> None:
    """Write .local/demo.json for programs that drive the demo. Tokens of an earlier start stay valid."""
    known = _known_tokens()
    users = {
        role: {
            "email": user.email,
            "password": PASSWORD,
            "handle": user.handle,
            "token": _token(user, known.get(role, "")),
        }
        for role, user in sorted(logins.items())
    }
    content: dict[str, Any] = {
        "url": settings.PUBLIC_URL,
        "stripe_url": settings.STRIPE_API_BASE,
        "mcp_url": settings.MCP_URL,
        "users": users,
    }
    descriptor = os.open(DEMO_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)


def _user(handle: str, name: str, email: str = "", language: str = "en") -> User:
    email = email or f"{handle}@{DOMAIN}"
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, None, display_name=name, handle=handle, language=language)
    EmailAddress.objects.get_or_create(user=user, email=email, defaults={"verified": True, "primary": True})
    return user


def _known_tokens() -> dict[str, str]:
    try:
        users = json.loads(DEMO_FILE.read_text(encoding="utf-8"))["users"]
        return {role: user["token"] for role, user in users.items()}
    except (OSError, ValueError, KeyError):
        return {}


def _token(user: User, known: str) -> str:
    """The known token if it still opens this account with all its scopes, else a new one."""
    scopes = [Scope(scope) for scope in scopes_available(user)]
    token = token_authenticate(known) if known else None
    if token is not None and token.user_id == user.pk and set(token.scopes) >= set(scopes):
        return known
    return token_create(user=user, name="Demo", scopes=scopes)[1]
