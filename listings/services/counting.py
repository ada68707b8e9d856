"""Booking views, and what makes a listing trend.

`ListingStats.trending` is the logarithm of the sum of weight · e^(t/PERIOD) over what happened to a listing,
t being when it happened. All sums grow by the same factor as time passes, so their order never changes by
itself: something that happens costs one update, and time costs none.
"""

import datetime
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction

from common import clock
from listings import counting
from listings.models import ViewBatch, ViewSource

# After so long, something counts for a third (1/e) of what it did; half of it is gone after two days.
PERIOD = datetime.timedelta(days=3)
# A publication and a sale in views: what people pay for says more than what they look at.
PUBLICATION_WEIGHT = 5
SALE_WEIGHT = 20
# Longer than a batch can live in Redis.
BATCHES_KEPT = datetime.timedelta(days=7)
_DRAIN_LOCK = 0x766965_7773  # "views"
_ORIGIN = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)

_ADD_DAYS = """
    INSERT INTO listings_listingday AS d (listing_id, day, source, views)
    SELECT listing.id, %(day)s, counted.source, counted.views
    FROM unnest(%(ids)s::bigint[], %(sources)s::text[], %(views)s::bigint[]) AS counted (id, source, views)
    JOIN listings_listing listing ON listing.id = counted.id
    ORDER BY listing.id, counted.source
    ON CONFLICT (listing_id, day, source) DO UPDATE SET views = d.views + excluded.views
"""
_ADD_SELLERS_DAYS = """
    INSERT INTO listings_sellerviewsday AS d (seller_id, day, source, views)
    SELECT listing.seller_id, %(day)s, counted.source, sum(counted.views)
    FROM unnest(%(ids)s::bigint[], %(sources)s::text[], %(views)s::bigint[]) AS counted (id, source, views)
    JOIN listings_listing listing ON listing.id = counted.id
    GROUP BY listing.seller_id, counted.source
    ORDER BY listing.seller_id, counted.source
    ON CONFLICT (seller_id, day, source) DO UPDATE SET views = d.views + excluded.views
"""
_STIR = """
    INSERT INTO listings_listingstats AS s (listing_id, views_count, trending)
    SELECT listing.id, stirred.views, %(at)s + ln(stirred.weight)
    FROM unnest(%(ids)s::bigint[], %(views)s::bigint[], %(weights)s::float8[]) AS stirred (id, views, weight)
    JOIN listings_listing listing ON listing.id = stirred.id
    ORDER BY listing.id
    ON CONFLICT (listing_id) DO UPDATE SET
        views_count = s.views_count + excluded.views_count,
        trending = greatest(s.trending, excluded.trending)
            + ln(1 + exp(-least(abs(s.trending - excluded.trending), 40)))
"""


def views_drain() -> int:
    """Book what has gathered in Redis, one transaction per batch; how many views there were.

    May run twice, at the same time, and die anywhere: a batch is booked with its name, once, and deleted
    afterwards. Takes an advisory lock and rows of ListingDay, SellerViewsDay and ListingStats in their order.
    """
    booked = 0
    for batch in counting.batches_take():
        booked += _batch_book(batch)
        counting.batch_forget(batch)
    ViewBatch.objects.filter(booked_at__lt=clock.now() - BATCHES_KEPT).delete()
    return booked


@transaction.atomic
def listings_stir(*, weights: Mapping[int, float], at: datetime.datetime) -> None:
    """Something happened to listings (by id) at that time that is worth so many views. Locks their stats."""
    _stir({listing_id: (0, weight) for listing_id, weight in weights.items()}, at)


@transaction.atomic
def _batch_book(batch: counting.Batch) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_DRAIN_LOCK])
    _, is_new = ViewBatch.objects.get_or_create(pk=batch.id)
    if not is_new or not batch.views:
        return 0
    known = {key: views for key, views in batch.views.items() if key[1] in ViewSource.values}
    counted: dict[str, Any] = {
        "day": batch.day,
        "ids": [listing_id for listing_id, _ in known],
        "sources": [source for _, source in known],
        "views": list(known.values()),
    }
    with connection.cursor() as cursor:
        cursor.execute(_ADD_DAYS, counted)
        cursor.execute(_ADD_SELLERS_DAYS, counted)
    end_of_day = datetime.datetime.combine(batch.day, datetime.time.max, tzinfo=datetime.UTC)
    _stir(_totals(known), min(clock.now(), end_of_day))
    return sum(known.values())


def _totals(views: Mapping[tuple[int, str], int]) -> dict[int, tuple[int, float]]:
    """Views and weight by listing. What programs fetch is counted, and makes nothing trend."""
    totals: dict[int, tuple[int, float]] = defaultdict(lambda: (0, 0.0))
    for (listing_id, source), count in views.items():
        seen, weight = totals[listing_id]
        totals[listing_id] = (seen + count, weight + (0 if source == ViewSource.API else count))
    return totals


def _stir(stirred: Mapping[int, tuple[int, float]], at: datetime.datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _STIR,
            {
                "at": (at - _ORIGIN) / PERIOD,
                "ids": list(stirred),
                "views": [views for views, _ in stirred.values()],
                # The logarithm of nothing does not exist; this is nothing for all that matters.
                "weights": [max(weight, 1e-9) for _, weight in stirred.values()],
            },
        )
