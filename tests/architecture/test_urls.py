"""The addresses that links, clients and Stripe count on are there, under the names that were promised."""

from typing import Any

import pytest
from django.urls import resolve

from marketplace.api.docs import UnknownPath

UUID = "01890a5d-ac96-774b-bcce-b302099a8057"

PAGES = [
    "/",
    "/prompts/",
    "/prompts/a-slug/",
    "/models/a-slug/",
    "/categories/a-slug/",
    "/sellers/a-handle/",
    "/tags/a-slug/",
    "/collections/a-slug/",
    "/recent/",
    "/cart/",
    "/checkout/",
    "/checkout/return/",
    "/library/",
    f"/library/{UUID}/",
    f"/library/{UUID}/refund/",
    f"/library/{UUID}/history/",
    f"/account/refunds/{UUID}/",
    f"/sell/sales/claims/{UUID}/",
    "/moderation/refunds/",
    "/licences/personal/1/",
    "/sell/",
    "/sell/listings/",
    "/sell/sales/",
    "/sell/payouts/",
    f"/sell/payouts/{UUID}/",
    "/prompts/a-slug/report/",
    "/prompts/a-slug/questions/",
    "/sell/questions/",
    "/moderation/questions/",
    "/sell/lessons/",
    "/moderation/",
    "/moderation/next/",
    "/moderation/reports/",
    "/moderation/takedowns/",
    "/sell/webhooks/",
    f"/sell/webhooks/{UUID}/",
    "/account/",
    "/account/apps/",
    "/oauth/authorize/",
    "/oauth/token/",
    "/oauth/revoke/",
    "/oauth/register/",
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-protected-resource/mcp",
    "/account/notifications/",
    "/notifications/",
    "/following/",
    "/following/change/",
    "/unsubscribe/a-token/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/admin/",
    "/stripe/webhook/",
    "/stripe/connect-webhook/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/mcp",
    "/sitemap.xml",
    "/robots.txt",
    "/feeds/new.atom",
    "/feeds/models/a-slug.atom",
    "/feeds/categories/a-slug.atom",
    "/sitemap-prompts-0.xml",
    "/llms.txt",
    "/dev/mailbox/",
    "/api/schema/",
    "/api/docs/",
]

API = [
    ("GET POST", "listings/"),
    ("GET PATCH DELETE", "listings/a-slug/"),
    ("GET POST", "listings/a-slug/versions/"),
    ("GET", "listings/a-slug/versions/1/source/"),
    ("GET", "listings/a-slug/reviews/"),
    ("GET", "listings/a-slug/similar/"),
    ("POST", "listings/a-slug/submission/"),
    ("POST DELETE", "listings/a-slug/publication/"),
    ("GET", "models/"),
    ("GET", "categories/"),
    ("GET", "tags/"),
    ("GET", "search/suggest/"),
    ("GET POST", "orders/"),
    ("GET", f"orders/{UUID}/"),
    ("POST", f"orders/{UUID}/refunds/"),
    ("GET", "library/"),
    ("GET", f"library/{UUID}/"),
    ("GET", f"library/{UUID}/versions/1/"),
    ("POST", f"library/{UUID}/render/"),
    ("GET", "seller/listings/"),
    ("POST", "seller/listings/bulk/"),
    ("GET", "seller/sales/"),
    ("POST", "seller/sales/1/refunds/"),
    ("GET", "seller/balance/"),
    ("GET POST", "seller/payouts/"),
    ("GET", f"seller/payouts/{UUID}/"),
    ("GET", "moderation/"),
    ("POST", "moderation/a-slug/decision/"),
    ("GET PATCH", "me/"),
]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_where_it_was_promised(path):
    assert resolve(path).func is not None


@pytest.mark.parametrize(("methods", "path"), API)
def test_the_api_answers_the_promised_methods(methods, path):
    function: Any = resolve(f"/api/v1/{path}").func
    view = function.view_class
    assert view is not UnknownPath
    assert [method for method in methods.split() if not hasattr(view, method.lower())] == []
