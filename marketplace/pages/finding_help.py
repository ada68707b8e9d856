"""What helps where little was found: another spelling, wider filters with their counts, best sellers."""

from dataclasses import dataclass, field, replace
from math import inf

from django.urls import reverse
from django.utils.translation import gettext as _

from listings.queries.cards import ListingCard
from listings.queries.catalogue import CataloguePage, Facet, catalogue_cards
from listings.queries.filters import CatalogueFilter
from listings.search.engine import counts_without

# Fewer results than this, and ways to more of them are shown.
FEW = 3
SUGGESTIONS = 3


@dataclass(frozen=True, slots=True)
class Way:
    """A link to more: what it lifts or asks for instead, and how many prompts that finds if that is known."""

    label: str
    href: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Help:
    """`corrected` was looked for instead; `meant` is another question; `wider` lift one condition each."""

    corrected: str = ""
    meant: Way | None = None
    wider: list[Way] = field(default_factory=list)
    suggestions: list[ListingCard] = field(default_factory=list)


def help_of(wanted: CatalogueFilter, page: CataloguePage) -> Help:
    """Nothing of it costs a statement while there is enough to show."""
    if len(page.cards) >= FEW or page.number > 1 or page.next_cursor:
        return Help(corrected=page.corrected)
    return Help(
        corrected=page.corrected,
        meant=_meant(wanted, page.did_you_mean),
        wider=_wider(wanted, page),
        suggestions=[] if page.cards else catalogue_cards(CatalogueFilter(), limit=SUGGESTIONS),
    )


def _meant(wanted: CatalogueFilter, words: str) -> Way | None:
    return Way(words, _href(replace(wanted, q=words))) if words else None


def _wider(wanted: CatalogueFilter, page: CataloguePage) -> list[Way]:
    """Each condition that could be lifted with how many prompts that would find, the most first."""
    found = [
        Way(label, _href(wanted.without(*names)), count)
        for label, names, count in [*_known_counts(wanted, page), *_new_counts(wanted, page)]
        if count is None or count > len(page.cards)
    ]
    return sorted(found, key=lambda way: -inf if way.count is None else -way.count)


def _known_counts(wanted: CatalogueFilter, page: CataloguePage) -> list[tuple[str, list[str], int | None]]:
    """Facets are counted with their own condition lifted: their sum is the answer already."""
    facets = page.facets
    known: list[tuple[str, str, list[Facet]]] = [
        ("model", _("any model"), facets.models),
        ("category", _("any category"), facets.categories),
        ("language", _("any language"), facets.languages),
    ]
    return [
        (label, [name], sum(facet.count for facet in counted))
        for name, label, counted in known
        if getattr(wanted, name)
    ]


def _new_counts(wanted: CatalogueFilter, page: CataloguePage) -> list[tuple[str, list[str], int | None]]:
    """What the facets do not tell, counted in one statement; None is a great many."""
    if page.reading is None:
        return []
    price = ["min_price", "max_price", "free"]
    liftable = [
        (_("any price"), price, wanted.free or wanted.min_price is not None or wanted.max_price is not None),
        (_("any rating"), ["rating"], bool(wanted.rating)),
        (_("without the tag"), ["tag"], bool(wanted.tag)),
        (_("without the words"), ["q"], bool(wanted.q) and wanted.without("q", "sort") != CatalogueFilter()),
    ]
    in_force = [(label, names) for label, names, is_set in liftable if is_set]
    lifted = [["words" if name == "q" else name for name in names] for _, names in in_force]
    counts = counts_without(wanted.search_query(), page.reading, lifted)
    return [(label, names, count) for (label, names), count in zip(in_force, counts, strict=True)]


def _href(wanted: CatalogueFilter) -> str:
    query = wanted.query_string()
    return f"{reverse('prompts')}?{query}" if query else reverse("prompts")
