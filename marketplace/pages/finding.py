"""Home, browse, a prompt's page, and the shelves by model, category and seller."""

from dataclasses import replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import SellerProfile
from common.errors import NotFound
from listings.models import Category, TargetModel
from listings.queries.catalogue import catalogue_cards
from listings.queries.detail import categories_on_sale, models_on_sale, public_listing, seller_facts
from listings.queries.filters import CatalogueFilter, Sort
from marketplace.pages.finding_browse import browse_of, results_of, results_title
from marketplace.pages.finding_prompt import prompt_page_of, share_of
from marketplace.sharing import Share
from marketplace.sharing.schema_org import website
from marketplace.view_counting import view_count


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "pages/finding/home.html",
        {
            "newest": catalogue_cards(CatalogueFilter(sort=Sort.NEWEST), limit=4),
            "best_selling": catalogue_cards(CatalogueFilter(sort=Sort.BEST_SELLING, min_price=1), limit=8),
            "free": catalogue_cards(CatalogueFilter(free=True), limit=4),
            "categories": categories_on_sale(),
            "models": models_on_sale(),
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
    return response


def _wants_partial(request: HttpRequest) -> bool:
    """Asked by htmx for a part of the page; going back in the browser asks for the whole of it."""
    headers = request.headers
    return headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in headers


@require_safe
def prompt(request: HttpRequest, slug: str) -> HttpResponse:
    try:
        listing = public_listing(slug)
    except NotFound as error:
        raise Http404 from error
    view_count(request, listing)
    context = {"page": prompt_page_of(listing, request.user), "share": share_of(listing)}
    return render(request, "pages/finding/prompt.html", context)


@require_safe
def model(request: HttpRequest, slug: str) -> HttpResponse:
    shelf = get_object_or_404(TargetModel, slug=slug)
    return _shelf(request, "pages/finding/model.html", {"model": shelf}, CatalogueFilter(model=slug))


@require_safe
def category(request: HttpRequest, slug: str) -> HttpResponse:
    shelf = get_object_or_404(Category, slug=slug)
    return _shelf(request, "pages/finding/category.html", {"category": shelf}, CatalogueFilter(category=slug))


@require_safe
def seller(request: HttpRequest, handle: str) -> HttpResponse:
    """A storefront; it opens with the first listing that is on sale, and stays for the buyers of what was."""
    profile = get_object_or_404(SellerProfile, handle=handle)
    context = {"seller": profile, "facts": seller_facts(profile)}
    return _shelf(request, "pages/finding/seller.html", context, CatalogueFilter(seller=handle))


def _shelf(
    request: HttpRequest, template: str, context: dict[str, Any], fixed: CatalogueFilter
) -> HttpResponse:
    """A page of the catalogue with one condition fixed; only the sort and the page are asked for."""
    sort = request.GET.get("sort", "")
    wanted = replace(fixed, sort=sort if sort in Sort.values else "")
    results = results_of(request, wanted)
    context |= {"results": results, "results_title": results_title(results), "wanted": wanted}
    return render(request, template, context)
