"""What happened to a listing, in the audit log: who, what, from where to where, and why."""

from collections.abc import Mapping
from typing import Any

from accounts.models import AuditEntry, User
from accounts.services import audit_record
from listings.models import Listing


def trail_write(
    *,
    actor: User | None,
    action: str,
    listing: Listing,
    before: str,
    version: int | None = None,
    detail: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """One entry on `listing`, whose status is the `after`. No actor means the system. No text, no secret."""
    facts: dict[str, Any] = {"before": before, "after": listing.status}
    if version is not None:
        facts["version"] = version
    return audit_record(actor=actor, action=action, subject=listing, detail=facts | dict(detail or {}))
