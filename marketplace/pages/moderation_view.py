"""What a moderator sees of one submission: the text by lines with what was found at each, and beside it what
it is to be compared with. All of it was worked out when the submission came in.
"""

from dataclasses import dataclass, field

from accounts.models import User
from listings.diffing import DiffLine, text_diff
from listings.lint import Severity
from listings.models import Appeal, ExampleOutput, Listing, PromptVersion, ReviewCheck
from listings.reasons import REASONS, Reason, field_words, reasons_for, rule_title
from listings.services.sources import sources_beside
from listings.services.versions import variables_of
from listings.templating import TemplateVariable
from marketplace.pages.version_diffs import version_diffs

MARKED_FIELDS = ("prompt", "instructions", "description")
TONES = {Severity.ERROR: "is-error", Severity.WARNING: "is-warning", Severity.HINT: "is-info"}


@dataclass(frozen=True)
class Found:
    """One finding of the checks. `key` names it in the form."""

    key: str
    rule: str
    title: str
    place: str
    tone: str
    is_grave: bool


@dataclass(frozen=True)
class Line:
    """One line of a text. `key` is “prompt:3”; `titles` are the rules that apply there."""

    key: str
    number: int
    text: str
    titles: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Text:
    field: str
    label: str
    lines: list[Line]


@dataclass(frozen=True)
class Beside:
    """A near copy: whose, since when, and the lines that differ, its own first."""

    version: PromptVersion
    percent: int
    is_earlier: bool
    lines: list[DiffLine]


@dataclass(frozen=True)
class Submission:
    """`suggested` are the ready reasons that answer to what was found, `others` the rest."""

    listing: Listing
    version: PromptVersion
    check: ReviewCheck | None
    appeal: Appeal | None
    findings: list[Found]
    texts: list[Text]
    variables: list[TemplateVariable]
    examples: list[ExampleOutput]
    beside: list[Beside]
    changes: list[tuple[str, list[DiffLine]]]
    suggested: list[Reason]
    others: list[Reason]

    @property
    def needs_a_second_look(self) -> bool:
        """Whether publishing asks for a word that the findings were seen: it cannot be taken back."""
        is_open = self.check is None or self.check.is_running
        return is_open or bool(self.beside) or any(found.is_grave for found in self.findings)


def submission_of(version: PromptVersion, moderator: User) -> Submission:
    """The page of a version that `version_source` has read for this moderator."""
    check = getattr(version, "review_check", None)
    raw = check.findings if check else []
    suggested = reasons_for(found["rule"] for found in raw)
    others = sources_beside(version=version, reader=moderator)
    texts = {
        "prompt": version.text,
        "instructions": version.instructions,
        "description": version.listing.description,
    }
    return Submission(
        listing=version.listing,
        version=version,
        check=check,
        appeal=getattr(version, "appeal", None),
        findings=[_found(number, found) for number, found in enumerate(raw)],
        texts=[_text(name, texts[name], raw) for name in MARKED_FIELDS if texts[name].strip()],
        variables=variables_of(version),
        examples=list(version.examples.all()),
        beside=_beside(version, check, others),
        changes=_changes(version, others),
        suggested=[REASONS[name] for name in suggested],
        others=[reason for name, reason in REASONS.items() if name not in suggested],
    )


def _found(number: int, raw: dict[str, object]) -> Found:
    severity = Severity(str(raw["severity"]))
    words = field_words(str(raw["field"]))
    place = f"{words} {raw['line']}:{raw['column']}" if raw["line"] else words
    return Found(
        key=str(number),
        rule=str(raw["rule"]),
        title=rule_title(str(raw["rule"])),
        place=place,
        tone=TONES[severity],
        is_grave=severity == Severity.ERROR,
    )


def _text(name: str, text: str, raw: list[dict[str, object]]) -> Text:
    titles: dict[object, list[str]] = {}
    for found in raw:
        if found["field"] == name and found["line"]:
            titles.setdefault(found["line"], []).append(rule_title(str(found["rule"])))
    lines = [
        Line(f"{name}:{number}", number, line, titles.get(number, []))
        for number, line in enumerate(text.split("\n"), 1)
    ]
    return Text(name, field_words(name), lines)


def _beside(
    version: PromptVersion, check: ReviewCheck | None, others: dict[int, PromptVersion]
) -> list[Beside]:
    copies = check.near_copies if check else []
    return [
        Beside(other, copy["percent"], copy["is_earlier"], text_diff(other.text, version.text))
        for copy in copies
        if (other := others.get(copy["version"])) is not None
    ]


def _changes(version: PromptVersion, others: dict[int, PromptVersion]) -> list[tuple[str, list[DiffLine]]]:
    before = others.get(version.listing.published_version_id or 0)
    return version_diffs(before, version) if before is not None else []
