"""Mistyped words found again by a deletion neighbourhood (Garbe's SymSpell), without pg_trgm.

Two words at most two edits apart have a string in common that is left when up to two letters are deleted from
each. The hashes of those strings stand beside each word of the vocabulary in an index of whole numbers.
"""

import zlib
from itertools import combinations

PREFIX = 7
MAX_EDITS = 2
SHORTEST = 3
LONGEST = 24


def edits_allowed(word: str) -> int:
    """How wrong a word may be: short ones have too many neighbours."""
    return 0 if len(word) < SHORTEST else 1 if len(word) < 6 else MAX_EDITS


def deletions(word: str) -> list[int]:
    """Hashes of what is left of the word's beginning when up to MAX_EDITS letters go; empty for numbers."""
    if not SHORTEST <= len(word) <= LONGEST or not word.isalpha():
        return []
    start = word[:PREFIX]
    left = {
        "".join(letter for place, letter in enumerate(start) if place not in gone)
        for count in range(min(edits_allowed(word), len(start) - 1) + 1)
        for gone in combinations(range(len(start)), count)
    }
    return sorted(_signed(zlib.crc32(each.encode())) for each in left)


def distance(one: str, other: str, limit: int) -> int:
    """Edits between two words (a swap of neighbours is one), or limit + 1 when there are more."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, other_letter in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other_letter))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == other_letter:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return row[-1]


def _signed(hashed: int) -> int:
    return hashed - 2**32 if hashed >= 2**31 else hashed
