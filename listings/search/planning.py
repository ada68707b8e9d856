"""How a list is found: by walking its order, or by gathering the matches and sorting them.

Walking reads rows in order until the page is full: quick when matches are frequent. Gathering reads all of
them through an index: quick when they are rare. How frequent they are is estimated from the vocabulary.
"""

from collections.abc import Iterable
from dataclasses import dataclass

# So many rows are read at most before the other way is tried.
WINDOW = 6_000
# So many matches may be gathered.
GATHERED = 4_000
# So many matches are counted one by one; more are estimated from the sample.
COUNTED = 5_000
BEST_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many of `rows` listings answer."""

    matches: float
    rows: int

    @property
    def share(self) -> float:
        return self.matches / self.rows if self.rows else 0.0

    def walked(self, wanted: int) -> float:
        """Rows to walk over until so many matches are met."""
        return wanted / self.share if self.share else float("inf")


def estimate(rows: int, documents: Iterable[int]) -> Estimate:
    """How many rows have all these parts: the rarest counts in full, each further one by a smaller root.

    Words that are asked for together stand together more often than chance has it.
    """
    matches, power = float(rows), 1.0
    for count in sorted(documents):
        matches *= min(count / rows, 1.0) ** power if rows else 0.0
        power /= 2
    return Estimate(matches, rows)


def walks(expected: Estimate, wanted: int) -> bool:
    """Whether walking is the better way to `wanted` rows in order."""
    walked = expected.walked(wanted)
    return walked <= WINDOW and walked < expected.matches
