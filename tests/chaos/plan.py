"""Who buys what, when and in what manner: drawn from the seed, so that a run can be asked for again."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# The site lets one address ask 30 times a minute for its log-in form, and all of them have one address.
BUYERS = 14
LISTINGS_TO_SPARE = 8
PAYS = "4242424242424242"
PAYS_AFTER_3DS = "4000002760003184"
DECLINED = ("4000000000000002", "4000000000009995", "4000000000000127")


@dataclass(frozen=True)
class Person:
    email: str
    password: str
    token: str


@dataclass(frozen=True)
class Purchase:
    """One wish to own one listing, and how its buyer goes about it."""

    number: int
    starts_after: float
    buyer: Person
    slug: str
    price: int
    by_api: bool
    cards: tuple[str, ...]
    """Tried in this order; the last one pays."""
    orders_with_a_double_click: bool
    pays_with_a_double_click: bool
    comes_back: bool
    """To the return page; others close the tab and wait for the mail."""
    orders_again: bool
    """Has paid, sees nothing yet, and presses buy once more."""
    changes_mind: bool
    """Cancels in one tab, orders again, and tries to pay both pages."""
    wants_refund: bool


def seed_sizes(purchases: int) -> dict[str, int]:
    """How many buyers and listings there must be. Each buyer buys a listing at most once."""
    return {"buyers": BUYERS, "listings": purchases // BUYERS + LISTINGS_TO_SPARE}


def plan(people: Mapping[str, Any], *, purchases: int, seconds: float, seed: int) -> list[Purchase]:
    """Half by page and half by API, spread over the whole time."""
    rng = random.Random(seed)
    buyers = [Person(**each) for each in people["buyers"]]
    pairs = [(buyer, listing) for buyer in buyers for listing in people["listings"]]
    chosen = rng.sample(pairs, purchases)
    return [
        _purchase(rng, number, seconds * (number + rng.random()) / purchases, *pair)
        for number, pair in enumerate(chosen)
    ]


def _purchase(
    rng: random.Random, number: int, at: float, buyer: Person, listing: Mapping[str, Any]
) -> Purchase:
    def happens(share: float) -> bool:
        return rng.random() < share

    changes_mind = number % 2 == 0 and happens(0.12)
    return Purchase(
        number=number,
        starts_after=at,
        buyer=buyer,
        slug=listing["slug"],
        price=listing["price"],
        by_api=number % 2 == 1,
        cards=_cards(rng),
        orders_with_a_double_click=happens(0.25),
        pays_with_a_double_click=happens(0.25),
        comes_back=happens(0.5),
        orders_again=happens(0.2),
        changes_mind=changes_mind,
        wants_refund=happens(0.1) and not changes_mind,
    )


def _cards(rng: random.Random) -> tuple[str, ...]:
    declined: Sequence[str] = rng.sample(DECLINED, rng.choice((1, 1, 2))) if rng.random() < 0.2 else ()
    return (*declined, PAYS_AFTER_3DS if rng.random() < 0.1 else PAYS)
