"""What a person asks of the catalogue: read from a query string, and turned into conditions."""

import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from common.money import MAX_PRICE_AMOUNT
from listings.models import Category, Listing, ListingStatus, Modality, TargetModel
from listings.search.query import SearchQuery
from listings.search.query import Sort as Sort
from listings.search.text import MAX_QUERY_LENGTH

Errors = dict[str, list[str]]
Amounts = Literal["minor", "major"]

_DOLLARS = re.compile(r"\$?([0-9]+)(?:[.,]([0-9]{1,2}))?")


@dataclass(frozen=True, slots=True)
class CatalogueFilter:
    """Conditions on published listings. `min_price` and `max_price` are minor units; slugs name the rest.

    `seller` is a storefront's handle and is set by the storefront page, never from a query string. An empty
    `sort` means relevance with words, best selling without.
    """

    q: str = ""
    model: str = ""
    modality: str = ""
    category: str = ""
    tag: str = ""
    min_price: int | None = None
    max_price: int | None = None
    free: bool = False
    rating: int = 0
    language: str = ""
    sort: str = ""
    seller: str = ""

    @classmethod
    def from_params(
        cls,
        params: Mapping[str, str],
        *,
        amounts: Amounts = "minor",
        models: Container[str] | None = None,
        categories: Container[str] | None = None,
    ) -> tuple["CatalogueFilter", Errors]:
        """Read `?q= &model= &modality= &category= &tag= &min_price= &max_price= &free= &rating= &language=
        &sort=`.

        A value that cannot be taken is left out of the filter and named in the errors, so that the rest
        works. The same names serve pages and API. The API gives prices in minor units, like all its amounts
        (`amounts="minor"`); the pages give what people type, in dollars (`amounts="major"`):
        `?max_price=7.50` on a page is `?max_price=750` in the API. Whoever has the slugs of all `models` and
        `categories` saves two questions.
        """
        given = {name: value.replace("\x00", " ").strip() for name, value in params.items()}
        readers: dict[str, Callable[[str], Any]] = {
            "q": lambda text: text[:MAX_QUERY_LENGTH],
            "model": lambda text: _known_model(text, models),
            "modality": _known_modality,
            "category": lambda text: _known_category(text, categories),
            "tag": lambda text: text.lower()[:40],
            "min_price": _cents if amounts == "minor" else _cents_of_dollars,
            "max_price": _cents if amounts == "minor" else _cents_of_dollars,
            "free": _flag,
            "rating": _rating,
            "language": _language,
            "sort": _sort,
        }
        values: dict[str, Any] = {}
        errors: Errors = {}
        for name, read in readers.items():
            if text := given.get(name, ""):
                try:
                    values[name] = read(text)
                except ValueError as error:
                    errors[name] = [str(error)]
        lowest, highest = values.get("min_price"), values.get("max_price")
        if lowest is not None and highest is not None and lowest > highest:
            del values["max_price"]
            errors["max_price"] = [_("The highest price is below the lowest.")]
        return cls(**values), errors

    @property
    def effective_sort(self) -> str:
        if self.sort and not (self.sort == Sort.RELEVANCE and not self.q):
            return self.sort
        return Sort.RELEVANCE if self.q else Sort.BEST_SELLING

    def search_query(self) -> SearchQuery:
        """The filter as the engine is asked for it."""
        return SearchQuery(
            words=self.q,
            model=self.model,
            modality=self.modality,
            category=self.category,
            tag=self.tag,
            seller=self.seller,
            language=self.language,
            min_price=self.min_price,
            max_price=self.max_price,
            free=self.free,
            rating=self.rating,
            sort=self.effective_sort,
        )

    def without(self, *names: str) -> "CatalogueFilter":
        """The same filter with these conditions lifted."""
        empty = CatalogueFilter()
        return replace(self, **{name: getattr(empty, name) for name in names})

    def query_string(self) -> str:
        """The filter as the pages write it, prices in dollars, without what is not set."""
        pairs = {
            "q": self.q,
            "model": self.model,
            "modality": self.modality,
            "category": self.category,
            "tag": self.tag,
            "min_price": as_dollars(self.min_price),
            "max_price": as_dollars(self.max_price),
            "free": "1" if self.free else "",
            "rating": str(self.rating or ""),
            "language": self.language,
            "sort": self.sort,
        }
        return urlencode({name: value for name, value in pairs.items() if value})


def as_dollars(cents: int | None) -> str:
    """Cents as a person types dollars into a field: 750 is 7.50, 300 is 3, None is nothing."""
    if cents is None:
        return ""
    return f"{cents // 100}.{cents % 100:02}" if cents % 100 else str(cents // 100)


def published_listings() -> QuerySet[Listing]:
    return Listing.objects.filter(status=ListingStatus.PUBLISHED)


def _known_model(slug: str, known: Container[str] | None) -> str:
    if slug not in known if known is not None else not TargetModel.objects.filter(slug=slug).exists():
        raise ValueError(_("There is no model called “%(slug)s”.") % {"slug": slug[:50]})
    return slug


def _known_category(slug: str, known: Container[str] | None) -> str:
    if slug not in known if known is not None else not Category.objects.filter(slug=slug).exists():
        raise ValueError(_("There is no category called “%(slug)s”.") % {"slug": slug[:50]})
    return slug


def _known_modality(text: str) -> str:
    if text not in Modality.values:
        raise ValueError(_("Give one of: %(values)s.") % {"values": ", ".join(Modality.values)})
    return text


def _language(text: str) -> str:
    code = text.lower()[:2]
    if not (code.isascii() and code.isalpha() and len(code) == 2):
        raise ValueError(_("Give a language as two letters, such as en."))
    return code


def _cents(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(_("Give a whole number of cents, such as 499."))
    return _in_range(int(text[:12]))


def _cents_of_dollars(text: str) -> int:
    found = _DOLLARS.fullmatch(text)
    if found is None:
        raise ValueError(_("Give an amount in dollars, such as 4.99."))
    dollars, cents = found.groups(default="")
    return _in_range(int(dollars[:12]) * 100 + int(cents.ljust(2, "0")))


def _in_range(cents: int) -> int:
    """Above every price there is, all bounds mean the same; and a column holds no more than 32 bits."""
    return min(cents, MAX_PRICE_AMOUNT)


def _flag(text: str) -> bool:
    if text.lower() in {"1", "true", "on", "yes"}:
        return True
    if text.lower() in {"0", "false", "off", "no"}:
        return False
    raise ValueError(_("Give 1 or 0."))


def _rating(text: str) -> int:
    if text not in {"1", "2", "3", "4", "5"}:
        raise ValueError(_("Give a number of stars from 1 to 5."))
    return int(text)


def _sort(text: str) -> str:
    if text not in Sort.values:
        raise ValueError(_("Sort by one of: %(sorts)s.") % {"sorts": ", ".join(Sort.values)})
    return text
