"""Reading prompt files: CSV with the header of the well-known public collection, or JSON Lines.

Columns: act, prompt; and optionally for_devs, type, contributor, price, model, category, tags, description.
Our own exports have more (see listings.services.exporting): with `variables`, the prompt is in our template
language.
"""

import codecs
import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from django.utils.translation import gettext as _

from common.errors import InvalidInput
from common.spreadsheets import formula_unguard

REQUIRED_COLUMNS = ("act", "prompt")
OWN_COLUMN = "variables"
MAX_FIELD_BYTES = 10_000_000
_JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")
_DELIMITERS = ",;\t"
_START_BYTES = 4096


@dataclass(frozen=True)
class PromptRow:
    """One row and the line of the file it begins on; with a fault, a row that could not be read."""

    line: int
    fields: dict[str, Any] = field(default_factory=dict)
    fault: str = ""

    @property
    def is_own(self) -> bool:
        """Whether it comes from an export of ours, whose prompts need no blanks recognised."""
        return self.fields.get(OWN_COLUMN) not in (None, "")


def prompt_rows(path: Path) -> Iterator[PromptRow]:
    """The rows of a file, read as they are asked for. Raises InvalidInput if it is no prompt file."""
    try:
        with path.open("rb") as file:
            yield from rows_read(file, name=path.name)
    except OSError as error:
        raise InvalidInput.of("file", f"{path}: {error.strerror}") from error


def rows_read(file: BinaryIO, *, name: str) -> Iterator[PromptRow]:
    """The same of an open file; `name` tells JSON Lines from CSV, or else what stands first in it does."""
    start = file.read(_START_BYTES)
    file.seek(0)
    encoding = _encoding(start)
    head = start.decode(encoding, errors="replace").lstrip()
    is_json = name.lower().endswith(_JSON_SUFFIXES) or head.startswith("{")
    text = io.TextIOWrapper(file, encoding=encoding, errors="surrogateescape", newline="")
    try:
        for row in _read_json_lines(text) if is_json else _read_csv(text, _delimiter(head)):
            yield _checked(row)
    except UnicodeError as error:
        raise InvalidInput.of("file", _("The file is not UTF-8 text.")) from error
    finally:
        text.detach()


def _encoding(start: bytes) -> str:
    return "utf-16" if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"


def _delimiter(head: str) -> str:
    """What parts the columns of the first line: spreadsheets write semicolons in half of Europe."""
    first_line = head.partition("\n")[0]
    return max(_DELIMITERS, key=lambda mark: len(_known(first_line.split(mark))))


def _known(cells: list[str]) -> set[str]:
    return {cell.strip().strip('"').lower() for cell in cells}.intersection(REQUIRED_COLUMNS)


def _read_csv(file: TextIO, delimiter: str) -> Iterator[PromptRow]:
    csv.field_size_limit(MAX_FIELD_BYTES)
    reader = csv.reader(file, delimiter=delimiter)
    header: list[str] = []
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            yield PromptRow(line, fault=str(error))
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if not header:
            header = _header(cells)
        elif len(cells) > len(header):
            yield PromptRow(line, fault=_("There are more cells than columns; is a quote missing?"))
        else:
            row = PromptRow(line, dict(zip(header, cells, strict=False)))
            yield _unguarded(row) if row.is_own else row
    if not header:
        raise InvalidInput.of("file", _("The file is empty."))


def _unguarded(row: PromptRow) -> PromptRow:
    return PromptRow(row.line, {name: formula_unguard(cell) for name, cell in row.fields.items()})


def _header(cells: list[str]) -> list[str]:
    header = [cell.strip().lower() for cell in cells]
    missing = [column for column in REQUIRED_COLUMNS if column not in header]
    if missing:
        sentence = _("The first line must name the columns; missing: %(columns)s.")
        raise InvalidInput.of("file", sentence % {"columns": ", ".join(missing)})
    return header


def _read_json_lines(file: TextIO) -> Iterator[PromptRow]:
    for line, text in enumerate(file, 1):
        if not text.strip():
            continue
        try:
            fields = json.loads(text)
        except (ValueError, RecursionError):
            yield PromptRow(line, fault=_("This line is not JSON."))
            continue
        if isinstance(fields, dict):
            yield PromptRow(line, {str(name).strip().lower(): value for name, value in fields.items()})
        else:
            yield PromptRow(line, fault=_("This line is not a JSON object."))


def _checked(row: PromptRow) -> PromptRow:
    """The row, refused when bytes in it are not UTF-8 (read as lone surrogates)."""
    values = [value for value in row.fields.values() if isinstance(value, str)]
    if any("\udc80" <= letter <= "\udcff" for value in values for letter in value):
        return PromptRow(row.line, fault=_("This row is not UTF-8 text."))
    return row
