"""The automated checks of a submission: run by a task, stored, and acted on where a rule says so.

The row is written with the submission. What is found is worked out with no lock held (a sealed text does not
change) and written under the listing's lock, if the version still waits then.
"""

import secrets
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import translation

from common import clock
from common.attempts import attempt_claim, attempt_failed, due_ids
from listings.lint import Severity, lint
from listings.models import CheckState, DecisionKind, Listing, PromptVersion, ReviewCheck
from listings.queries.impersonation import impersonated_fields
from listings.queries.moderation import versions_waiting
from listings.queries.originality import NearCopy, near_copies
from listings.queries.quality import draft_of
from listings.queries.trust import Trust, trust_in, trust_rule
from listings.reasons import IMPERSONATION, NEAR_COPY, Remark
from listings.services.locks import listing_lock, waiting_version
from listings.services.originality import print_write
from listings.services.problems import problems_of
from listings.services.trail import trail_write
from listings.services.verdicts import verdict_write

WAITING = Q(state=CheckState.QUEUED)
_GRAVE = {Severity.ERROR, Severity.WARNING}


@dataclass(frozen=True)
class Found:
    """What the checks found. `problems` break hard rules, by field, as sentences in the seller's language."""

    findings: list[dict[str, Any]]
    copies: list[NearCopy]
    problems: dict[str, list[str]]
    score: int

    @property
    def is_clear(self) -> bool:
        return not self.copies and all(found["severity"] == Severity.HINT for found in self.findings)


def check_run(*, version_id: int) -> bool:
    """Check one submission, if its turn has come and no rival has it; true when that settled it.

    May run twice, late or never: a claim is a lease, and the end is written only where the check still waits.
    """
    if attempt_claim(ReviewCheck, version_id, waiting=WAITING) is None:
        return False
    try:
        return check_finish(version_id=version_id, found=_look(version_id))
    except Exception as error:
        attempt_failed(ReviewCheck, version_id, error)
        raise


@transaction.atomic
def check_finish(*, version_id: int, found: Found) -> bool:
    """Store what was found, and return or publish where a rule says so. Locks the listing.

    Nothing happens where the check is settled already; one whose version no longer waits becomes `stale`.
    """
    listing = listing_lock(PromptVersion.objects.values_list("listing_id", flat=True).get(pk=version_id))
    check = ReviewCheck.objects.filter(WAITING, version=version_id).first()
    if check is None:
        return False
    version = waiting_version(listing)
    if version is None or version.pk != version_id:
        _settle(check, CheckState.STALE)
        return True
    check.findings, check.score = found.findings, found.score
    check.near_copies = [
        {"version": copy.version_id, "percent": copy.percent, "is_earlier": copy.is_earlier}
        for copy in found.copies
    ]
    if found.problems:
        _settle(check, CheckState.RETURNED)
        _return(listing, version, found)
        return True
    trust = _trust(listing, version, found)
    check.why = trust.why
    if trust.is_given:
        _settle(check, CheckState.PUBLISHED)
        _publish(listing, version, trust)
        return True
    _settle(check, CheckState.PASSED if found.is_clear else CheckState.FLAGGED)
    detail = {"state": check.state, "score": check.score, "why": check.why}
    trail_write(
        actor=None,
        action="check.finished",
        listing=listing,
        before=listing.status,
        version=version.number,
        detail=detail | {"rules": sorted({finding["rule"] for finding in found.findings})},
    )
    return True


def checks_sweep() -> None:
    """Run the checks whose task was lost, and those of submissions that have no row yet."""
    unchecked = versions_waiting().filter(review_check=None).values_list("pk", flat=True)[:200]
    ReviewCheck.objects.bulk_create([ReviewCheck(version_id=pk) for pk in unchecked], ignore_conflicts=True)
    for version_id in due_ids(ReviewCheck, waiting=WAITING):
        check_run(version_id=version_id)


def _look(version_id: int) -> Found:
    version = (
        PromptVersion.objects.select_related("listing__seller__user", "listing__model")
        .prefetch_related("examples")
        .get(pk=version_id)
    )
    listing = version.listing
    print_write(version=version)
    report = lint(draft_of(listing, version))
    copies = near_copies(version)
    findings = [_finding(found.rule, found.severity, found.field, found.place) for found in report.findings]
    if any(copy.is_earlier for copy in copies):
        findings.insert(0, _finding(NEAR_COPY, Severity.ERROR, "prompt"))
    findings[:0] = [_finding(IMPERSONATION, Severity.ERROR, field) for field in impersonated_fields(listing)]
    with translation.override(listing.seller.user.language):
        problems = problems_of(listing, version)
    return Found(findings, copies, problems, report.score)


def _finding(rule: str, severity: str, field: str, place: Any = None) -> dict[str, Any]:
    return {
        "rule": rule,
        "severity": str(severity),
        "field": field,
        "line": place.line if place else None,
        "column": place.column if place else None,
    }


def _trust(listing: Listing, version: PromptVersion, found: Found) -> Trust:
    """Whether the submission skips the queue. Nothing grave may be found; a sample is read."""
    rule = trust_rule()
    trust = trust_in(listing.seller, rule)
    if not trust.is_given:
        return trust
    if listing.published_at is None and not rule.covers_new_listings:
        return Trust(False, "new_listing")
    if hasattr(version, "appeal"):
        return Trust(False, "appealed")
    if not found.is_clear:
        return Trust(False, "findings")
    if secrets.randbelow(100) < rule.sample_percent:
        return Trust(False, "sampled")
    return trust


def _return(listing: Listing, version: PromptVersion, found: Found) -> None:
    remarks = [
        Remark(field=field, text=sentence)
        for field, sentences in found.problems.items()
        for sentence in sentences
    ]
    with translation.override(listing.seller.user.language):
        sentences = [remark.sentence for remark in remarks]
    verdict_write(
        listing=listing,
        version=version,
        moderator=None,
        decision=DecisionKind.REJECT,
        reasons=sentences,
        remarks=remarks,
        via="checks",
    )


def _publish(listing: Listing, version: PromptVersion, trust: Trust) -> None:
    verdict_write(
        listing=listing,
        version=version,
        moderator=None,
        decision=DecisionKind.PUBLISH,
        reasons=[],
        via="trust",
        why=trust.why,
    )


def _settle(check: ReviewCheck, state: str) -> None:
    check.state, check.finished_at = state, clock.now()
    check.save(update_fields=["state", "finished_at", "findings", "near_copies", "score", "why"])
