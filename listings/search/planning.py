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
# So many may be gathered to be ranked: the best tiers answer more of them sooner.
RANKED = 2_000
# So many matches are counted one by one; more are estimated from the sample.
COUNTED = 5_000
BEST_ROWS = 50_000
TOP_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many of `rows` listings answer; how many if the parts had nothing to do with each other."""

    matches: float
    rows: int
    unrelated: float | None = None

    @property
    def share(self) -> float:
        return self.matches / self.rows if self.rows else 0.0

    def walked(self, wanted: int) -> float:
        """Rows to walk over until so many matches are met. Walking in vain costs most: the least counts."""
        matches = self.matches if self.unrelated is None else self.unrelated
        return wanted * self.rows / matches if matches else float("inf")


def estimate(rows: int, documents: Iterable[int]) -> Estimate:
    """How many rows have all these parts: the rarest counts in full, each further one by a smaller root.

    Words that are asked for together stand together more often than chance has it.
    """
    matches, unrelated, power = float(rows), float(rows), 1.0
    for count in sorted(documents):
        share = min(count / rows, 1.0) if rows else 0.0
        matches, unrelated = matches * share**power, unrelated * share
        power /= 2
    return Estimate(matches, rows, unrelated)


def walks(expected: Estimate, wanted: int) -> bool:
    """Whether walking is the better way to `wanted` rows in order."""
    walked = expected.walked(wanted)
    return walked <= WINDOW and walked < expected.matches
