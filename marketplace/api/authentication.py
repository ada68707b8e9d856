"""Bearer tokens: the only way to be somebody in the API. No cookie counts here, so CSRF has no hold."""

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.access import Access, access_of
from accounts.models import User
from accounts.oauth import resources


class BearerTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer TOKEN` names a user and what it may do. `request.auth` is the Access."""

    def authenticate(self, request: Request) -> tuple[User, Access] | None:
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        api, _mcp = resources()
        access = access_of(secret.strip(), resource=api)
        if access is None:
            raise AuthenticationFailed(_("This token is unknown, expired or revoked."))
        return access.user, access

    def authenticate_header(self, request: Request) -> str:
        presented = request.headers.get("Authorization", "").lower().startswith("bearer ")
        found = f', resource_metadata="{settings.PUBLIC_URL}/.well-known/oauth-protected-resource"'
        return 'Bearer realm="promptfair"' + (', error="invalid_token"' if presented else "") + found
