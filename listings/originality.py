"""Fingerprints of texts, by which near copies are found among a million without reading any of them.

A fingerprint has two signatures: of runs of three words, which a copy with changes shares, and of the telling
words, which a copy in another order or with other small words shares. A signature is a MinHash by one
permutation: the share of equal places estimates how much two texts have in common (Broder 1997; Li, Owen and
Zhang 2012; empty places are filled as Shrivastava 2017 does). Four places together make a band. Texts with
an equal band are candidates, and bands are what the database indexes.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from listings.words import shingles, words

RUN = 3
RUN_PLACES = 64
WORD_PLACES = 32
ROWS = 4
_TELLING_LENGTH = 5
_EMPTY = 0


@dataclass(frozen=True)
class Fingerprint:
    """What is kept of a text. It cannot be turned back into the text."""

    runs: tuple[int, ...]
    words: tuple[int, ...]

    @property
    def bands(self) -> list[int]:
        """Signed 64-bit numbers; an equal one means that two texts are likely alike."""
        return [*_bands(b"r", self.runs), *_bands(b"w", self.words)]

    def to_bytes(self) -> bytes:
        return struct.pack(f">{RUN_PLACES + WORD_PLACES}I", *self.runs, *self.words)

    @classmethod
    def from_bytes(cls, raw: bytes) -> "Fingerprint":
        places = struct.unpack(f">{RUN_PLACES + WORD_PLACES}I", raw)
        return cls(places[:RUN_PLACES], places[RUN_PLACES:])


@dataclass(frozen=True)
class Likeness:
    """How much two texts have in common, estimated, from 0 to 1: in runs of words, and in telling words."""

    runs: float
    words: float


def fingerprint(text: str) -> Fingerprint | None:
    """The fingerprint of a text; None where there is not a word in it."""
    found = words(text)
    if not found:
        return None
    runs = shingles(text, RUN) or {tuple(found)}
    telling = {word for word in found if len(word) >= _TELLING_LENGTH} or set(found)
    return Fingerprint(_signature(map(" ".join, runs), RUN_PLACES), _signature(telling, WORD_PLACES))


def likeness(one: Fingerprint, other: Fingerprint) -> Likeness:
    return Likeness(_equal_share(one.runs, other.runs), _equal_share(one.words, other.words))


def _signature(pieces: Iterable[str], places: int) -> tuple[int, ...]:
    """The smallest hash in each of `places` equal shares of all hashes."""
    smallest = [_EMPTY] * places
    for piece in pieces:
        hashed = int.from_bytes(blake2b(piece.encode(), digest_size=8).digest())
        place, value = hashed % places, (hashed // places) % 0xFFFFFFFF + 1
        if smallest[place] == _EMPTY or value < smallest[place]:
            smallest[place] = value
    return tuple(value or _lent(smallest, place) for place, value in enumerate(smallest))


def _lent(smallest: Sequence[int], place: int) -> int:
    """What an empty place borrows: from one chosen by the place alone, so that like texts borrow alike."""
    attempt = 0
    while True:
        attempt += 1
        value = smallest[(place * 2_654_435_761 + attempt * 2_246_822_519 >> 7) % len(smallest)]
        if value != _EMPTY:
            return value


def _bands(kind: bytes, places: tuple[int, ...]) -> list[int]:
    found = []
    for start in range(0, len(places), ROWS):
        packed = kind + struct.pack(f">H{ROWS}I", start, *places[start : start + ROWS])
        found.append(int.from_bytes(blake2b(packed, digest_size=8).digest(), signed=True))
    return found


def _equal_share(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    return sum(a == b for a, b in zip(one, other, strict=True)) / len(one)
