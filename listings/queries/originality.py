"""Finding near copies among everything that was ever submitted. No text is read for it."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db import connection

from listings.models import Listing, PromptVersion, TextPrint
from listings.originality import Fingerprint, Likeness, likeness

# So much in common that a person has to look.
ALIKE_RUNS = 0.35
ALIKE_WORDS = 0.65
# A text of nothing but stock phrases may share a band with very many: so many are looked at, and so many of
# those, the ones with the most bands in common, are compared.
MAX_LOOKED_AT = 5_000
MAX_CANDIDATES = 300
MAX_SHOWN = 5
# Materialised, for a limit that the planner sees makes it read the whole table in place of the index.
_CANDIDATES = """
WITH alike AS MATERIALIZED (
    SELECT version_id, seller_id, signature, bands FROM listings_textprint WHERE bands && %(bands)s::bigint[]
), others AS (
    SELECT version_id, signature, bands FROM alike WHERE seller_id <> %(seller)s LIMIT %(looked_at)s
)
SELECT version_id, signature FROM others
ORDER BY cardinality(ARRAY(SELECT unnest(bands) INTERSECT SELECT unnest(%(bands)s::bigint[]))) DESC
LIMIT %(candidates)s
"""


@dataclass(frozen=True)
class NearCopy:
    """A version that has much in common with another, and which of the two was first."""

    listing: Listing
    version_id: int
    version_number: int
    sealed_at: datetime.datetime
    likeness: Likeness
    is_earlier: bool

    @property
    def percent(self) -> int:
        return round(100 * max(self.likeness.runs, self.likeness.words))


def near_copies(version: PromptVersion) -> list[NearCopy]:
    """Other sellers' submitted texts that are much like this one, the most alike first."""
    own = TextPrint.objects.filter(version=version).first()
    if own is None:
        return []
    mark = Fingerprint.from_bytes(bytes(own.signature))
    found = []
    for pk, signature in _candidates(own):
        alike = likeness(mark, Fingerprint.from_bytes(bytes(signature)))
        if alike.runs >= ALIKE_RUNS or alike.words >= ALIKE_WORDS:
            found.append((max(alike.runs, alike.words), pk, alike))
    found.sort(reverse=True, key=lambda item: item[:2])
    return _shown({pk: alike for _most, pk, alike in found[:MAX_SHOWN]}, own.sealed_at)


def _candidates(own: TextPrint) -> list[tuple[int, bytes]]:
    asked: dict[str, Any] = {
        "bands": own.bands,
        "seller": own.seller_id,
        "looked_at": MAX_LOOKED_AT,
        "candidates": MAX_CANDIDATES,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, asked)
        found: list[tuple[int, bytes]] = cursor.fetchall()
        return found


def _shown(alike: dict[int, Likeness], sealed_at: datetime.datetime) -> list[NearCopy]:
    versions = PromptVersion.objects.select_related("listing__seller").defer(
        "text", "instructions", "variables", "listing__description", "listing__description_html"
    )
    by_id = versions.in_bulk(list(alike))
    return [
        NearCopy(
            listing=by_id[pk].listing,
            version_id=pk,
            version_number=by_id[pk].number,
            sealed_at=other_sealed_at,
            likeness=found,
            is_earlier=other_sealed_at < sealed_at,
        )
        for pk, found in alike.items()
        if (other_sealed_at := by_id[pk].sealed_at) is not None
    ]
