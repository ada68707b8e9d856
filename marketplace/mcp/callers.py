"""Who calls, with which scopes, from where: the API's tokens, and the API's limits."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext as _
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.context import ServerRequestContext
from mcp_types import INVALID_REQUEST
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Connection

from accounts.access import Access, access_of
from accounts.models import Scope, User
from accounts.oauth import resources
from common.errors import DomainError
from marketplace.addresses import client_address
from marketplace.api.throttles import AddressThrottle, CountingThrottle, TokenThrottle
from marketplace.mcp.threads import in_thread


class KnownToken(AccessToken):
    """One of our tokens, as the SDK carries it. Its secret is left out: `token` stays empty."""

    access: Any


@dataclass(frozen=True)
class Caller:
    """The token's user for one request."""

    user: User
    scopes: frozenset[str]
    address: str | None

    def needs(self, scope: Scope) -> None:
        """Raises DomainError `missing_scope` for a token that was not made for this."""
        if scope not in self.scopes:
            raise DomainError(
                _("This token lacks the scope %(scope)s. Make one that has it on your account page.")
                % {"scope": scope},
                code="missing_scope",
                status=403,
            )


class Tokens:
    """The SDK's TokenVerifier over our tokens."""

    async def verify_token(self, token: str) -> AccessToken | None:
        _api, mcp = resources()
        known = await in_thread(partial(access_of, token.strip(), resource=mcp))
        if known is None:
            return None
        return KnownToken(
            token="",
            client_id=known.ident,
            scopes=list(known.scopes),
            subject=str(known.user.pk),
            access=known,
        )


def caller_of(ctx: ServerRequestContext[Any, Any]) -> Caller:
    """Who sent the request that is being answered."""
    scope: Connection = ctx.request.scope if ctx.request else {}
    token = _token_of(scope)
    if token is None:
        raise RuntimeError("A request came past RequireAuthMiddleware.")
    return Caller(token.user, frozenset(token.scopes), _address_of(scope))


class Limits:
    """Answers 429 above the API's rates: per token, and per address without a good one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        token = _token_of(scope)
        throttle: CountingThrottle = TokenThrottle() if token else AddressThrottle()
        ident = token.ident if token else str(_address_of(scope))
        if await in_thread(throttle.admits, ident):
            await self.app(scope, receive, send)
            return
        wait = max(1, int(throttle.wait()))
        with translation.override(token.user.language if token else "en"):
            message = _("Too many requests. Try again in %(seconds)s s.") % {"seconds": wait}
        body = {"jsonrpc": "2.0", "id": None, "error": {"code": INVALID_REQUEST, "message": message}}
        answer = JSONResponse(body, status_code=429, headers={"Retry-After": str(wait)})
        await answer(scope, receive, send)


def _token_of(scope: Connection) -> Access | None:
    user = scope.get("user")
    if not isinstance(user, AuthenticatedUser) or not isinstance(user.access_token, KnownToken):
        return None
    token: Access = user.access_token.access
    return token


def _address_of(scope: Connection) -> str | None:
    """By the rule of the pages and the API, which read a WSGI request's META."""
    forwarded = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    request = HttpRequest()
    request.META = {"REMOTE_ADDR": (scope.get("client") or ("",))[0]}
    if forwarded:
        request.META["HTTP_X_FORWARDED_FOR"] = ",".join(forwarded)
    return client_address(request)
