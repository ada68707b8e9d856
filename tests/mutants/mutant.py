"""A mutant: where something protective stands, and what stands there without it."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TOKEN = re.compile(r"\w+|[^\w\s]")


class NotApplicable(Exception):
    """The catalogue is out of date: the code no longer reads like this."""


@dataclass(frozen=True)
class Edit:
    """Replace `old`, which must stand in the file once. Line breaks and spaces do not matter."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Sql:
    """Take something out of the database itself, once it is migrated."""

    statement: str


@dataclass(frozen=True)
class Mutant:
    """A protection, taken out by `changes`; `tests` (names of test functions) must then fail.

    `stands`: why they do not, with the second protection that holds. Another mutant takes out both.
    """

    checks: tuple[int, ...]
    protection: str
    changes: tuple[Edit | Sql, ...]
    tests: tuple[str, ...]
    stands: str = ""


def misfit(mutant: Mutant, checkout: Path) -> str:
    """Why it cannot be put into the code as it is now; empty if it can."""
    try:
        for change in mutant.changes:
            if isinstance(change, Edit):
                _mutated(checkout / change.file, change)
    except NotApplicable as error:
        return str(error)
    return ""


def sql_of(mutant: Mutant) -> str:
    """What is to be done in the database."""
    return "; ".join(change.statement for change in mutant.changes if isinstance(change, Sql))


@contextmanager
def applied(mutant: Mutant, checkout: Path) -> Iterator[dict[Path, str]]:
    """The copy's files with the protection taken out, for as long as this lasts; yields how they read before.

    Raises NotApplicable.
    """
    before: dict[Path, str] = {}
    try:
        for edit in (change for change in mutant.changes if isinstance(change, Edit)):
            path = checkout / edit.file
            mutated = _mutated(path, edit)
            before.setdefault(path, path.read_text(encoding="utf-8"))
            _write(path, mutated)
        yield before
    finally:
        for path, text in before.items():
            _write(path, text)


def _mutated(path: Path, edit: Edit) -> str:
    if not path.exists():
        raise NotApplicable(f"{edit.file} is not there")
    text = path.read_text(encoding="utf-8")
    found = list(_pattern(edit.old).finditer(text))
    if len(found) != 1:
        raise NotApplicable(f"{edit.file} has this {len(found)} times, not once:\n{edit.old}")
    start, end = found[0].span()
    indent = re.match(r"[ \t]*", text[text.rfind("\n", 0, start) + 1 :])
    new = edit.new.replace("\n", "\n" + (indent[0] if indent else ""))
    mutated = text[:start] + new + text[end:]
    if path.suffix == ".py":
        try:
            compile(mutated, str(path), "exec")
        except SyntaxError as error:
            raise NotApplicable(f"{edit.file} would not be Python any more: {error}\n{new}") from error
    return mutated


def _pattern(old: str) -> re.Pattern[str]:
    """Matches the same tokens, however ruff breaks the lines between them."""
    parts: list[str] = []
    before = ""
    for token in TOKEN.findall(old):
        if before:
            gap = r"\s+" if _is_word(before) and _is_word(token) else r"\s*"
            parts.append(gap + (r"(?:,\s*)?" if token in ")]}" and before != "," else ""))
        parts.append(re.escape(token))
        before = token
    start = r"(?<!\w)" if _is_word(old.lstrip()[:1]) else ""
    end = r"(?!\w)" if _is_word(before) else ""
    return re.compile(start + "".join(parts) + end)


def _is_word(token: str) -> bool:
    return re.fullmatch(r"\w+", token) is not None


_written = 0


def _write(path: Path, text: str) -> None:
    """Python trusts compiled files of the same second and size, so no two versions get the same time."""
    global _written
    path.write_text(text, encoding="utf-8")
    _written += 1
    moment = path.stat().st_mtime_ns // 1_000_000_000 - 1_000_000 + 2 * _written
    os.utime(path, (moment, moment))
