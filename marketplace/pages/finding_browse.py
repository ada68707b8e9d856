"""What the browse page and the shelves show: the page of results, the choices that lead on, the ones made.

What helps where there is little to show is in finding_help.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.errors import InvalidInput
from common.money import format_money
from listings.models import Modality
from listings.queries.catalogue import CataloguePage, Facet, Facets, catalogue_names, catalogue_page
from listings.queries.filters import CatalogueFilter, Errors
from listings.search.query import Sort
from marketplace.pages.finding_help import Help, help_of

_MAX_PAGE_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of the filter form."""

    value: str
    label: str
    count: int | None = None
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Chip:
    """A condition in force, and the link that lifts it."""

    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Results:
    """One page of a filter and the sorts it may have; `is_beyond` where pages have no numbers any more."""

    page: CataloguePage
    sorts: list[Choice]
    is_beyond: bool = False


@dataclass(frozen=True, slots=True)
class Browse:
    """All that the browse page shows; `help` is for when there is little to show."""

    wanted: CatalogueFilter
    results: Results
    models: list[Choice]
    categories: list[Choice]
    modalities: list[Choice]
    languages: list[Choice]
    ratings: list[Choice]
    chips: list[Chip]
    errors: Errors
    problems: list[str]
    help: Help
    url: str


def results_of(request: HttpRequest, wanted: CatalogueFilter) -> Results:
    """The page that `?page=` names, or the one beyond `?cursor=`; what names none means the first."""
    asked, cursor = request.GET.get("page", ""), request.GET.get("cursor", "")
    number = int(asked[:_MAX_PAGE_DIGITS]) if asked.isascii() and asked.isdigit() else 1
    try:
        page = catalogue_page(wanted, page=number, cursor=cursor)
    except InvalidInput:
        cursor, page = "", catalogue_page(wanted, page=number)
    return Results(page=page, sorts=_sorts(wanted), is_beyond=bool(cursor))


def browse_of(request: HttpRequest) -> Browse:
    """Read the query string as the pages write it: see CatalogueFilter.from_params."""
    models, categories = catalogue_names()
    wanted, errors = CatalogueFilter.from_params(
        request.GET.dict(), amounts="major", models=models, categories=categories
    )
    results = results_of(request, wanted)
    facets, query = results.page.facets, wanted.query_string()
    return Browse(
        wanted=wanted,
        results=results,
        models=_choices(models, facets.models, wanted.model),
        categories=_choices(categories, facets.categories, wanted.category),
        modalities=_choices(_modality_names(), facets.modalities, wanted.modality),
        languages=_choices(_language_names(facets), facets.languages, wanted.language),
        ratings=_ratings(wanted.rating),
        chips=_chips(wanted, models, categories),
        errors=errors,
        problems=_problems(errors),
        help=help_of(wanted, results.page),
        url=f"{reverse('prompts')}?{query}" if query else reverse("prompts"),
    )


def _sorts(wanted: CatalogueFilter) -> list[Choice]:
    """The sorts that make sense. The default one has no value, so that it changes when words are added."""
    usual, chosen = wanted.without("sort").effective_sort, wanted.effective_sort
    return [
        Choice("" if sort == usual else sort.value, str(sort.label), chosen=sort == chosen)
        for sort in Sort
        if wanted.q or sort != Sort.RELEVANCE
    ]


def _choices(names: dict[str, str], facets: Sequence[Facet], chosen: str) -> list[Choice]:
    counts = {facet.slug: facet.count for facet in facets}
    return [
        Choice(slug, name, counts.get(slug, 0), chosen=slug == chosen)
        for slug, name in names.items()
        if slug in counts or slug == chosen
    ]


def _ratings(chosen: int) -> list[Choice]:
    everything = [Choice("", _("Any"), chosen=not chosen)]
    return everything + [
        Choice(str(stars), _stars_and_up(stars), chosen=stars == chosen) for stars in (5, 4, 3, 2)
    ]


def _stars_and_up(stars: int) -> str:
    return _("5 stars") if stars == 5 else _("%(stars)d stars and up") % {"stars": stars}


def _chips(wanted: CatalogueFilter, models: dict[str, str], categories: dict[str, str]) -> list[Chip]:
    labels = {
        "q": _("“%(words)s”") % {"words": wanted.q} if wanted.q else "",
        "model": models.get(wanted.model, ""),
        "modality": _modality_names().get(wanted.modality, ""),
        "category": categories.get(wanted.category, ""),
        "language": language_name(wanted.language) if wanted.language else "",
        "tag": f"#{wanted.tag}" if wanted.tag else "",
        "free": _("Free") if wanted.free else "",
        "min_price": "" if wanted.min_price is None else _price_chip(_("from %s"), wanted.min_price),
        "max_price": "" if wanted.max_price is None else _price_chip(_("up to %s"), wanted.max_price),
        "rating": _stars_and_up(wanted.rating) if wanted.rating else "",
    }
    return [
        Chip(label, f"{reverse('prompts')}?{wanted.without(name).query_string()}")
        for name, label in labels.items()
        if label
    ]


def _problems(errors: Errors) -> list[str]:
    """The errors as sentences that name their field: they stand above the results, away from it."""
    labels = {
        "model": _("Model"),
        "modality": _("What it makes"),
        "category": _("Category"),
        "language": _("Language"),
        "min_price": _("Lowest price"),
        "max_price": _("Highest price"),
        "free": _("Free"),
        "rating": _("Rating"),
        "sort": _("Sort"),
    }
    return [f"{labels[name]}: {message}" for name, messages in errors.items() for message in messages]


def rounded(estimate: int) -> int:
    """To two digits that count: an estimate should not look like more."""
    step = int("1" + "0" * max(0, len(str(estimate)) - 2))
    return round(estimate / step) * step


def language_name(code: str) -> str:
    return {"en": _("English"), "fr": _("French")}.get(code, code)


def _modality_names() -> dict[str, str]:
    return {value: str(label) for value, label in Modality.choices}


def _language_names(facets: Facets) -> dict[str, str]:
    return {facet.slug: language_name(facet.slug) for facet in facets.languages}


def _price_chip(words: str, amount: int) -> str:
    return words % format_money(amount)


def results_title(results: Results) -> str:
    """How many there are, as a sentence would say it."""
    total = results.page.total
    if not results.page.total_is_exact:
        return _("About %(total)s prompts") % {"total": number_format(rounded(total), force_grouping=True)}
    return ngettext("%(total)d prompt", "%(total)d prompts", total) % {"total": total}
