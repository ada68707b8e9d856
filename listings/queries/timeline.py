"""A listing's story out of the audit log: in full for moderators, without their names for its seller."""

import datetime
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEntry
from listings.models import Listing

TITLES: dict[str, str | Promise] = {
    "listing.submitted": _("Submitted"),
    "listing.withdrawn": _("Withdrawn"),
    "check.finished": _("Checked automatically"),
    "listing.publish": _("Published"),
    "listing.reject": _("Returned"),
    "decision.undone": _("Decision taken back"),
    "appeal.opened": _("Appeal made"),
    "listing.unlisted": _("Taken off sale"),
    "listing.published": _("Put on sale again"),
    "listing.removed": _("Removed"),
    "takedown.made": _("Taken down"),
    "takedown.countered": _("Counter-notice sent"),
    "takedown.restored": _("Restored"),
    "takedown.upheld": _("Takedown confirmed"),
}
# Who decided, where it was no person.
_BY: dict[str, str | Promise] = {
    "checks": _("by the automated checks"),
    "trust": _("by the rule of trust"),
}
MOST_SHOWN = 50


@dataclass(frozen=True)
class Step:
    """One entry. `actor` is for moderators alone; `words` are reasons, and what a takedown says."""

    at: datetime.datetime
    action: str
    title: str | Promise
    version: int | None
    by: str | Promise
    actor: str
    words: list[str] = field(default_factory=list)
    is_appeal: bool = False


def timeline_of(listing: Listing) -> list[Step]:
    """What happened to a listing, the latest first; never a text. One statement."""
    entries = AuditEntry.objects.filter(
        subject_type="listing", subject_id=str(listing.pk), action__in=TITLES
    ).select_related("actor")
    return [_step(entry) for entry in entries.order_by("-created_at", "-pk")[:MOST_SHOWN]]


def _step(entry: AuditEntry) -> Step:
    detail = entry.detail
    words = detail.get("reasons", [])
    words = words if isinstance(words, list) else []
    if told := detail.get("words"):
        words = [*words, told]
    return Step(
        at=entry.created_at,
        action=entry.action,
        title=TITLES[entry.action],
        version=detail.get("version"),
        by=_BY.get(detail.get("via", ""), ""),
        actor=entry.actor.display_name if entry.actor else "",
        words=words,
        is_appeal="appeal" in detail,
    )
