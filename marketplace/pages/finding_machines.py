"""What machines read: covers, robots.txt, llms.txt. Feeds, sitemaps and shared pictures are beside this."""

from hashlib import sha256
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.views.decorators.http import require_safe

from accounts.models import User
from listings.covers import cover_svg
from listings.models import Category, Listing, TargetModel
from payments.queries import active_entitlement

COVER_SECONDS = 86_400
PRIVATE_PATHS = (
    "/account/",
    "/accounts/",
    "/admin/",
    "/cart/",
    "/checkout/",
    "/dev/",
    "/i18n/",
    "/library/",
    "/recent/",
    "/sell/",
)


@require_safe
def prompt_cover(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The cover drawn for a listing: for anyone while it is on sale, else for its seller and its buyers."""
    listing = Listing.objects.select_related("model", "seller").filter(slug=slug).first()
    if listing is None or not (listing.is_public or _may_see(request, listing)):
        raise Http404
    svg = cover_svg(listing.slug, listing.model.slug, listing.title)
    etag = f'"{sha256(svg.encode()).hexdigest()[:24]}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = HttpResponse(svg, content_type="image/svg+xml")
    response["ETag"] = etag
    if listing.is_public:
        patch_cache_control(
            response, public=True, max_age=COVER_SECONDS, stale_while_revalidate=COVER_SECONDS * 7
        )
    else:
        patch_cache_control(response, private=True, no_cache=True)
        patch_vary_headers(response, ["Cookie"])
    return response


def _may_see(request: HttpRequest, listing: Listing) -> bool:
    reader = request.user
    if not isinstance(reader, User):
        return False
    return listing.seller.user_id == reader.pk or active_entitlement(reader, listing) is not None


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in PRIVATE_PATHS)]
    lines += ["", f"Sitemap: {settings.PUBLIC_URL}{reverse('sitemap')}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain")


@require_safe
def llms(request: HttpRequest) -> HttpResponse:
    """The site in short for language models: https://llmstxt.org"""
    context: dict[str, Any] = {"models": TargetModel.objects.all(), "categories": Category.objects.all()}
    context["mcp_url"] = settings.MCP_URL
    response = render(request, "pages/finding/llms.txt", context, content_type="text/plain; charset=utf-8")
    patch_cache_control(response, public=True, max_age=COVER_SECONDS)
    return response
