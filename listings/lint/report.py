"""All rules over one draft: findings in order of weight, and a score."""

from dataclasses import dataclass

from django.utils.functional import Promise

from listings.lint.rules import RULES, Draft, Severity
from listings.lint.words import share_given_away
from listings.templating import Place

_ORDER = [Severity.ERROR, Severity.WARNING, Severity.HINT]
# What the first finding of a rule costs; further ones of the same rule cost nothing more.
_COSTS = {Severity.ERROR: 25, Severity.WARNING: 8, Severity.HINT: 3}


@dataclass(frozen=True)
class Finding:
    """One thing to put right: which rule, where, and what to do."""

    rule: str
    severity: Severity
    title: str | Promise
    lesson: str | Promise
    field: str
    message: str
    place: Place | None


@dataclass(frozen=True)
class Report:
    """`score` is 100 when no rule applies. `given_away` is the share of the prompt that is public, 0 to 1."""

    findings: tuple[Finding, ...]
    score: int
    given_away: float

    @property
    def is_clean(self) -> bool:
        return not self.findings


def lint(draft: Draft) -> Report:
    """Every finding, the gravest first, and within a severity in the order of the table of rules."""
    findings = [
        Finding(rule.id, rule.severity, rule.title, rule.lesson, hit.field, hit.message, hit.place)
        for rule in RULES.values()
        for hit in rule.check(draft)
    ]
    findings.sort(key=lambda finding: _ORDER.index(finding.severity))
    costs = {finding.rule: _COSTS[finding.severity] for finding in findings}
    public = "\n".join(draft.public_texts.values())
    return Report(tuple(findings), max(0, 100 - sum(costs.values())), share_given_away(draft.prompt, public))
