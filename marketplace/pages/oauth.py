"""OAuth 2.1 for apps of others: consent, tokens, revocation, registration, and where to find them."""

from typing import Any
from urllib.parse import urlsplit

from allauth.idp.oidc.models import Client
from allauth.idp.oidc.views import (
    AuthorizationView,
    ClientRegistrationView,
    RevokeView,
    TokenView,
)
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Scope
from accounts.oauth import GRANTS, ConsentForm, resources

token = TokenView.as_view(http_method_names=["post"])
revoke = RevokeView.as_view(http_method_names=["post"])
register = ClientRegistrationView.as_view(http_method_names=["post"])


class ConsentView(AuthorizationView):  # type: ignore[misc]  # allauth has no types
    """The page that asks a person. Stricter than the library: PKCE with S256 for all, nothing silent."""

    form_class = ConsentForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if fault := _fault(request):
            return render(request, "idp/oidc/error.html", {"fault": fault}, status=400)
        return self._guarded(super().get(request, *args, **kwargs))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._guarded(super().post(request, *args, **kwargs))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        client: Client = context["client"]
        context["returns_to"] = urlsplit(self._request_info["redirect_uri"]).netloc
        context["registered_itself"] = client.owner_id is None
        return context

    def _guarded(self, response: HttpResponse) -> HttpResponse:
        """The form's answer leads to the app: browsers hold redirects of forms to `form-action` as well."""
        add_never_cache_headers(response)
        info = getattr(self, "_request_info", None)
        if info:
            parts = urlsplit(str(info["redirect_uri"]))
            is_web = parts.scheme in {"http", "https"}
            origin = f"{parts.scheme}://{parts.netloc}" if is_web else f"{parts.scheme}:"
            response._csp_update = {"form-action": [origin]}  # type: ignore[attr-defined]
        return response


authorize = ConsentView.as_view()


def _fault(request: HttpRequest) -> str:
    """What an authorization request lacks that OAuth 2.1 asks of all."""
    if not request.GET.get("code_challenge") or request.GET.get("code_challenge_method") != "S256":
        return _("The app did not protect its request (PKCE with S256). Tell its maker.")
    if "none" in request.GET.get("prompt", "").split():
        return _("The app wants to be let in without asking you. That is not done here.")
    return ""


@require_safe
def server_metadata(request: HttpRequest) -> JsonResponse:
    """RFC 8414."""
    site = settings.PUBLIC_URL
    return _public(
        {
            "issuer": site,
            "authorization_endpoint": f"{site}{reverse('idp:oidc:authorization')}",
            "token_endpoint": f"{site}{reverse('idp:oidc:token')}",
            "revocation_endpoint": f"{site}{reverse('idp:oidc:revoke')}",
            "registration_endpoint": f"{site}{reverse('idp:oidc:client_registration')}",
            "scopes_supported": list(Scope.values),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": list(GRANTS),
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
            "service_documentation": f"{site}/api/docs/",
            "ui_locales_supported": [code for code, _name in settings.LANGUAGES],
        }
    )


@require_safe
def resource_metadata(request: HttpRequest, path: str = "api") -> JsonResponse:
    """RFC 9728, for the API and for the MCP server."""
    api, mcp = resources()
    mine = mcp if path == "mcp" else api
    scopes = [Scope.LIBRARY_READ.value, Scope.ORDERS_WRITE.value] if path == "mcp" else list(Scope.values)
    return _public(
        {
            "resource": mine,
            "authorization_servers": [settings.PUBLIC_URL],
            "scopes_supported": scopes,
            "bearer_methods_supported": ["header"],
            "resource_name": "Promptfair",
        }
    )


def _public(data: dict[str, Any]) -> JsonResponse:
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=300"}
    return JsonResponse(data, headers=headers)
