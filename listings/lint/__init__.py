"""The quality assistant: fixed rules that read a listing as a careful buyer and a moderator would.

Pure and deterministic: the same draft gives the same report. Rules inform; what refuses a submission is in
`listings.services.problems`. Each rule has a stable id, a severity and a short lesson; docs/quality.md lists
them.
"""

from listings.lint import example_rules, prompt_rules, public_rules, safety_rules  # noqa: F401 - register rules
from listings.lint.report import Finding, Report, lint
from listings.lint.rules import RULES, Draft, Example, Rule, Severity
from listings.lint.tokens import estimated_tokens

__all__ = [
    "RULES",
    "Draft",
    "Example",
    "Finding",
    "Report",
    "Rule",
    "Severity",
    "estimated_tokens",
    "lint",
]
