"""Bearer tokens: the only way to be somebody in the API. No cookie counts here, so CSRF has no hold."""

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import ApiToken, User
from accounts.queries import token_authenticate


class BearerTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer TOKEN` names a user and what it may do. `request.auth` is the ApiToken."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = token_authenticate(secret.strip())
        if token is None:
            raise AuthenticationFailed(_("This token is unknown, expired or revoked."))
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        presented = request.headers.get("Authorization", "").lower().startswith("bearer ")
        return 'Bearer realm="promptfair"' + (', error="invalid_token"' if presented else "")
