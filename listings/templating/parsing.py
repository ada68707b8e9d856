"""From a prompt's text to its tags: blanks, sections, parts, and what is wrong with them, by line and column.

`{{name}}` is a blank. `{{#name}}…{{/name}}` is a section shown only if `name` is set, `{{^name}}…{{/name}}`
one shown only if it is not. A line `=== system ===`, `=== user ===` or `=== step: Title ===` begins a part. A
backslash before a tag or a part line makes it literal. Reading takes time in proportion to the text.
"""

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter

from django.utils.translation import gettext_lazy as _

from listings.templating.names import PLACEHOLDER

MAX_PARTS = 20
_MESSAGES = {
    "section-not-opened": _("{{/%(name)s}} closes a section that was not opened."),
    "section-not-closed": _("This section needs a {{/%(name)s}} that ends it."),
    "section-crosses-parts": _("The section “%(name)s” must end in the part it begins in."),
    "text-before-parts": _("Put this text below a part line."),
    "too-many-parts": _("Use at most %(parts)d parts."),
    "second-system": _("A prompt has one system part."),
}
_PART = re.compile(r"^(\\+)?=== (system|user|step)(?:: ([^\n=]{1,80}?))? ===[ \t]*$", re.MULTILINE)


class TagKind(StrEnum):
    BLANK = ""
    SECTION = "#"
    INVERSE = "^"
    CLOSE = "/"


class PartRole(StrEnum):
    """What a part of a prompt is for: the model's standing orders, what a user says, one step of a chain."""

    SYSTEM = "system"
    USER = "user"
    STEP = "step"


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag of a text. `partner` is the index of the tag that closes a section, or that it opens."""

    kind: TagKind
    name: str
    start: int
    end: int
    is_literal: bool = False
    partner: int | None = None

    @property
    def is_section(self) -> bool:
        """Whether it opens or closes one."""
        return self.kind != TagKind.BLANK and not self.is_literal


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in a text: line and column count from 1, the column in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Fault:
    """A tag or part line that cannot do what it was meant to. `code` is stable; `name` is the tag's."""

    code: str
    place: Place
    name: str = ""

    @property
    def message(self) -> str:
        """What to do about it, in the reader's language."""
        return str(_MESSAGES[self.code]) % {"name": self.name, "parts": MAX_PARTS}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a prompt: where its own text begins and ends."""

    role: PartRole
    title: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Template:
    """A text that was read. `tags` are in order; literal ones stand in the text without their backslash."""

    text: str
    tags: tuple[Tag, ...]
    parts: tuple[Part, ...]
    faults: tuple[Fault, ...]

    @property
    def is_multi_part(self) -> bool:
        """Whether the seller cut it into parts."""
        return self.parts[0].start > 0


@lru_cache(maxsize=64)
def parse(text: str) -> Template:
    """Read a text once. Whatever comes in, something comes out; what was meant otherwise is in `faults`."""
    marks = list(_PART.finditer(text))
    tags = [_tag(match) for match in PLACEHOLDER.finditer(text)]
    tags += [Tag(TagKind.BLANK, "", mark.start(), mark.end(), is_literal=True) for mark in marks if mark[1]]
    tags = _paired(text, sorted(tags, key=attrgetter("start")))
    lines = Lines(text)
    marks = [mark for mark in marks if not mark[1]]
    faults = [*_pairing_faults(tags, lines), *_part_faults(text, marks, tags, lines)]
    return Template(text, tuple(tags), _parts(text, marks), tuple(sorted(faults, key=attrgetter("place"))))


def literal(text: str) -> str:
    """`text` written so that rendering gives it back as it is."""
    text = PLACEHOLDER.sub(lambda match: f"\\{match[0]}", text)
    return _PART.sub(lambda match: f"\\{match[0]}", text)


class Lines:
    """Turns positions of one text into places."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer(r"\n", text))]

    def place(self, position: int) -> Place:
        line = bisect_right(self._starts, position)
        return Place(line, position - self._starts[line - 1] + 1)


def _tag(match: re.Match[str]) -> Tag:
    kind = TagKind(match["kind"])
    return Tag(kind, match["name"], match.start(), match.end(), is_literal=bool(match["escape"]))


def _paired(text: str, tags: list[Tag]) -> list[Tag]:
    """Sections with their ends; a section tag that stays alone keeps no partner and is read as text."""
    open_tags: list[int] = []
    open_names: Counter[str] = Counter()
    paired = list(tags)
    for index, tag in enumerate(tags):
        if not tag.is_section:
            continue
        if tag.kind != TagKind.CLOSE:
            open_tags.append(index)
            open_names[tag.name] += 1
        elif open_names[tag.name]:
            while True:
                opened = open_tags.pop()
                open_names[tags[opened].name] -= 1
                if tags[opened].name == tag.name:
                    break
            paired[opened] = _widened(text, replace(tags[opened], partner=index))
            paired[index] = _widened(text, replace(tag, partner=opened))
    return paired


def _widened(text: str, tag: Tag) -> Tag:
    """A section tag alone on its line takes the line with it, so that a section leaves no empty line."""
    start, end = tag.start, tag.end
    while start and text[start - 1] in " \t":
        start -= 1
    while end < len(text) and text[end] in " \t":
        end += 1
    if (start and text[start - 1] != "\n") or (end < len(text) and text[end] != "\n"):
        return tag
    return replace(tag, start=start, end=min(end + 1, len(text)))


def _pairing_faults(tags: list[Tag], lines: Lines) -> list[Fault]:
    return [
        Fault(
            "section-not-opened" if tag.kind == TagKind.CLOSE else "section-not-closed",
            lines.place(tag.start),
            tag.name,
        )
        for tag in tags
        if tag.is_section and tag.partner is None
    ]


def _parts(text: str, marks: list[re.Match[str]]) -> tuple[Part, ...]:
    """The text cut at its part lines; without any, it is one part that the user says."""
    if not marks:
        return (Part(PartRole.USER, "", 0, len(text)),)
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    return tuple(
        Part(PartRole(mark[2]), (mark[3] or "").strip(), mark.end(), end)
        for mark, end in zip(marks, ends, strict=True)
    )


def _part_faults(text: str, marks: list[re.Match[str]], tags: list[Tag], lines: Lines) -> list[Fault]:
    if not marks:
        return []
    faults = []
    if text[: marks[0].start()].strip():
        faults.append(Fault("text-before-parts", lines.place(0)))
    if len(marks) > MAX_PARTS:
        faults.append(Fault("too-many-parts", lines.place(marks[MAX_PARTS].start())))
    systems = [mark for mark in marks if mark[2] == PartRole.SYSTEM]
    faults += [Fault("second-system", lines.place(mark.start())) for mark in systems[1:]]
    starts = [mark.start() for mark in marks]
    for tag in tags:
        if tag.kind == TagKind.CLOSE or tag.partner is None:
            continue
        if bisect_right(starts, tag.start) != bisect_right(starts, tags[tag.partner].start):
            faults.append(Fault("section-crosses-parts", lines.place(tag.start), tag.name))
    return faults
