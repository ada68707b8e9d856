"""Running the rules: what is met becomes findings, what is met no more is closed."""

import datetime
import logging
from collections.abc import Sequence

from django.db import DatabaseError, transaction

from payments.alarms import alarm_raise
from payments.models import Finding, FindingSource
from payments.services.findings import Difference, findings_note, findings_resolve
from payments.services.invariants.registry import INVARIANTS, MOST_NAMED, Invariant, Scope

logger = logging.getLogger(__name__)


def invariants_check(*, since: datetime.datetime | None) -> list[Difference]:
    """Hold every rule against the rows touched since then (all rows, if None), and against open findings.

    Returns what breaks one. People are told of each once; a finding closes when its row keeps the rule again.
    """
    return [each for name in INVARIANTS for each in invariant_check(name=name, since=since)]


def invariant_check(*, name: str, since: datetime.datetime | None) -> list[Difference]:
    """Hold one rule; see invariants_check. A statement that fails is an alarm, and no reason to stop."""
    rule = INVARIANTS[name]
    try:
        with transaction.atomic():
            met, looked_at = _look(rule, since)
    except DatabaseError as error:
        logger.exception("Invariant %s could not be checked", name)
        alarm_raise("invariant_not_checked", subject=name, detail=f"{type(error).__name__}; see the log")
        return []
    findings_note(source=FindingSource.INVARIANT, differences=met, advice=lambda _kind: rule.advice)
    findings_resolve(
        source=FindingSource.INVARIANT, met={(each.kind, each.subject) for each in met}, among=looked_at
    )
    return met


def findings_look_again(findings: Sequence[Finding]) -> int:
    """Hold the rules of these open findings against their rows alone; returns how many are closed by that."""
    closed = 0
    for name in sorted({row.kind for row in findings if row.kind in INVARIANTS}):
        rows = [row for row in findings if row.kind == name and row.resolved_at is None]
        met = INVARIANTS[name].find(Scope(ids=[row.subject.partition(":")[2] for row in rows]))
        closed += findings_resolve(
            source=FindingSource.INVARIANT, met={(each.kind, each.subject) for each in met}, among=rows
        )
    return closed


def _look(rule: Invariant, since: datetime.datetime | None) -> tuple[list[Difference], list[Finding]]:
    """What breaks the rule, and the open findings that were looked at: all of them."""
    is_left_out = rule.only_nightly and since is not None
    met = [] if is_left_out else rule.find(Scope(since=since))
    before = list(Finding.objects.filter(source=FindingSource.INVARIANT, kind=rule.name, resolved_at=None))
    subjects = {each.subject for each in met}
    unseen = [row.subject.partition(":")[2] for row in before if row.subject not in subjects]
    is_partial = since is not None or len(met) == MOST_NAMED
    if unseen and is_partial:
        met = met + rule.find(Scope(ids=unseen))
    return met, before
