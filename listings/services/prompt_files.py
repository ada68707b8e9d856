"""Reading prompt files: CSV with the header of the well-known public collection, or JSON Lines.

Columns: act, prompt; and optionally for_devs, type, contributor, price, model, category, tags, description.
"""

import codecs
import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from django.utils.translation import gettext as _

from common.errors import InvalidInput

REQUIRED_COLUMNS = ("act", "prompt")
MAX_FIELD_BYTES = 10_000_000


@dataclass(frozen=True)
class PromptRow:
    """One row and the line of the file it begins on; with a fault, a row that could not be read."""

    line: int
    fields: dict[str, Any] = field(default_factory=dict)
    fault: str = ""


def prompt_rows(path: Path) -> Iterator[PromptRow]:
    """The rows of `path`, read as they are asked for. Raises InvalidInput when it is no prompt file."""
    read = _read_json_lines if path.suffix.lower() in {".jsonl", ".ndjson"} else _read_csv
    try:
        with path.open(encoding=_encoding(path), errors="surrogateescape", newline="") as file:
            for row in read(file):
                yield _checked(row)
    except OSError as error:
        raise InvalidInput.of("file", f"{path}: {error.strerror}") from error
    except UnicodeError as error:
        raise InvalidInput.of("file", _("The file is not UTF-8 text.")) from error


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4)
    return "utf-16" if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"


def _read_csv(file: TextIO) -> Iterator[PromptRow]:
    csv.field_size_limit(MAX_FIELD_BYTES)
    reader = csv.reader(file)
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
            yield PromptRow(line, dict(zip(header, cells, strict=False)))
    if not header:
        raise InvalidInput.of("file", _("The file is empty."))


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
