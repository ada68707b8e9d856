"""The market in sums: what is on sale, sold and looked at, by model and by category.

A group is told only if it has MIN_LISTINGS of MIN_SELLERS: fewer would show one seller's figures to others.
"""

from dataclasses import asdict, dataclass
from typing import Literal

from django.core.cache import cache
from django.db import connection

MIN_LISTINGS = 5
MIN_SELLERS = 3
CACHED_SECONDS = 6 * 3600

_GROUPS = """
    SELECT g.slug, g.name, count(*), count(DISTINCT l.seller_id), sum(l.sales_count)::bigint,
           coalesce(sum(s.views_count), 0)::bigint,
           percentile_disc(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY l.price_amount)
               FILTER (WHERE l.price_amount > 0)
      FROM listings_listing l
      JOIN {table} g ON g.id = l.{column}
      LEFT JOIN listings_listingstats s ON s.listing_id = l.id
     WHERE l.status = 'published'
     GROUP BY g.id, g.slug, g.name
    HAVING count(*) >= %s AND count(DISTINCT l.seller_id) >= %s
"""
_TABLES = {
    "category": ("listings_category", "category_id"),
    "model": ("listings_targetmodel", "model_id"),
}


@dataclass(frozen=True, slots=True)
class MarketGroup:
    """All listings on sale of a kind; prices in cents, of those that cost something: half lie between."""

    slug: str
    name: str
    listings_count: int
    sellers_count: int
    sales_count: int
    views_count: int
    low_amount: int | None
    middle_amount: int | None
    high_amount: int | None

    @property
    def sales_per_listing(self) -> float:
        return self.sales_count / self.listings_count

    @property
    def views_per_listing(self) -> float:
        return self.views_count / self.listings_count


def market_groups(kind: Literal["category", "model"]) -> list[MarketGroup]:
    """Where most is sold for each listing first; some hours old."""
    key = f"market:{kind}"
    kept = cache.get(key)
    if kept is None:
        kept = [asdict(group) for group in _groups(kind)]
        cache.set(key, kept, CACHED_SECONDS)
    groups = [MarketGroup(**row) for row in kept]
    return sorted(groups, key=lambda group: (-group.sales_per_listing, group.name))


def _groups(kind: str) -> list[MarketGroup]:
    table, column = _TABLES[kind]
    with connection.cursor() as cursor:
        cursor.execute(_GROUPS.format(table=table, column=column), [MIN_LISTINGS, MIN_SELLERS])
        rows = cursor.fetchall()
    return [MarketGroup(*row[:-1], *(row[-1] or (None, None, None))) for row in rows]
