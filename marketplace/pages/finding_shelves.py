"""Shelves: prompts by model, category, tag and seller, what staff picked, and what was looked at last."""

from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import SellerProfile
from listings.models import Category, Collection, Modality, Tag, TargetModel
from listings.queries.cards import cards_of_ids
from listings.queries.detail import seller_facts
from listings.queries.filters import CatalogueFilter
from listings.queries.shelves import collection_cards, featured_cards
from listings.search.query import Sort
from marketplace.attribution import arrival_note
from marketplace.community.followed import follow_button
from marketplace.pages.buying_checkout import see_other
from marketplace.pages.finding_browse import results_of, results_title
from marketplace.pages.kept import about_of, answer_about, kept
from marketplace.recently import COOKIE as RECENT
from marketplace.recently import recently_viewed, views_forget
from marketplace.sharing import Share
from marketplace.sharing.schema_org import breadcrumbs

# Fewer prompts than this make a page of a tag that search engines need not keep.
_WORTH_FINDING = 3


@dataclass(frozen=True, slots=True)
class Tab:
    """An order of a model's prompts, as a link."""

    label: str
    href: str
    is_open: bool


@require_safe
@kept(RECENT)
def model(request: HttpRequest, slug: str) -> HttpResponse:
    """What is hot, new and top for a model, with what staff picked first; pictures lead for image models."""
    shelf = get_object_or_404(TargetModel, slug=slug)
    title = _("Prompts for %(name)s") % {"name": shelf.name}
    text = _("Prompts written and tried for %(name)s, with examples of what each one makes.")
    context = {
        "model": shelf,
        "is_gallery": shelf.modality in {Modality.IMAGE, Modality.VIDEO},
        "tabs": _model_tabs(shelf, request.GET.get("sort", "")),
        "featured": featured_cards(model=slug) if not request.GET.get("page") else [],
        "share": _share(title, text % {"name": shelf.name}, shelf.get_absolute_url()),
        "follow": follow_button(request.user, shelf),
    }
    fixed = CatalogueFilter(model=slug)
    return _shelf(request, "pages/finding/model.html", context, fixed, usual=Sort.TRENDING)


@require_safe
@kept(RECENT)
def category(request: HttpRequest, slug: str) -> HttpResponse:
    shelf = get_object_or_404(Category, slug=slug)
    share = _share(shelf.local_name, shelf.local_description, shelf.get_absolute_url())
    context = {"category": shelf, "share": share}
    return _shelf(request, "pages/finding/category.html", context, CatalogueFilter(category=slug))


@require_safe
@kept(RECENT)
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    shelf = get_object_or_404(Tag, slug=slug)
    text = _("Prompts that their sellers filed under %(tag)s.") % {"tag": f"#{shelf.slug}"}
    context = {
        "tag": shelf,
        "share": _share(f"#{shelf.slug}", text, f"/tags/{shelf.slug}/"),
        "text": text,
        "follow": follow_button(request.user, shelf),
    }
    return _shelf(request, "pages/finding/tag.html", context, CatalogueFilter(tag=slug))


@require_safe
def seller(request: HttpRequest, handle: str) -> HttpResponse:
    """A storefront; it opens with the first listing that is on sale, and stays for the buyers of what was."""
    response = _seller(request, handle)
    seller_id, seller_user_id = about_of(response)
    arrival_note(request, response, seller_id=seller_id, seller_user_id=seller_user_id)
    return response


@kept(RECENT)
def _seller(request: HttpRequest, handle: str) -> HttpResponse:
    profile = get_object_or_404(SellerProfile, handle=handle)
    share = _share(profile.name, profile.bio[:155], profile.get_absolute_url())
    context = {
        "seller": profile,
        "facts": seller_facts(profile),
        "share": share,
        "follow": follow_button(request.user, profile),
    }
    response = _shelf(request, "pages/finding/seller.html", context, CatalogueFilter(seller=handle))
    return answer_about((profile.pk, profile.user_id), response)


@require_safe
@kept(RECENT)
def collection(request: HttpRequest, slug: str) -> HttpResponse:
    """What staff picked, whole."""
    shelf = get_object_or_404(Collection, slug=slug, is_shown=True)
    share = _share(shelf.local_title, shelf.local_text, shelf.get_absolute_url())
    context = {"collection": shelf, "cards": collection_cards(shelf), "share": share}
    return render(request, "pages/finding/collection.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def recent(request: HttpRequest) -> HttpResponse:
    """What this browser looked at last; POST has it forget that."""
    if request.method == "POST":
        response = see_other(request.path)
        views_forget(response)
        return response
    return render(request, "pages/finding/recent.html", {"cards": cards_of_ids(recently_viewed(request))})


def _model_tabs(shelf: TargetModel, asked: str) -> list[Tab]:
    sorts = {"": _("Hot"), Sort.NEWEST.value: _("New"), Sort.TOP_RATED.value: _("Top rated")}
    sorts[Sort.BEST_SELLING.value] = _("Best selling")
    chosen = asked if asked in sorts else ""
    path = shelf.get_absolute_url()
    return [
        Tab(label, f"{path}?sort={sort}" if sort else path, is_open=sort == chosen)
        for sort, label in sorts.items()
    ]


def _share(title: str, text: str, path: str) -> Share:
    return Share(title=title, text=text, path=path, facts=[breadcrumbs((title, path))])


def _shelf(
    request: HttpRequest, template: str, context: dict[str, Any], fixed: CatalogueFilter, *, usual: str = ""
) -> HttpResponse:
    """A page of the catalogue with one condition fixed; only the sort and the page are asked for."""
    sort = request.GET.get("sort", "")
    wanted = replace(fixed, sort=sort if sort in Sort.values else usual)
    results = results_of(request, wanted)
    context |= {
        "results": results,
        "results_title": results_title(results),
        "wanted": wanted,
        "is_worth_finding": len(results.page.cards) >= _WORTH_FINDING,
    }
    return render(request, template, context)
