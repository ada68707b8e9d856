"""Listings as rows of a shelf: plain values, no model instances, one statement."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language

from common.money import format_price
from common.replica import reading_alias
from listings.models import Listing, ListingStatus

_COLUMNS = (
    "id",
    "slug",
    "title",
    "summary",
    "price_amount",
    "currency",
    "published_at",
    "sales_count",
    "rating_count",
    "rating_sum",
    "model__slug",
    "model__name",
    "category__slug",
    "category__name",
    "category__name_fr",
    "seller__handle",
    "seller__name",
)


@dataclass(frozen=True, slots=True)
class ListingCard:
    """What a shelf shows of a listing. `price_amount` is in minor units of `currency`."""

    id: int
    slug: str
    title: str
    summary: str
    price_amount: int
    currency: str
    published_at: datetime.datetime
    sales_count: int
    rating_count: int
    rating_average: float | None
    model_slug: str
    model_name: str
    category_slug: str
    category_name: str
    seller_handle: str
    seller_name: str

    @property
    def url(self) -> str:
        return f"/prompts/{self.slug}/"

    @property
    def cover_url(self) -> str:
        return f"/prompts/{self.slug}/cover.svg"

    @property
    def price_label(self) -> str:
        return format_price(self.price_amount, self.currency)


def cards_of_ids(ids: Sequence[int]) -> list[ListingCard]:
    """The cards of those that are on sale, in the order of `ids`, in one query."""
    published = Listing.objects.using(reading_alias()).filter(
        pk__in=list(ids), status=ListingStatus.PUBLISHED
    )
    by_id = {card.id: card for card in cards_of(published)} if ids else {}
    return [by_id[pk] for pk in ids if pk in by_id]


def cards_of(listings: QuerySet[Listing]) -> list[ListingCard]:
    """The cards of `listings`, in their order, in one query."""
    french = (get_language() or "").startswith("fr")
    return [_card(row, french) for row in listings.values(*_COLUMNS)]


def _card(row: dict[str, Any], french: bool) -> ListingCard:
    return ListingCard(
        id=row["id"],
        slug=row["slug"],
        title=row["title"],
        summary=row["summary"],
        price_amount=row["price_amount"],
        currency=row["currency"],
        published_at=row["published_at"],
        sales_count=row["sales_count"],
        rating_count=row["rating_count"],
        rating_average=round(row["rating_sum"] / row["rating_count"], 2) if row["rating_count"] else None,
        model_slug=row["model__slug"],
        model_name=row["model__name"],
        category_slug=row["category__slug"],
        category_name=(french and row["category__name_fr"]) or row["category__name"],
        seller_handle=row["seller__handle"],
        seller_name=row["seller__name"],
    )
