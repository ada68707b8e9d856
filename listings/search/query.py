"""What is asked of the search, and what it answers."""

from dataclasses import dataclass, field, replace

from django.db import models
from django.utils.translation import gettext_lazy

PAGE_SIZE = 24


class Sort(models.TextChoices):
    RELEVANCE = "relevance", gettext_lazy("Best match")
    TRENDING = "trending", gettext_lazy("Trending")
    NEWEST = "newest", gettext_lazy("Newest")
    BEST_SELLING = "best_selling", gettext_lazy("Best selling")
    TOP_RATED = "top_rated", gettext_lazy("Top rated")
    PRICE_ASC = "price_asc", gettext_lazy("Price, lowest first")
    PRICE_DESC = "price_desc", gettext_lazy("Price, highest first")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """Words, conditions, an order, and where the page begins: after `offset` rows or beyond `cursor`.

    Model, category and tag are slugs, `seller` is a handle, `language` two letters; prices are minor units.
    With `is_typing` the last word may be the beginning of one. Relevance needs words; without any the order
    is that of quality.
    """

    words: str = ""
    is_typing: bool = False
    model: str = ""
    modality: str = ""
    category: str = ""
    tag: str = ""
    seller: str = ""
    language: str = ""
    min_price: int | None = None
    max_price: int | None = None
    free: bool = False
    rating: int = 0
    sort: str = Sort.RELEVANCE.value
    size: int = PAGE_SIZE
    offset: int = 0
    cursor: str = ""

    @property
    def asks_for_everything(self) -> bool:
        """Whether there are no conditions: only an order, and where the page begins."""
        part = {"sort": self.sort, "size": self.size, "offset": self.offset, "cursor": self.cursor}
        return replace(SearchQuery(), **part) == self  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Total:
    """How many listings answer; an estimate from a sample when `is_exact` is not set."""

    count: int
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A value to narrow the result by, and how many listings it would leave."""

    slug: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """Each counted under the other conditions, its own lifted; estimates when `is_exact` is not set."""

    models: list[Facet] = field(default_factory=list)
    categories: list[Facet] = field(default_factory=list)
    modalities: list[Facet] = field(default_factory=list)
    languages: list[Facet] = field(default_factory=list)
    is_exact: bool = True


@dataclass(frozen=True, slots=True)
class SearchPage:
    """The ids of one page in order. A cursor is empty where there is nothing more that way.

    `corrected` is what was searched instead when a word stands nowhere; `did_you_mean` is what else might
    have been meant. `offset` is where the page begins: at most at `reach`, beyond which only cursors lead.
    `plan` names how it was found, for measuring.
    """

    ids: list[int]
    next_cursor: str = ""
    previous_cursor: str = ""
    corrected: str = ""
    did_you_mean: str = ""
    plan: str = "nothing"
    offset: int = 0
    reach: int = 0


@dataclass(frozen=True, slots=True)
class SearchFacts:
    total: Total
    facets: Facets
