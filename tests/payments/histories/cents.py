"""Splitting cents, and what a coupon takes off: from docs/money.md, and in plain Python like the model."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Coupon:
    """Takes a percentage or an amount off; without a seller it costs the platform. No listings: all."""

    code: str
    seller: int | None = None
    percent: int | None = None
    amount: int = 0
    listings: frozenset[int] = frozenset()
    max_uses: int | None = None

    def is_for(self, seller: int, listing: int) -> bool:
        return self.seller in (None, seller) and (not self.listings or listing in self.listings)

    def off(self, prices: Sequence[int]) -> list[int]:
        """What it takes off each of the prices it is for."""
        total = sum(prices)
        return split(min(self.amount, total) if self.percent is None else total * self.percent // 100, prices)


def split(amount: int, weights: Iterable[int]) -> list[int]:
    """By the largest remainder; of equal remainders the earlier one gets the cent."""
    weights = list(weights)
    if not amount:
        return [0] * len(weights)
    exact = [Fraction(amount * weight, sum(weights)) for weight in weights]
    cents = [int(share) for share in exact]
    first = sorted(range(len(weights)), key=lambda place: (cents[place] - exact[place], place))
    for place in first[: amount - sum(cents)]:
        cents[place] += 1
    return cents
