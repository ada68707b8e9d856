"""Bringing prompts in from a file, as drafts of one seller."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import SellerProfile
from common.errors import DomainError
from listings.lint import Draft, Example, lint
from listings.models import ImportedPrompt, ImportOutcome, Listing
from listings.queries.quality import model_facts
from listings.services.copies import copied_from
from listings.services.drafts import ListingInput, listing_create
from listings.services.import_fields import row_body, row_input, row_text, row_title
from listings.services.prompt_files import PromptRow
from listings.services.texts import text_hash
from listings.templating import TemplateVariable, fit_variables
from listings.vocabulary import vocabulary_ensure

TITLE_SHOWN = 80


@dataclass(frozen=True)
class RowResult:
    """What became of a row: the line it begins on, its title, why it was left out, its score.

    `text_hash` is set if later rows with the same text are copies of this one.
    """

    line: int
    title: str
    outcome: ImportOutcome
    reason: str = ""
    score: int | None = None
    text_hash: str = ""
    listing: Listing | None = field(default=None, compare=False)


@dataclass
class ImportReport:
    """Every row of a file, in order."""

    results: list[RowResult] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return len(self.results)

    @property
    def new(self) -> int:
        return len(self.of(ImportOutcome.NEW))

    @property
    def already(self) -> int:
        return len(self.of(ImportOutcome.ALREADY))

    @property
    def copies(self) -> list[RowResult]:
        return self.of(ImportOutcome.COPY)

    @property
    def refused(self) -> list[RowResult]:
        return self.of(ImportOutcome.REFUSED)

    def of(self, outcome: ImportOutcome) -> list[RowResult]:
        return [result for result in self.results if result.outcome == outcome]


def prompts_import(
    *,
    rows: Iterable[PromptRow],
    seller: SellerProfile,
    dry_run: bool = False,
    progress: Callable[[ImportReport], None] = lambda _report: None,
) -> ImportReport:
    """Make a draft of each row; a row that cannot be taken is reported and the others go in.

    Each row is a transaction of its own, so that an interrupted run loses nothing and the next one
    continues; in a dry run each is rolled back. What this seller imported before, even if edited since, is
    left out, and so are copies of an earlier row, of the seller's own prompts, and of what another seller
    submitted. Who contributed a row is not kept: nobody's name is published without being asked.
    """
    report = ImportReport()
    vocabulary_ensure()
    taker = RowTaker(seller=seller, dry_run=dry_run)
    for row in rows:
        report.results.append(taker.take(row))
        progress(report)
    return report


@dataclass
class RowTaker:
    """Takes the rows of one file. `seen` has the texts of its earlier rows, by hash, with their lines."""

    seller: SellerProfile
    dry_run: bool
    seen: dict[str, int] = field(default_factory=dict)
    _facts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def take(self, row: PromptRow) -> RowResult:
        """Make the row's draft in a transaction of its own, which a dry run rolls back."""
        title = row_title(row)[:TITLE_SHOWN]
        try:
            result = self._taken(row, title)
        except _Copy as copy:
            return RowResult(row.line, title, ImportOutcome.COPY, str(copy))
        except DomainError as error:
            return RowResult(row.line, title, ImportOutcome.REFUSED, _reason(error))
        self.seen[result.text_hash] = row.line
        return result

    def _taken(self, row: PromptRow, title: str) -> RowResult:
        body = row_body(row)
        text, variables = row_text(row, body)
        stored_hash, source_hash = text_hash(text), text_hash(body)
        if stored_hash in self.seen:
            raise _Copy(_("The same text as the row on line %(line)d.") % {"line": self.seen[stored_hash]})
        if ImportedPrompt.objects.filter(seller=self.seller, text_hash=source_hash).exists():
            return RowResult(row.line, title, ImportOutcome.ALREADY, text_hash=stored_hash)
        _refuse_copy(stored_hash, self.seller)
        data = row_input(row, text, variables)
        with transaction.atomic():
            listing = listing_create(seller=self.seller, data=data)
            ImportedPrompt.objects.create(seller=self.seller, listing=listing, text_hash=source_hash)
            transaction.set_rollback(self.dry_run)
        return RowResult(
            row.line,
            title,
            ImportOutcome.NEW,
            score=lint(self._draft(data)).score,
            text_hash=stored_hash,
            listing=None if self.dry_run else listing,
        )

    def _draft(self, data: ListingInput) -> Draft:
        if data.model not in self._facts:
            self._facts[data.model] = model_facts(data.model)
        declared = [TemplateVariable.from_dict(raw) for raw in data.variables or []]
        return Draft(
            title=data.title,
            summary=data.summary,
            description=data.description,
            language=data.language,
            prompt=data.prompt,
            instructions=data.instructions,
            variables=tuple(fit_variables(data.prompt, declared)),
            examples=tuple(
                Example(raw.get("values", {}), raw.get("output_text", "")) for raw in data.examples
            ),
            **self._facts[data.model],
        )


class _Copy(Exception):
    """The row's text is here already; the message says where."""


def _refuse_copy(stored_hash: str, seller: SellerProfile) -> None:
    copied = copied_from(stored_hash, seller)
    if copied is not None:
        raise _Copy(copied.sentence)


def _reason(error: DomainError) -> str:
    """Every field that is wrong, as one sentence; never what the prompt says."""
    parts = [f"{name}: {' '.join(map(str, messages))}" for name, messages in error.errors.items()]
    return "; ".join(parts) or str(error)
