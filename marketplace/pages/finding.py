"""Home, browse, and a prompt's page."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common.errors import NotFound
from listings.queries.detail import public_listing
from listings.queries.shelves import SHELF, front_choices, front_shelves
from marketplace.attribution import arrival_note
from marketplace.pages.finding_browse import browse_of, results_title
from marketplace.pages.finding_prompt import prompt_page_of, share_of
from marketplace.pages.kept import about_of, answer_about, kept
from marketplace.recently import COOKIE as RECENT
from marketplace.recently import recently_viewed, view_remember
from marketplace.sharing import Share
from marketplace.sharing.schema_org import website
from marketplace.view_counting import miss_count, missed_by, view_count, viewed_of


@require_safe
@kept()
def home(request: HttpRequest) -> HttpResponse:
    models, categories = front_choices()
    return render(
        request,
        "pages/finding/home.html",
        {
            "shelves": front_shelves(recent=recently_viewed(request)[:SHELF]),
            "categories": categories,
            "models": models,
            "share": Share(
                title=_("Promptfair: AI prompts that were tried before they were priced"),
                text=_("Buy once, fill in a form, copy the finished prompt. From $3, yours for good."),
                path="/",
                facts=[website()],
            ),
        },
    )


@require_safe
def prompts(request: HttpRequest) -> HttpResponse:
    """Browse. A request by htmx gets only the results, with the clean address to show for them."""
    response = _prompts(request)
    if missed := about_of(response):
        miss_count(request, missed)
    return response


@kept(RECENT)
def _prompts(request: HttpRequest) -> HttpResponse:
    browse = browse_of(request)
    is_partial = _wants_partial(request)
    response = render(
        request,
        "pages/finding/prompts.html",
        {
            "layout": "components/partial.html" if is_partial else "base.html",
            "is_partial": is_partial,
            "browse": browse,
            "results": browse.results,
            "results_title": results_title(browse.results),
        },
    )
    patch_vary_headers(response, ["HX-Request"])
    if is_partial:
        is_there_already = request.headers.get("HX-Current-URL", "").endswith(browse.url)
        response["HX-Push-Url"] = "false" if is_there_already else browse.url
    return answer_about(missed_by(browse.wanted, browse.results.page), response)


def _wants_partial(request: HttpRequest) -> bool:
    """Asked by htmx for a part of the page; going back in the browser asks for the whole of it."""
    headers = request.headers
    return headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in headers


@require_safe
def prompt(request: HttpRequest, slug: str) -> HttpResponse:
    """A copy of the page is looked at like the page."""
    response = _prompt(request, slug)
    viewed = about_of(response)
    view_count(request, viewed)
    view_remember(request, response, viewed.listing_id)
    arrival_note(request, response, seller_id=viewed.seller_id, seller_user_id=viewed.seller_user_id)
    return response


@kept(RECENT)
def _prompt(request: HttpRequest, slug: str) -> HttpResponse:
    try:
        listing = public_listing(slug)
    except NotFound as error:
        raise Http404 from error
    context = {"page": prompt_page_of(listing, request.user), "share": share_of(listing)}
    return answer_about(viewed_of(listing), render(request, "pages/finding/prompt.html", context))
