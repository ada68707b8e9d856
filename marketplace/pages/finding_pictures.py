"""Pictures of shared links, under addresses made of what they show."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from common.errors import NotFound
from listings.queries.detail import public_listing
from marketplace.sharing.pictures import SITE_PICTURE, PictureFacts, picture_of, picture_read

_YEAR_SECONDS = 365 * 86_400


@require_safe
def prompt_picture(request: HttpRequest, slug: str, digest: str) -> HttpResponse:
    """A listing's picture while it is on sale; an address of before it changed leads to the present one."""
    try:
        facts = picture_of(public_listing(slug))
    except NotFound as error:
        raise Http404 from error
    if digest != facts.digest:
        return HttpResponseRedirect(facts.path)
    png = picture_read(facts)
    return HttpResponseRedirect(SITE_PICTURE.path) if png is None else _picture(png, facts)


@require_safe
def site_picture(request: HttpRequest, digest: str) -> HttpResponse:
    if digest != SITE_PICTURE.digest:
        return HttpResponseRedirect(SITE_PICTURE.path)
    png = picture_read(SITE_PICTURE)
    if png is None:
        return HttpResponse(status=503, headers={"Retry-After": "5"})
    return _picture(png, SITE_PICTURE)


def _picture(png: bytes, facts: PictureFacts) -> HttpResponse:
    response = HttpResponse(png, content_type="image/png", headers={"ETag": f'"{facts.digest}"'})
    patch_cache_control(response, public=True, max_age=_YEAR_SECONDS, immutable=True)
    return response
