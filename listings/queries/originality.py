"""Finding near copies among everything that was ever submitted. No text is read for it."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from common import clock
from listings.models import Listing, PromptVersion, TextPrint
from listings.originality import Fingerprint, Likeness, fingerprint, likeness

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
    return [] if own is None else _near_copies(version, _mark(own.signature), until=own.sealed_at)


def near_copies_of_draft(version: PromptVersion) -> list[NearCopy]:
    """The same for a text that is not submitted yet."""
    mark = fingerprint(version.text)
    return [] if mark is None else _near_copies(version, mark, until=clock.now())


def texts_of(version_ids: Iterable[int]) -> dict[int, PromptVersion]:
    """Versions by their ids, with listing and seller, and without what is secret."""
    versions = PromptVersion.objects.select_related("listing__seller").defer(
        "text", "instructions", "variables", "listing__description", "listing__description_html"
    )
    return versions.in_bulk(list(version_ids))


def _near_copies(version: PromptVersion, mark: Fingerprint, *, until: datetime.datetime) -> list[NearCopy]:
    """Whoever changes their own listing was there as early as its first version that is as much alike."""
    marks = _alike(mark, seller_id=version.listing.seller_id)
    texts = texts_of(marks)
    own = TextPrint.objects.filter(version__listing=version.listing_id, sealed_at__lt=until) if marks else []
    history = [(print.sealed_at, _mark(print.signature)) for print in own]
    found = []
    for pk, other in marks.items():
        sealed_at = texts[pk].sealed_at
        if sealed_at is None:
            continue
        since = min((at for at, mine in history if _is_alike(likeness(mine, other))), default=until)
        found.append(
            NearCopy(
                listing=texts[pk].listing,
                version_id=pk,
                version_number=texts[pk].number,
                sealed_at=sealed_at,
                likeness=likeness(mark, other),
                is_earlier=sealed_at < since,
            )
        )
    return found


def _alike(mark: Fingerprint, *, seller_id: int) -> dict[int, Fingerprint]:
    """Others' versions that have much in common with `mark`, the most alike first."""
    found = []
    for pk, signature in _candidates(mark.bands, seller_id):
        other = _mark(signature)
        alike = likeness(mark, other)
        if _is_alike(alike):
            found.append((max(alike.runs, alike.words), pk, other))
    found.sort(reverse=True, key=lambda item: item[:2])
    return {pk: other for _most, pk, other in found[:MAX_SHOWN]}


def _is_alike(alike: Likeness) -> bool:
    return alike.runs >= ALIKE_RUNS or alike.words >= ALIKE_WORDS


def _mark(signature: bytes | memoryview) -> Fingerprint:
    return Fingerprint.from_bytes(bytes(signature))


def _candidates(bands: Sequence[int], seller_id: int) -> list[tuple[int, bytes]]:
    asked: dict[str, Any] = {
        "bands": list(bands),
        "seller": seller_id,
        "looked_at": MAX_LOOKED_AT,
        "candidates": MAX_CANDIDATES,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, asked)
        found: list[tuple[int, bytes]] = cursor.fetchall()
        return found
