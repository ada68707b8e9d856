"""The demo's catalogue as written in the TOML files beside this package, and when each thing happened."""

import random
import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "catalogue"
VOCABULARY = "vocabulary"
DAYS = 90
FILE_WIDTH = 120
BEGINS_A_LINE = re.compile(r"\s*([-*#|]|\d+\. |[A-Z][\w ()-]{0,24}:)")


@dataclass(frozen=True)
class Review:
    listing: str
    buyer: str
    stars: int
    text: str
    days_ago: int


@dataclass(frozen=True)
class Sale:
    listing: str
    buyer: str
    days_ago: int


@dataclass(frozen=True)
class SeedListing:
    """One listing of the catalogue; `status` says how far it has come, published unless told."""

    category: str
    data: dict[str, Any]

    @property
    def slug(self) -> str:
        return str(self.data["slug"])

    @property
    def status(self) -> str:
        return str(self.data.get("status", "published"))

    @cached_property
    def reviews(self) -> list[Review]:
        return [Review(listing=self.slug, **review) for review in self.data.get("reviews", [])]

    @cached_property
    def days_ago(self) -> int:
        """When it was published: before its first review; else some day of the last three months."""
        if self.reviews:
            return min(DAYS, max(review.days_ago for review in self.reviews) + 8)
        return self._chance.randint(1, DAYS)

    def sales(self, buyers: list[str]) -> list[Sale]:
        """Each reviewer's purchase before the review, then others up to half the hint."""
        bought = [
            Sale(self.slug, review.buyer, min(self.days_ago, review.days_ago + 5)) for review in self.reviews
        ]
        others = [handle for handle in buyers if handle not in {sale.buyer for sale in bought}]
        missing = max(0, int(self.data.get("sales_count_hint", 0)) // 2 - len(bought))
        for handle in self._chance.sample(others, min(missing, len(others))):
            bought.append(Sale(self.slug, handle, self._chance.randint(0, self.days_ago)))
        return bought

    @cached_property
    def _chance(self) -> random.Random:
        return random.Random(self.slug)  # noqa: S311 - the same catalogue at every seed


def vocabulary() -> dict[str, list[dict[str, Any]]]:
    """Models, categories, sellers and buyers."""
    return tomllib.loads((FOLDER / f"{VOCABULARY}.toml").read_text(encoding="utf-8"))


def listings() -> list[SeedListing]:
    found = []
    for file in sorted(FOLDER.glob("*.toml")):
        if file.stem != VOCABULARY:
            rows = tomllib.loads(file.read_text(encoding="utf-8"))["listing"]
            found += [_seed(row, file.stem) for row in rows]
    return found


def _seed(row: dict[str, Any], category: str) -> SeedListing:
    return SeedListing(row.get("category", category), row | {"prompt": unwrapped(row["prompt"])})


def unwrapped(text: str) -> str:
    """A prompt as its buyer copies it: a line the file broke for want of room goes on in one line."""
    lines: list[str] = []
    before = ""
    for line in text.split("\n"):
        first_word = line.split(maxsplit=1)[0] if line.strip() else ""
        is_broken = len(before) + 1 + len(first_word) > FILE_WIDTH and before.strip()
        if is_broken and first_word and not BEGINS_A_LINE.match(line):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line)
        before = line if len(line) <= FILE_WIDTH + 10 else ""
    return "\n".join(lines)


Happening = SeedListing | Sale | Review


@dataclass(frozen=True)
class Plan:
    """All that happens in the seed's ninety days."""

    happenings: list[Happening]

    def by_day(self) -> list[tuple[int, list[Happening]]]:
        """From the oldest day on; within a day listings come before sales, and sales before reviews."""
        days: dict[int, list[Happening]] = defaultdict(list)
        for happening in self.happenings:
            days[happening.days_ago].append(happening)
        return sorted(days.items(), reverse=True)


def plan() -> Plan:
    buyers = [str(row["handle"]) for row in vocabulary()["buyers"]]
    seeds = listings()
    on_sale = [seed for seed in seeds if seed.status == "published"]
    sales = [sale for seed in on_sale for sale in seed.sales(buyers)]
    return Plan([*seeds, *sales, *(review for seed in on_sale for review in seed.reviews)])
