"""Who a bearer token speaks for: one made on the account page, or one that an app was given."""

from dataclasses import dataclass

from accounts.models import User
from accounts.oauth import app_token_find
from accounts.queries import token_authenticate
from accounts.services import TOKEN_PREFIX


@dataclass(frozen=True)
class Access:
    """A user, and what may be done in their name. `ident` tells one token from another."""

    user: User
    scopes: tuple[str, ...]
    ident: str


def access_of(secret: str, *, resource: str) -> Access | None:
    """What the secret opens at `resource`, an absolute address of ours; None if nothing, or no longer."""
    if secret.startswith(TOKEN_PREFIX):
        token = token_authenticate(secret)
        return Access(token.user, tuple(token.scopes), str(token.pk)) if token else None
    granted = app_token_find(secret, resource=resource)
    return Access(granted.user, tuple(granted.get_scopes()), f"app-{granted.pk}") if granted else None
