"""From prompt files to rows of the bulk request: a CSV or JSON Lines file, or a folder of texts."""

import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marketplace.cli.kept import Complaint
from marketplace.cli.words import gettext as _

SUFFIXES = (".md", ".txt", ".prompt")
MODEL_BY_TYPE = {
    "": "chatgpt",
    "TEXT": "chatgpt",
    "STRUCTURED": "chatgpt",
    "IMAGE": "midjourney",
    "VIDEO": "sora",
}
DEFAULT_PRICE_AMOUNT = 499
TEXTS = ("summary", "description", "instructions", "license", "language", "changelog")
LISTS = ("variables", "examples")
_PRICE = re.compile(r"\$?([0-9]{1,7})\.([0-9]{2})")


@dataclass(frozen=True)
class Entry:
    """A row and where it stands, for the report."""

    place: str
    row: dict[str, Any]

    @property
    def title(self) -> str:
        return str(self.row.get("title", ""))


def entries_of(path: Path) -> list[Entry]:
    """What a file or folder holds. Raises Complaint for what is no prompt file."""
    try:
        if path.is_dir():
            return list(_of_folder(path))
        if path.suffix.lower() in {".jsonl", ".ndjson"}:
            return _named(path, list(_lines_of_json(path)))
        return _named(path, list(_lines_of_csv(path)))
    except (OSError, UnicodeDecodeError) as error:
        raise Complaint(_("%(path)s cannot be read: %(reason)s") % {"path": path, "reason": error}) from error


def _of_folder(folder: Path) -> Iterator[Entry]:
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not files:
        sentence = _("%(path)s holds no prompt files (%(suffixes)s).")
        raise Complaint(sentence % {"path": folder, "suffixes": ", ".join(SUFFIXES)})
    for path in files:
        name = path.relative_to(folder).as_posix()
        fields, prompt = _front_matter(path.read_text(encoding="utf-8-sig"))
        fields.setdefault("act", path.stem.replace("-", " ").replace("_", " ").capitalize())
        yield Entry(name, _row(fields | {"prompt": prompt}) | {"external_id": name[-120:]})


def _front_matter(text: str) -> tuple[dict[str, Any], str]:
    """Lines of `name: value` between two lines of dashes, and what follows; a list is written as JSON."""
    lines = text.splitlines()
    if not lines or lines[0].strip() != "---" or "---" not in [line.strip() for line in lines[1:]]:
        return {}, text.strip()
    end = [line.strip() for line in lines[1:]].index("---") + 1
    pairs = [line.partition(":") for line in lines[1:end] if ":" in line]
    fields: dict[str, Any] = {name.strip().lower(): value.strip() for name, _colon, value in pairs}
    if "title" in fields:
        fields["act"] = fields.pop("title")
    return fields, "\n".join(lines[end + 1 :]).strip()


def _lines_of_csv(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    csv.field_size_limit(10_000_000)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, restkey="", restval="")
        if not {"act", "prompt"} <= set(reader.fieldnames or ()):
            raise Complaint(_("%(path)s needs the columns act and prompt.") % {"path": path})
        line = reader.line_num + 1
        for fields in reader:
            yield line, fields
            line = reader.line_num + 1


def _lines_of_json(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, text in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        if text.strip():
            try:
                fields = json.loads(text)
            except ValueError as error:
                sentence = _("%(path)s, line %(line)d, is not JSON.")
                raise Complaint(sentence % {"path": path, "line": line}) from error
            yield line, fields if isinstance(fields, dict) else {}


def _named(path: Path, rows: list[tuple[int, dict[str, Any]]]) -> list[Entry]:
    """Each row's own name: its `id`, else what it says, so that lines may move."""
    entries, seen = [], Counter[str]()
    for line, fields in rows:
        said = f"{fields.get('act')}\0{fields.get('prompt')}"
        name = str(fields.get("id") or hashlib.sha256(said.encode()).hexdigest()[:32])
        seen[name] += 1
        again = f"#{seen[name]}" if seen[name] > 1 else ""
        place = _("line %(line)d") % {"line": line}
        entries.append(Entry(place, _row(fields) | {"external_id": f"{path.stem[:60]}:{name[:50]}{again}"}))
    return entries


def _row(fields: dict[str, Any]) -> dict[str, Any]:
    kind = str(fields.get("type") or "").strip().upper()
    row: dict[str, Any] = {
        "title": str(fields.get("act") or "").strip(),
        "prompt": str(fields.get("prompt") or ""),
        "model": str(fields.get("model") or "").strip().lower() or MODEL_BY_TYPE.get(kind, "other"),
        "category": str(fields.get("category") or "").strip().lower() or "other",
        "price_amount": _price(fields.get("price")),
        "tags": _tags(fields),
        "recognise_variables": not fields.get("variables"),
    }
    row |= {name: str(fields[name]) for name in TEXTS if fields.get(name)}
    return row | {name: _list(fields[name]) for name in LISTS if fields.get(name)}


def _price(value: Any) -> Any:
    """Cents; what cannot be read is sent as it is, and the site says what is wrong with it."""
    text = str(value if value is not None else "").strip().lower()
    if not text:
        return DEFAULT_PRICE_AMOUNT
    if text == "free":
        return 0
    dollars = _PRICE.fullmatch(text)
    if dollars:
        return int(dollars[1]) * 100 + int(dollars[2])
    return int(text) if text.isascii() and text.isdigit() else value


def _tags(fields: dict[str, Any]) -> list[str]:
    given = fields.get("tags") or ""
    tags = list(given) if isinstance(given, list) else [tag.strip() for tag in re.split(r"[,;|]", str(given))]
    is_for_developers = str(fields.get("for_devs", "")).strip().lower() in {"true", "1", "yes"}
    return [tag for tag in tags if tag] + (["developers"] if is_for_developers else [])


def _list(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
