"""Bringing prompts in from a file, as drafts of one seller."""

import re
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import SellerProfile
from common.errors import DomainError, InvalidInput
from listings.models import Category, ImportedPrompt, PromptVersion, TargetModel
from listings.services.drafts import ListingInput, listing_create
from listings.services.prompt_files import PromptRow
from listings.services.texts import clean_text, text_hash
from listings.templating import normalise_syntaxes
from listings.vocabulary import OTHER, vocabulary_ensure

DEFAULT_PRICE_AMOUNT = 499
DEVELOPERS_TAG = "developers"
MODEL_BY_TYPE = {
    "": "chatgpt",
    "TEXT": "chatgpt",
    "STRUCTURED": "chatgpt",
    "IMAGE": "midjourney",
    "VIDEO": "sora",
}
_CENTS = re.compile(r"[0-9]{1,9}")
_DOLLARS = re.compile(r"\$?([0-9]{1,7})(?:\.([0-9]{2}))?")


@dataclass(frozen=True)
class RowIssue:
    """A row that was left out: the line it begins on, its title, and why."""

    line: int
    title: str
    reason: str


@dataclass
class ImportReport:
    new: int = 0
    already: int = 0
    copies: list[RowIssue] = field(default_factory=list)
    refused: list[RowIssue] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return self.new + self.already + len(self.copies) + len(self.refused)


def prompts_import(
    *,
    rows: Iterable[PromptRow],
    seller: SellerProfile,
    dry_run: bool = False,
    progress: Callable[[ImportReport], None] = lambda _report: None,
) -> ImportReport:
    """Make a draft of each row; a row that cannot be taken is reported and the others go in.

    Each row is a transaction of its own, so that an interrupted run loses nothing and the next one continues;
    a dry run is one that is rolled back. What this seller imported before, even if edited since, is left out,
    and so are copies of an earlier row, of the seller's own prompts, and of what another seller submitted.
    Who contributed a row is not kept: nobody's name is published without being asked.
    """
    report = ImportReport()
    seen: dict[str, int] = {}
    with transaction.atomic() if dry_run else nullcontext():
        vocabulary_ensure()
        for row in rows:
            _row_import(row, seller, seen, report)
            progress(report)
        if dry_run:
            transaction.set_rollback(True)
    return report


def _row_import(row: PromptRow, seller: SellerProfile, seen: dict[str, int], report: ImportReport) -> None:
    title = row.fields.get("act")
    title = " ".join(clean_text(title).split()) if isinstance(title, str) else ""
    try:
        body = _body(row)
        text, variables = normalise_syntaxes(body)
        stored_hash, source_hash = text_hash(text), text_hash(body)
        if stored_hash in seen:
            raise _Copy(_("The same text as the row on line %(line)d.") % {"line": seen[stored_hash]})
        if ImportedPrompt.objects.filter(seller=seller, text_hash=source_hash).exists():
            report.already += 1
        else:
            _refuse_copy(stored_hash, seller)
            data = _listing_input(row.fields, title, text, [variable.to_dict() for variable in variables])
            with transaction.atomic():
                listing = listing_create(seller=seller, data=data)
                ImportedPrompt.objects.create(seller=seller, listing=listing, text_hash=source_hash)
            report.new += 1
        seen[stored_hash] = row.line
    except _Copy as copy:
        report.copies.append(RowIssue(row.line, title[:80], str(copy)))
    except DomainError as error:
        report.refused.append(RowIssue(row.line, title[:80], _reason(error)))


class _Copy(Exception):
    """The row's text is here already; the message says where."""


def _refuse_copy(stored_hash: str, seller: SellerProfile) -> None:
    same = PromptVersion.objects.filter(text_hash=stored_hash)
    own = same.filter(listing__seller=seller).select_related("listing").defer("text", "instructions").first()
    if own is not None:
        raise _Copy(_("The same text as your prompt “%(title)s”.") % {"title": own.listing.title})
    if same.filter(sealed_at__isnull=False).exists():
        raise _Copy(_("Another seller offers this very text."))


def _body(row: PromptRow) -> str:
    if row.fault:
        raise InvalidInput.of("file", row.fault)
    body = row.fields.get("prompt")
    if not isinstance(body, str) or not body.strip():
        raise InvalidInput.of("prompt", _("Write the prompt."))
    return clean_text(body).strip()


def _listing_input(
    fields: dict[str, Any], title: str, text: str, variables: list[dict[str, Any]]
) -> ListingInput:
    tags = fields.get("tags") or []
    tags = re.split(r"[,;|]", tags) if isinstance(tags, str) else list(tags) if isinstance(tags, list) else []
    if str(fields.get("for_devs", "")).strip().lower() in {"true", "1", "yes"}:
        tags.append(DEVELOPERS_TAG)
    kind = str(fields.get("type") or "").strip().upper()
    return ListingInput(
        title=title,
        description=str(fields.get("description") or ""),
        model=_slug(fields.get("model"), TargetModel) or MODEL_BY_TYPE.get(kind, OTHER),
        category=_slug(fields.get("category"), Category) or OTHER,
        tags=tags,
        price_amount=_price(fields.get("price")),
        prompt=text,
        variables=variables,
    )


def _slug(value: object, rows: type[TargetModel] | type[Category]) -> str:
    """A model or category given by its slug or name; an unknown word is left for the draft's own check."""
    word = value.strip() if isinstance(value, str) else ""
    named = rows.objects.filter(name__iexact=word).values_list("slug", flat=True).first() if word else None
    return named or word.lower()


def _price(value: object) -> int:
    """Cents as a whole number (499) or dollars with cents ($4.99); empty is the default price."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = str(value if value is not None else "").strip().lower()
    if not text:
        return DEFAULT_PRICE_AMOUNT
    if text == "free" or _CENTS.fullmatch(text):
        return 0 if text == "free" else int(text)
    dollars = _DOLLARS.fullmatch(text)
    if dollars is None:
        raise InvalidInput.of("price", _("Write the price in cents (499) or in dollars ($4.99)."))
    return int(dollars[1]) * 100 + int(dollars[2] or 0)


def _reason(error: DomainError) -> str:
    """Every field that is wrong, as one sentence; never what the prompt says."""
    parts = [f"{name}: {' '.join(map(str, messages))}" for name, messages in error.errors.items()]
    return "; ".join(parts) or str(error)
