"""Pages of a list that is sorted by a column: the next rows after one place, or those before it."""

from dataclasses import dataclass
from typing import Any

from django.db.backends.utils import CursorWrapper

from listings.search.conditions import TABLE, Condition
from listings.search.planning import WINDOW, Estimate, walks
from listings.search.query import Sort

Row = tuple[int, Any]


@dataclass(frozen=True, slots=True)
class Order:
    """A column with an index; the listing's id breaks ties the same way."""

    column: str
    type: str
    descending: bool = True

    def sql(self, *, backwards: bool = False) -> str:
        way = "DESC" if self.descending != backwards else "ASC"
        return f"{self.column} {way}, listing_id {way}"

    def beyond(self, *, backwards: bool) -> str:
        sign = "<" if self.descending != backwards else ">"
        return f"({self.column}, listing_id) {sign} (%s::{self.type}, %s)"


QUALITY = Order("quality", "real")
ORDERS = {
    Sort.TRENDING: Order("trending", "real"),
    Sort.NEWEST: Order("published_at", "timestamptz"),
    Sort.BEST_SELLING: Order("sales_count", "integer"),
    Sort.TOP_RATED: Order("rating", "real"),
    Sort.PRICE_ASC: Order("price_amount", "integer", descending=False),
    Sort.PRICE_DESC: Order("price_amount", "integer"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Beside which row to begin, and in which direction; without a row at the list's begin or end."""

    beside: Row | None = None
    backwards: bool = False


def rows_in_order(
    cursor: CursorWrapper,
    order: Order,
    condition: Condition,
    expected: Estimate,
    *,
    place: Place = Place(),
    limit: int,
    offset: int = 0,
) -> tuple[list[Row], str]:
    """Up to `limit` rows as (id, value of the order's column), as they are met; and the plan's name."""
    start = _beyond(order, place)
    by = order.sql(backwards=place.backwards)
    if not condition.sql:
        sql = f"SELECT listing_id, {order.column} FROM {TABLE} {start.where} ORDER BY {by} LIMIT %s OFFSET %s"
        return _rows(cursor, sql, *start.values, limit, offset), "walk"
    if walks(expected, limit + offset):
        found = _walked(cursor, order, condition, start, by, (limit, offset))
        if len(found) == limit:
            return found, "walk"
    return rows_gathered(cursor, order, condition, place, (limit, offset)), "gather"


def rows_gathered(
    cursor: CursorWrapper, order: Order, condition: Condition, place: Place, part: tuple[int, int]
) -> list[Row]:
    """The same `part` (limit, offset) by reading all that match and sorting them."""
    start = _beyond(order, place)
    matching = condition.also(start.sql, *start.values) if start.sql else condition
    sql = (
        f"SELECT * FROM (SELECT listing_id, {order.column} FROM {TABLE} {matching.where} OFFSET 0) "
        f"AS matches ORDER BY {order.sql(backwards=place.backwards)} LIMIT %s OFFSET %s"
    )
    return _rows(cursor, sql, *matching.values, *part)


def _beyond(order: Order, place: Place) -> Condition:
    if place.beside is None:
        return Condition()
    row_id, value = place.beside
    return Condition().also(order.beyond(backwards=place.backwards), value, row_id)


def _walked(
    cursor: CursorWrapper,
    order: Order,
    condition: Condition,
    start: Condition,
    by: str,
    page: tuple[int, int],
) -> list[Row]:
    ahead = f"SELECT * FROM {TABLE} {start.where} ORDER BY {by} LIMIT {WINDOW}"
    sql = (
        f"SELECT listing_id, {order.column} FROM ({ahead}) AS ahead {condition.where} "
        f"ORDER BY {by} LIMIT %s OFFSET %s"
    )
    return _rows(cursor, sql, *start.values, *condition.values, *page)


def _rows(cursor: CursorWrapper, sql: str, *values: Any) -> list[Row]:
    cursor.execute(sql, values)
    return [(row_id, value) for row_id, value in cursor.fetchall()]
