"""What checks of the books find: kept as rows, told to people once, resolved when it is no longer met."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import audit_record
from common import clock
from common.errors import Conflict
from common.money import format_money
from payments.alarms import alarm_tell
from payments.models import Finding, FindingSource

# A mail names so many; the admin shows all.
NAMED_IN_MAIL = 10
SEEN_FIELDS = (
    *("times_seen", "last_seen_at", "detail", "expected_amount", "found_amount"),
    *("closed_at", "closed_by", "alarmed_at"),
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Something in the books that should not be, as a check meets it. Amounts in minor units."""

    kind: str
    subject: str
    detail: str
    expected_amount: int | None = None
    found_amount: int | None = None


def findings_note(
    *, source: FindingSource, differences: Sequence[Difference], advice: Callable[[str], str]
) -> list[Finding]:
    """Keep differences that are certain as open findings, and tell people of those not told before.

    One mail per kind and call, with `advice(kind)`: what to do. A finding stays one row, and one mail, for as
    long as it is met. One that staff closed is open again, and told again, once its facts are others. Locks
    the findings.
    """
    by_key = {(each.kind, each.subject[:160]): each for each in differences}
    now = clock.now()
    with transaction.atomic():
        known = {(row.kind, row.subject): row for row in _open(source, {kind for kind, _ in by_key})}
        for key, row in known.items():
            if key in by_key:
                row.times_seen, row.last_seen_at = row.times_seen + 1, now
                before = row.facts
                _describe(row, by_key[key])
                if row.closed_at and row.facts != before:
                    row.closed_at = row.closed_by = row.alarmed_at = None
        Finding.objects.bulk_update([row for key, row in known.items() if key in by_key], SEEN_FIELDS)
        new = [_row(source, each, now) for key, each in by_key.items() if key not in known]
        # A rival check may be noting the same at this moment.
        Finding.objects.bulk_create(new, ignore_conflicts=True)
        found = [row for row in _open(source, {kind for kind, _ in by_key}) if _key(row) in by_key]
        _tell(found, advice)
    return found


def findings_resolve(
    *, source: FindingSource, met: Collection[tuple[str, str]], among: Iterable[Finding]
) -> int:
    """Close those of `among` (open findings that were looked at again) whose kind and subject are not met."""
    gone = [row.pk for row in among if (row.kind, row.subject) not in met]
    still_open = Finding.objects.filter(source=source, pk__in=gone, resolved_at=None)
    return still_open.update(resolved_at=clock.now())


def finding_close(*, finding: Finding, by: User, note: str) -> None:
    """Nothing more is to be done about it, as the note says. Locks the finding; audited.

    Raises Conflict (`finding_not_open`).
    """
    with transaction.atomic():
        finding = _decidable(finding, is_closed=False)
        finding.closed_at, finding.closed_by, finding.closed_note = clock.now(), by, note[:500]
        finding.save(update_fields=["closed_at", "closed_by", "closed_note"])
        audit_record(actor=by, action="finding.closed", subject=finding, detail=_on_record(finding))


def finding_reopen(*, finding: Finding, by: User) -> None:
    """It was closed by a slip. Locks the finding; audited. Raises Conflict (`finding_not_closed`)."""
    with transaction.atomic():
        finding = _decidable(finding, is_closed=True)
        audit_record(actor=by, action="finding.reopened", subject=finding, detail=_on_record(finding))
        finding.closed_at, finding.closed_by = None, None
        finding.save(update_fields=["closed_at", "closed_by"])


def _decidable(finding: Finding, *, is_closed: bool) -> Finding:
    finding = Finding.objects.select_for_update(of=("self",)).get(pk=finding.pk)
    if finding.resolved_at is None and (finding.closed_at is not None) == is_closed:
        return finding
    if is_closed:
        raise Conflict(_("This finding is not closed."), code="finding_not_closed")
    raise Conflict(_("This finding is not open any more."), code="finding_not_open")


def _on_record(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "subject": finding.subject,
        "detail": finding.detail,
        "note": finding.closed_note,
    }


def _open(source: FindingSource, kinds: Collection[str]) -> list[Finding]:
    rows = Finding.objects.select_for_update().filter(source=source, kind__in=kinds, resolved_at=None)
    return list(rows.order_by("pk"))


def _key(row: Finding) -> tuple[str, str]:
    return row.kind, row.subject


def _row(source: FindingSource, difference: Difference, now: object) -> Finding:
    row = Finding(source=source, kind=difference.kind, subject=difference.subject[:160])
    row.first_seen_at = row.last_seen_at = now  # type: ignore[assignment]
    _describe(row, difference)
    return row


def _describe(row: Finding, difference: Difference) -> None:
    row.detail = difference.detail[:500]
    row.expected_amount, row.found_amount = difference.expected_amount, difference.found_amount


def _tell(found: Sequence[Finding], advice: Callable[[str], str]) -> None:
    untold: dict[str, list[Finding]] = defaultdict(list)
    for row in found:
        if row.alarmed_at is None:
            untold[row.kind].append(row)
    for kind, rows in untold.items():
        alarm_tell(kind, subject=f"finding:{rows[0].pk}", detail=_mail(rows, advice(kind)))
    Finding.objects.filter(pk__in=[row.pk for rows in untold.values() for row in rows]).update(
        alarmed_at=clock.now()
    )


def _mail(rows: Sequence[Finding], advice: str) -> str:
    lines = [f"- {row.subject}: {row.detail}{amounts_in_words(row)}" for row in rows[:NAMED_IN_MAIL]]
    if len(rows) > NAMED_IN_MAIL:
        lines.append(f"- and {len(rows) - NAMED_IN_MAIL} more")
    still_open = f"resolved_at__isempty=1&closed_at__isempty=1&kind={rows[0].kind}"
    link = f"{settings.PUBLIC_URL}/admin/payments/finding/?{still_open}"
    return "\n".join([*lines, "", f"What to do: {advice}", "", link])


def amounts_in_words(row: Difference | Finding) -> str:
    """What was expected and found, for mails and terminals; empty where it is not about an amount."""
    if row.expected_amount is None or row.found_amount is None:
        return ""
    expected, found = (format_money(each, language="en") for each in (row.expected_amount, row.found_amount))
    return f" (expected {expected}, found {found})"
