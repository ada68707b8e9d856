"""A query's conditions as SQL on a search row."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from listings.search.meaning import FACETED, Meaning, all_of, quoted
from listings.search.query import SearchQuery

TABLE = "listings_listingsearch"


@dataclass(frozen=True, slots=True)
class Condition:
    """`sql` with its values; empty when nothing is asked."""

    sql: str = ""
    values: tuple[Any, ...] = ()

    def also(self, sql: str, *values: Any) -> "Condition":
        return Condition(f"{self.sql} AND {sql}" if self.sql else sql, (*self.values, *values))

    @property
    def where(self) -> str:
        return f"WHERE {self.sql}" if self.sql else ""


def condition_of(
    query: SearchQuery, meaning: Meaning, words: str, *, lifted: Iterable[str] = ()
) -> Condition:
    """What every row must meet; `lifted` filters aside."""
    terms = [quoted(term.lexeme) for name, term in meaning.terms.items() if name not in lifted]
    condition = Condition()
    if document := all_of([words, *terms]):
        condition = condition.also("document @@ %s::tsquery", document)
    if query.free:
        condition = condition.also("price_amount = 0")
    if query.min_price is not None:
        condition = condition.also("price_amount >= %s", query.min_price)
    if query.max_price is not None:
        condition = condition.also("price_amount <= %s", query.max_price)
    if query.rating:
        condition = condition.also("stars >= %s::real", query.rating)
    return condition


def is_impossible(query: SearchQuery, meaning: Meaning, *, lifted: Iterable[str] = FACETED) -> bool:
    """Whether a filter names what does not exist, the lifted ones aside."""
    aside = set(lifted)
    names = ("model", "category", "tag", "seller", "modality", "language")
    return any(getattr(query, name) and name not in meaning.terms for name in names if name not in aside)
