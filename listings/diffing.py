"""What changed between two texts, for people: line by line, and word by word inside a changed line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

CONTEXT = 2
# Beyond this a line is shown as taken out and put in whole; comparing its words would take too long.
MAX_COMPARED_WORDS = 600
# Above this, lines that occur very often are no longer tried as anchors.
MAX_LINES_IN_FULL = 1000
_WORDS = re.compile(r"\s+|[^\w\s]|\w+")


class Change(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Piece:
    """Part of a line; `is_changed` where words differ from the line it replaces, or that replaces it."""

    text: str
    is_changed: bool = False


@dataclass(frozen=True)
class DiffLine:
    """One line of a comparison. A skipped one stands for `count` lines that are the same."""

    change: Change
    pieces: tuple[Piece, ...] = ()
    count: int = 0


def text_diff(old: str, new: str) -> list[DiffLine]:
    """The lines of `new` and those that went, in order; long stretches without a change are skipped."""
    before, after = old.splitlines(), new.splitlines()
    lines: list[DiffLine] = []
    is_short = len(before) + len(after) < MAX_LINES_IN_FULL
    blocks = SequenceMatcher(a=before, b=after, autojunk=not is_short).get_opcodes()
    for index, (tag, i1, i2, j1, j2) in enumerate(blocks):
        if tag == "equal":
            lines += _same(before[i1:i2], is_first=index == 0, is_last=index == len(blocks) - 1)
        elif i2 - i1 == j2 - j1:
            for gone, come in zip(before[i1:i2], after[j1:j2], strict=True):
                lines += _replaced(gone, come)
        else:
            lines += [DiffLine(Change.REMOVED, (Piece(line),)) for line in before[i1:i2]]
            lines += [DiffLine(Change.ADDED, (Piece(line),)) for line in after[j1:j2]]
    return lines


def _same(lines: list[str], *, is_first: bool, is_last: bool) -> Iterator[DiffLine]:
    head = 0 if is_first else CONTEXT
    tail = 0 if is_last else CONTEXT
    hidden = len(lines) - head - tail
    if hidden < 2:
        hidden, head = 0, len(lines)
    yield from (DiffLine(Change.SAME, (Piece(line),)) for line in lines[:head])
    if hidden:
        yield DiffLine(Change.SKIPPED, count=hidden)
        yield from (DiffLine(Change.SAME, (Piece(line),)) for line in lines[head + hidden :])


def _replaced(gone: str, come: str) -> tuple[DiffLine, DiffLine]:
    before, after = _WORDS.findall(gone), _WORDS.findall(come)
    if len(before) + len(after) > MAX_COMPARED_WORDS:
        return DiffLine(Change.REMOVED, (Piece(gone),)), DiffLine(Change.ADDED, (Piece(come),))
    old_pieces, new_pieces = [], []
    for tag, i1, i2, j1, j2 in SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        is_changed = tag != "equal"
        old_pieces.append(Piece("".join(before[i1:i2]), is_changed))
        new_pieces.append(Piece("".join(after[j1:j2]), is_changed))
    return DiffLine(Change.REMOVED, _kept(old_pieces)), DiffLine(Change.ADDED, _kept(new_pieces))


def _kept(pieces: list[Piece]) -> tuple[Piece, ...]:
    return tuple(piece for piece in pieces if piece.text)
