"""The quality assistant beside the editor: what it says of the listing as it is typed, and where that is."""

from dataclasses import dataclass

from listings.lint import Draft, Example, Finding, Report, lint
from listings.queries.quality import model_facts
from marketplace.pages.selling_form import ListingEditor, example_rows

# Where a finding's field is on the page, if not at the input of its name.
_HREFS = {"variables": "#variables", "examples": "#examples", "prompt": "#id_prompt"}


@dataclass(frozen=True)
class Advice:
    """One finding with the address of what it speaks of."""

    finding: Finding
    href: str


@dataclass(frozen=True)
class Quality:
    """The panel: a score out of 100, the share of the prompt that is public, and what to do."""

    report: Report
    advice: list[Advice]

    @property
    def given_away_percent(self) -> int:
        return round(self.report.given_away * 100)


def quality_of(editor: ListingEditor) -> Quality | None:
    """What the assistant says; nothing while there is no prompt to speak of."""
    if not editor.prompt.strip():
        return None
    report = lint(_draft(editor))
    return Quality(report, [Advice(finding, _href(finding.field)) for finding in report.findings])


def _draft(editor: ListingEditor) -> Draft:
    data = editor.data
    return Draft(
        title=data.get("title", ""),
        summary=data.get("summary", ""),
        description=data.get("description", ""),
        language=data.get("language", ""),
        prompt=editor.prompt,
        instructions=data.get("instructions", ""),
        variables=tuple(editor.variables),
        examples=tuple(_example(row) for row in example_rows(data) if any(row.values())),
        **model_facts(str(editor.listing["model"].value())),
    )


def _example(row: dict[str, str]) -> Example:
    values = {name.removeprefix("value-"): row[name] for name in row if name.startswith("value-")}
    return Example(values, row.get("output", "") or row.get("picture_alt", ""))


def _href(field: str) -> str:
    return _HREFS.get(field.split(".")[0], f"#id_{field}")
