"""A small seeded source of variety, the same on every machine and every Python."""

from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

_MASK = (1 << 64) - 1
Item = TypeVar("Item")


class Chance:
    """SplitMix64, seeded from text. For drawings only: it keeps no secrets."""

    def __init__(self, seed: str) -> None:
        self._state = int.from_bytes(sha256(seed.encode("utf-8", "surrogatepass")).digest()[:8], "big")

    def between(self, low: float, high: float) -> float:
        """A real number in [low, high)."""
        return low + (high - low) * (self._next() >> 11) / (1 << 53)

    def whole(self, low: int, high: int) -> int:
        """A whole number in [low, high], both ends included."""
        return low + self._next() % (high - low + 1)

    def choice(self, items: Sequence[Item]) -> Item:
        return items[self._next() % len(items)]

    def chance(self, probability: float) -> bool:
        return self.between(0, 1) < probability

    def _next(self) -> int:
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return mixed ^ (mixed >> 31)
