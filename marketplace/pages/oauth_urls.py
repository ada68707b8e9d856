"""Addresses of the authorization server. The names are those that allauth's views look for."""

from django.urls import include, path, re_path

from marketplace.pages import oauth

_oidc = (
    [
        path("oauth/authorize/", oauth.authorize, name="authorization"),
        path("oauth/token/", oauth.token, name="token"),
        path("oauth/revoke/", oauth.revoke, name="revoke"),
        path("oauth/register/", oauth.register, name="client_registration"),
    ],
    "oidc",
)
urlpatterns = [
    path("", include(([path("", include(_oidc))], "idp"))),
    path(".well-known/oauth-authorization-server", oauth.server_metadata, name="oauth_server"),
    path(".well-known/oauth-protected-resource", oauth.resource_metadata, name="oauth_resource"),
    re_path(r"^\.well-known/oauth-protected-resource/(?P<path>api|mcp)$", oauth.resource_metadata),
]
