"""The ASGI application: the SDK's streamable HTTP at /mcp behind our tokens and limits, and /healthz."""

from django.conf import settings
from mcp.server.auth.middleware.bearer_auth import BearerAuthBackend, RequireAuthMiddleware
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import AnyHttpUrl
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from marketplace.mcp.callers import Limits, Tokens
from marketplace.mcp.server import build_server

# 60 variables of 20,000 characters, as bytes.
LARGEST_BODY = 5_000_000
MOST_SESSIONS = 2_000


def build_app() -> Starlette:
    sessions = StreamableHTTPSessionManager(
        build_server(),
        json_response=True,
        security_settings=_known_hosts(),
        max_request_body_size=LARGEST_BODY,
        max_sessions=MOST_SESSIONS,
    )
    metadata = AnyHttpUrl(f"{settings.PUBLIC_URL}/.well-known/oauth-protected-resource/mcp")
    guarded = RequireAuthMiddleware(StreamableHTTPASGIApp(sessions), [], resource_metadata_url=metadata)
    endpoint = Limits(guarded)
    return Starlette(
        routes=[Route("/mcp", endpoint=endpoint), Route("/healthz", endpoint=_healthz)],
        middleware=[Middleware(AuthenticationMiddleware, backend=BearerAuthBackend(Tokens()))],
        lifespan=lambda _app: sessions.run(),
    )


async def _healthz(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok\n")


def _known_hosts() -> TransportSecuritySettings:
    """A page in somebody's browser must not reach a server on that person's machine by a name of its own."""
    hosts = [name for host in settings.ALLOWED_HOSTS for name in (host, f"{host}:*")]
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=[settings.PUBLIC_URL])
