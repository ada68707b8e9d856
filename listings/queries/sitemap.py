"""Everything on sale, for sitemaps: by ranges of ids, so that any part costs the same."""

import datetime
from collections.abc import Iterator

from django.db import connection

from accounts.models import SellerProfile
from listings.models import Listing, ListingStatus
from listings.queries.filters import published_listings

# The limit of one sitemap: https://www.sitemaps.org/protocol.html
PART_LENGTH = 50_000
_STEP = 2000
# From the first published id to the first one in each later part: one look into the index per part.
_LISTING_PARTS = """
    WITH RECURSIVE first AS (
        (SELECT id / %(length)s AS part FROM listings_listing WHERE status = %(status)s ORDER BY id LIMIT 1)
        UNION ALL
        SELECT (SELECT id / %(length)s FROM listings_listing
                WHERE status = %(status)s AND id >= (first.part + 1) * %(length)s ORDER BY id LIMIT 1)
        FROM first WHERE first.part IS NOT NULL
    )
    SELECT part FROM first WHERE part IS NOT NULL
"""


def listing_parts() -> list[int]:
    """The numbers of the parts that have a published listing in them, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(_LISTING_PARTS, {"length": PART_LENGTH, "status": ListingStatus.PUBLISHED})
        return [part for (part,) in cursor.fetchall()]


def listings_in_part(part: int) -> Iterator[tuple[str, datetime.datetime | None]]:
    """Slug, and when the version on sale was published: `updated_at` would tell of work on the next one."""
    last, end = part * PART_LENGTH - 1, (part + 1) * PART_LENGTH
    while True:
        rows = (
            published_listings()
            .filter(pk__gt=last, pk__lt=end)
            .order_by("pk")
            .values_list("pk", "slug", "published_version__published_at")[:_STEP]
        )
        found = list(rows)
        yield from ((slug, published_at) for _, slug, published_at in found)
        if len(found) < _STEP:
            return
        last = found[-1][0]


def seller_parts() -> list[int]:
    """The numbers of the parts that sellers' storefronts fall into; a part may turn out empty."""
    last = SellerProfile.objects.order_by("-pk").values_list("pk", flat=True).first()
    return [] if last is None else list(range(last // PART_LENGTH + 1))


def sellers_in_part(part: int) -> Iterator[str]:
    """Handles of the sellers who have something on sale."""
    last, end = part * PART_LENGTH - 1, (part + 1) * PART_LENGTH
    while True:
        on_sale = Listing.objects.filter(status=ListingStatus.PUBLISHED).values("seller")
        rows = SellerProfile.objects.filter(pk__gt=last, pk__lt=end, pk__in=on_sale).order_by("pk")
        found = list(rows.values_list("pk", "handle")[:_STEP])
        yield from (handle for _, handle in found)
        if len(found) < _STEP:
            return
        last = found[-1][0]
