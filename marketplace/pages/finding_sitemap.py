"""The sitemap: an index, and parts that are written as they are read."""

from collections.abc import Iterable, Iterator
from typing import Any
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from listings.models import Category, TargetModel
from listings.queries.sitemap import listing_parts, listings_in_part, seller_parts, sellers_in_part

SITEMAP_SECONDS = 3600
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"
_LINES_AT_ONCE = 500

Entry = tuple[str, str]


@require_safe
def sitemap(request: HttpRequest) -> HttpResponseBase:
    """The index. Parts are ranges of ids: a new listing touches the last one only."""
    paths = [
        reverse("sitemap_shelves"),
        *(reverse("sitemap_sellers", args=[part]) for part in seller_parts()),
        *(reverse("sitemap_prompts", args=[part]) for part in listing_parts()),
    ]
    lines = [f"<sitemap><loc>{_address(path)}</loc></sitemap>" for path in paths]
    text = "\n".join([_HEAD, f'<sitemapindex xmlns="{_SCHEMA}">', *lines, "</sitemapindex>\n"])
    return _cached(HttpResponse(text, content_type="application/xml"))


@require_safe
def sitemap_shelves(request: HttpRequest) -> HttpResponseBase:
    """Home, browse, models, categories."""
    shelves: list[Any] = [*TargetModel.objects.all(), *Category.objects.all()]
    paths = [reverse("home"), reverse("prompts"), *(shelf.get_absolute_url() for shelf in shelves)]
    return _urlset((path, "") for path in paths)


@require_safe
def sitemap_prompts(request: HttpRequest, part: int) -> HttpResponseBase:
    if part not in listing_parts():
        raise Http404
    return _urlset(
        (f"/prompts/{slug}/", f"{at:%Y-%m-%d}" if at else "") for slug, at in listings_in_part(part)
    )


@require_safe
def sitemap_sellers(request: HttpRequest, part: int) -> HttpResponseBase:
    if part not in seller_parts():
        raise Http404
    return _urlset((f"/sellers/{handle}/", "") for handle in sellers_in_part(part))


def _urlset(entries: Iterable[Entry]) -> HttpResponseBase:
    return _cached(StreamingHttpResponse(_written(entries), content_type="application/xml"))


def _written(entries: Iterable[Entry]) -> Iterator[str]:
    lines = [_HEAD, f'<urlset xmlns="{_SCHEMA}">']
    for path, day in entries:
        lastmod = f"<lastmod>{day}</lastmod>" if day else ""
        lines.append(f"<url><loc>{_address(path)}</loc>{lastmod}</url>")
        if len(lines) >= _LINES_AT_ONCE:
            yield "\n".join([*lines, ""])
            lines.clear()
    yield "\n".join([*lines, "</urlset>\n"])


def _address(path: str) -> str:
    return escape(f"{settings.PUBLIC_URL}{path}")


def _cached(response: HttpResponseBase) -> HttpResponseBase:
    patch_cache_control(response, public=True, max_age=SITEMAP_SECONDS)
    return response
