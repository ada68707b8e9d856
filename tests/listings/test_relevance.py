"""How well the search answers judged questions: see relevance/README.md."""

import math
import tomllib
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from listings.models import Listing, ListingStatus
from listings.queries.catalogue import catalogue_page
from listings.queries.filters import CatalogueFilter
from listings.search.vocabulary import vocabulary_count
from marketplace.demo.seeding import catalogue
from tests.factories import CategoryFactory, ListingFactory, SellerProfileFactory, TargetModelFactory

FOLDER = Path(__file__).parent / "relevance"
QUESTIONS: list[dict[str, Any]] = tomllib.loads((FOLDER / "questions.toml").read_text())["question"]
# Reached: 0.949 over all when this was written.
FLOOR = 0.9
FLOORS = {"plain": 0.9, "typo": 0.85, "french": 0.85}


@pytest.fixture
def names(db: None) -> dict[str, str]:
    """By slug what each listing is called in the questions."""
    seller = SellerProfileFactory.create()
    named = {}
    for seed in catalogue.listings():
        if seed.status == "published":
            listing = published_seed(seed, seller)
            named[listing.slug] = listing.slug
    for number, title in enumerate((FOLDER / "real_titles.txt").read_text().splitlines()):
        listing = published(seller, slug=f"real-{number}", title=title, category__slug="other")
        named[listing.slug] = title
    while vocabulary_count():
        pass
    return named


def published(seller: Any, **fields: Any) -> Listing:
    defaults = {"summary": "", "description": "", "variables": [], "examples": []}
    made: Any = ListingFactory(seller=seller, status=ListingStatus.PUBLISHED, **(defaults | fields))
    return made  # type: ignore[no-any-return]


def published_seed(seed: catalogue.SeedListing, seller: Any) -> Listing:
    return published(
        seller,
        slug=seed.slug,
        title=seed.data["title"],
        summary=seed.data["summary"],
        description=seed.data["description"],
        language=seed.data.get("language", "en"),
        tags=seed.data.get("tags", []),
        sales_count=int(seed.data.get("sales_count_hint", 0)),
        model=TargetModelFactory(slug=seed.data["model"]),
        category=CategoryFactory(slug=seed.category),
    )


def gain(grades: list[int]) -> float:
    return sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades[:10]))


def ndcg(question: dict[str, Any], names: dict[str, str]) -> float:
    cards = catalogue_page(CatalogueFilter(q=question["text"]), page_size=10).cards
    found = [question["grades"].get(names[card.slug], 0) for card in cards]
    return gain(found) / gain(sorted(question["grades"].values(), reverse=True))


def test_the_questions_are_what_they_claim(names: dict[str, str]) -> None:
    kinds = [question["kind"] for question in QUESTIONS]
    assert (len(kinds), kinds.count("typo"), kinds.count("french")) == (60, 15, 10)
    judged = {name for question in QUESTIONS for name in question["grades"]}
    assert judged <= set(names.values())


def test_people_find_what_they_ask_for(names: dict[str, str]) -> None:
    scores = [(question, ndcg(question, names)) for question in QUESTIONS]
    poor = {question["text"]: round(score, 2) for question, score in scores if score < 0.7}
    assert mean(score for _, score in scores) >= FLOOR, poor
    for kind, floor in FLOORS.items():
        of_kind = [score for question, score in scores if question["kind"] == kind]
        assert mean(of_kind) >= floor, (kind, poor)
