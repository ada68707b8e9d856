"""Finding near copies among everything that was ever submitted. No text is read for it."""

import datetime
from dataclasses import dataclass

from listings.models import Listing, PromptVersion, TextPrint
from listings.originality import Fingerprint, Likeness, likeness

# So much in common that a person has to look.
ALIKE_RUNS = 0.35
ALIKE_WORDS = 0.65
# A text of nothing but stock phrases may share a band with very many.
MAX_CANDIDATES = 300
MAX_SHOWN = 5


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
    candidates = TextPrint.objects.filter(bands__overlap=own.bands).exclude(seller=own.seller_id)
    found = []
    for pk, signature in candidates.values_list("pk", "signature")[:MAX_CANDIDATES]:
        alike = likeness(mark, Fingerprint.from_bytes(bytes(signature)))
        if alike.runs >= ALIKE_RUNS or alike.words >= ALIKE_WORDS:
            found.append((max(alike.runs, alike.words), pk, alike))
    found.sort(reverse=True, key=lambda item: item[:2])
    return _shown({pk: alike for _most, pk, alike in found[:MAX_SHOWN]}, own.sealed_at)


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
