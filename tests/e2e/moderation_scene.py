"""Twenty submissions as moderators get them: sixteen of the demo's catalogue, four with something wrong."""

import re
from dataclasses import dataclass

from accounts.models import SellerProfile
from listings.models import Listing, ListingStatus
from listings.services.drafts import ListingInput, listing_create
from listings.services.review import listing_submit
from marketplace.demo.seeding.catalogue import SeedListing, listings
from tests.factories import (
    CategoryFactory,
    ListingFactory,
    SellerProfileFactory,
    TargetModelFactory,
)

SOUND = 16
KEY = "AKIA" + "IOSFODNN7EXAMPLE"
# A writer's small changes, enough for another hash and another order of words.
_SWAPS = (
    ("You are", "Act as"),
    ("Write", "Draft"),
    ("the reader", "whoever reads it"),
    ("short", "brief"),
    ("each", "every"),
    ("First", "To begin with"),
    ("then", "after that"),
    ("not", "never"),
)


@dataclass(frozen=True)
class Planted:
    """What a moderator should make of a submission: `publish`, or the ready reason to return it for."""

    listing: Listing
    verdict: str


def queue_set() -> list[Planted]:
    """The submissions in the order they came. What is copied was submitted before by others."""
    seeds = _sound_seeds()
    originals = [_submitted(seed, SellerProfileFactory()) for seed in seeds[:2]]
    planted = [Planted(listing, "publish") for listing in originals]
    planted += [Planted(_submitted(seed, SellerProfileFactory()), "publish") for seed in seeds[2:8]]
    planted.append(Planted(_copy(seeds[0]), "copy"))
    planted += [Planted(_submitted(seed, SellerProfileFactory()), "publish") for seed in seeds[8:12]]
    planted.append(Planted(_paraphrase(seeds[1]), "copy"))
    planted.append(Planted(_impersonation(seeds[12], originals[0].seller), "impersonation"))
    planted += [Planted(_submitted(seed, SellerProfileFactory()), "publish") for seed in seeds[13:SOUND]]
    planted.append(Planted(_with_password(seeds[SOUND]), "secret"))
    planted.append(Planted(_submitted(seeds[SOUND + 1], SellerProfileFactory()), "publish"))
    return planted


def leak() -> Listing:
    """A live key in a text that was sealed before submission looked for it."""
    return ListingFactory(
        status=ListingStatus.IN_REVIEW, text=f"Use {KEY} to write about {{{{topic}}}}.", title="A leak"
    )


def _sound_seeds() -> list[SeedListing]:
    seeds = [seed for seed in listings() if seed.status == "published" and len(seed.data["prompt"]) > 500]
    return seeds[: SOUND + 2]


def _submitted(seed: SeedListing, seller: SellerProfile, **changes: object) -> Listing:
    data = seed.data
    TargetModelFactory(slug=data["model"])
    CategoryFactory(slug=seed.category)
    names = ("title", "summary", "description", "model", "tags", "price_amount", "prompt", "variables")
    fields = {name: data[name] for name in (*names, "instructions", "examples") if name in data}
    listing = listing_create(seller=seller, data=ListingInput(category=seed.category, **fields | changes))
    return listing_submit(listing=listing, by=seller.user)


def _copy(seed: SeedListing) -> Listing:
    """The same text with a sentence more."""
    prompt = seed.data["prompt"] + "\n\nThank you for your careful work."
    return _submitted(seed, SellerProfileFactory(), title="Quick and easy helper", prompt=prompt)


def _paraphrase(seed: SeedListing) -> Listing:
    """The same text in other words here and there, its paragraphs turned round."""
    parts = seed.data["prompt"].split("\n\n")
    prompt = "\n\n".join([parts[0], *reversed(parts[1:])])
    for old, new in _SWAPS:
        prompt = re.sub(rf"\b{old}\b", new, prompt)
    return _submitted(seed, SellerProfileFactory(), title="My own method", prompt=prompt)


def _impersonation(seed: SeedListing, victim: SellerProfile) -> Listing:
    """A storefront that reads like an older one."""
    name = victim.name.replace("l", "1").replace("e", "é")
    return _submitted(seed, SellerProfileFactory(name=name))


def _with_password(seed: SeedListing) -> Listing:
    prompt = seed.data["prompt"] + "\n\nThe test account is: admin, password: Spring-2024-go"
    return _submitted(seed, SellerProfileFactory(), prompt=prompt)
