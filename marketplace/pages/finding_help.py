"""What helps where little was found: another spelling, wider filters with their counts, best sellers."""

from dataclasses import dataclass, field, replace

from django.urls import reverse
from django.utils.translation import gettext as _

from listings.queries.cards import ListingCard
from listings.queries.catalogue import CataloguePage, Facet, catalogue_cards
from listings.queries.filters import CatalogueFilter
from listings.search.engine import search_facts

# Fewer results than this, and ways to more of them are shown.
FEW = 3
SUGGESTIONS = 3
# Each of these is a count of its own; a page may not ask for more.
_COUNTED = 2


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
        for label, names, count in [*_known_counts(wanted, page), *_new_counts(wanted)]
        if count > len(page.cards)
    ]
    return sorted(found, key=lambda way: -(way.count or 0))


def _known_counts(wanted: CatalogueFilter, page: CataloguePage) -> list[tuple[str, list[str], int]]:
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


def _new_counts(wanted: CatalogueFilter) -> list[tuple[str, list[str], int]]:
    price = ["min_price", "max_price", "free"]
    liftable = [
        (_("any price"), price, wanted.free or wanted.min_price is not None or wanted.max_price is not None),
        (_("any rating"), ["rating"], bool(wanted.rating)),
        (_("without the tag"), ["tag"], bool(wanted.tag)),
        (_("without the words"), ["q"], bool(wanted.q) and wanted.without("q", "sort") != CatalogueFilter()),
    ]
    in_force = [(label, names) for label, names, is_set in liftable if is_set][:_COUNTED]
    return [
        (label, names, search_facts(wanted.without(*names).search_query()).total.count)
        for label, names in in_force
    ]


def _href(wanted: CatalogueFilter) -> str:
    query = wanted.query_string()
    return f"{reverse('prompts')}?{query}" if query else reverse("prompts")
