"""Reading proposed changes of public text: what waits, what a seller is writing, what would change."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from listings.diffing import DiffLine, text_diff
from listings.models import Category, ListingRevision, ListingStatus, RevisionStatus, TargetModel
from listings.models.listing import License, Listing
from listings.models.revision import OPEN_REVISION

LABELS = {
    "title": _("Title"),
    "summary": _("One-line summary"),
    "description": _("Description"),
    "model": _("Model"),
    "category": _("Category"),
    "tags": _("Tags"),
    "license": _("Licence"),
    "language": _("Language of the prompt"),
}


@dataclass(frozen=True)
class FieldChange:
    """One field of the public text: the old and the new value as people read them, and the lines between."""

    field: str
    label: str
    before: str
    after: str
    lines: list[DiffLine]


@dataclass(frozen=True)
class Proposal:
    """New public text beside the one on sale. `reasons`: why the last went back, until it is sent again."""

    revision: ListingRevision
    reasons: list[str]

    @property
    def is_waiting(self) -> bool:
        return self.revision.status == RevisionStatus.WAITING


def revisions_waiting() -> QuerySet[ListingRevision]:
    """Proposed public text that no moderator has judged, of listings that can be sold; the oldest first."""
    return (
        ListingRevision.objects.filter(
            status=RevisionStatus.WAITING,
            listing__status__in=(ListingStatus.PUBLISHED, ListingStatus.UNLISTED),
        )
        .select_related("listing__seller", "listing__model", "listing__category")
        .order_by("submitted_at", "pk")
    )


def proposals_of(listings: Iterable[Listing]) -> dict[int, Proposal]:
    """By listing id, what is being written or waits."""
    rows = ListingRevision.objects.filter(listing__in=listings).exclude(status=RevisionStatus.WITHDRAWN)
    found: dict[int, Proposal] = {}
    reasons: dict[int, list[str]] = {}
    for row in rows.order_by("pk"):
        if row.status in OPEN_REVISION:
            was_returned = row.status == RevisionStatus.DRAFT
            found[row.listing_id] = Proposal(row, reasons.get(row.listing_id, []) if was_returned else [])
        reasons[row.listing_id] = row.reasons
    return found


def revision_changes(revision: ListingRevision, current: dict[str, Any]) -> list[FieldChange]:
    """What `revision` changes, field by field, in the form's order. Until it is proposed `current` is the
    other side: the public text as it stands.
    """
    before = current if revision.status == RevisionStatus.DRAFT else revision.before
    changes = []
    for name, label in LABELS.items():
        if name in revision.fields:
            old, new = _words(name, before[name]), _words(name, revision.fields[name])
            changes.append(FieldChange(name, str(label), old, new, text_diff(old, new)))
    return changes


def _words(name: str, value: Any) -> str:
    if name == "tags":
        return ", ".join(value)
    if name == "license":
        return str(dict(License.choices).get(value, value))
    if name in ("model", "category"):
        rows: type[TargetModel] | type[Category] = TargetModel if name == "model" else Category
        row = rows.objects.filter(slug=value).first()
        return str(row) if row else str(value)
    return str(value)
