"""The demo catalogue keeps its own rules: complete, varied, sellable, and silent about what it sells."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from marketplace.demo.seeding.catalogue import unwrapped
from payments.countries import PAYOUT_COUNTRIES

CATALOGUE = Path(__file__).resolve().parents[2] / "marketplace" / "demo" / "catalogue"
VOCABULARY: dict[str, Any] = tomllib.loads((CATALOGUE / "vocabulary.toml").read_text(encoding="utf-8"))
MODALITY = {model["slug"]: model["modality"] for model in VOCABULARY["models"]}
CATEGORIES = [category["slug"] for category in VOCABULARY["categories"]]
SELLERS = {seller["handle"] for seller in VOCABULARY["sellers"]}
BUYERS = {buyer["handle"] for buyer in VOCABULARY["buyers"]}

KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
HANDLE = re.compile(r"[a-z0-9-]{3,30}")
VARIABLE = re.compile(r"\{\{([a-z][a-z0-9_]*)\}\}")
PLACEHOLDER = re.compile(r"lorem|ipsum|\bTODO\b|\bTBD\b|\bXXX\b|foo ?bar", re.IGNORECASE)
EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf]")
QUOTED_RUN = 6

Listing = dict[str, Any]


@cache
def listings() -> tuple[tuple[str, Listing], ...]:
    """Every listing with its category, which is the name of its file."""
    files = [path for path in sorted(CATALOGUE.glob("*.toml")) if path.stem != "vocabulary"]
    parsed = [(path.stem, tomllib.loads(path.read_text(encoding="utf-8"))) for path in files]
    return tuple((category, listing) for category, data in parsed for listing in data["listing"])


each_listing = pytest.mark.parametrize(
    "listing", [pytest.param(item, id=item["slug"]) for _, item in listings()]
)


def words(text: str) -> list[str]:
    """Words and numbers, in lower case; punctuation and Markdown do not count."""
    return re.findall(r"[^\W_]+(?:['\u2019-][^\W_]+)*", text.lower())


def test_vocabulary_has_ten_models_twelve_categories_eight_sellers_and_their_buyers() -> None:
    assert (len(MODALITY), len(set(CATEGORIES)), len(SELLERS), len(BUYERS)) == (10, 12, 8, 24)
    assert set(MODALITY.values()) <= {"text", "image", "video", "audio", "code"}
    assert [seller.get("login") for seller in VOCABULARY["sellers"][:3]] == ["seller", "seller2", None]
    for seller in VOCABULARY["sellers"]:
        assert HANDLE.fullmatch(seller["handle"])
        assert seller["email"] == f"{seller['handle']}@demo.promptfair.test"
        assert seller["name"]
        assert seller["bio"]
        assert seller.get("country", "SE") in PAYOUT_COUNTRIES
    assert {"country" in seller for seller in VOCABULARY["sellers"]} == {True, False}, "some are not set up"
    for category in VOCABULARY["categories"]:
        assert all(category[key] for key in ("name", "name_fr", "description", "description_fr"))


def test_catalogue_covers_every_category_model_and_seller() -> None:
    assert len(listings()) >= 48
    assert {category for category, _ in listings()} == set(CATEGORIES)
    assert {listing["model"] for _, listing in listings()} == set(MODALITY)
    assert {listing["seller"] for _, listing in listings()} == SELLERS


def test_slugs_and_titles_are_unique() -> None:
    for key in ("slug", "title"):
        values = [listing[key] for _, listing in listings()]
        assert len(values) == len(set(values))


def test_some_listings_are_free_and_some_are_french() -> None:
    assert sum(listing["price_amount"] == 0 for _, listing in listings()) >= 3
    assert sum(listing["language"] == "fr" for _, listing in listings()) >= 4
    assert {listing["license"] for _, listing in listings()} == {"personal", "commercial"}


@each_listing
def test_facts_of_the_listing_are_in_range(listing: Listing) -> None:
    assert KEBAB.fullmatch(listing["slug"])
    assert 10 <= len(listing["title"]) <= 80
    assert not EMOJI.search(listing["title"])
    assert 0 < len(listing["summary"]) <= 160
    assert "\n" not in listing["summary"]
    assert listing["seller"] in SELLERS
    assert listing["model"] in MODALITY
    assert 2 <= len(set(listing["tags"])) == len(listing["tags"]) <= 5
    assert all(KEBAB.fullmatch(tag) for tag in listing["tags"])
    assert listing["price_amount"] == 0 or 300 <= listing["price_amount"] <= 1500
    assert listing["language"] in {"en", "fr"}
    assert listing["license"] in {"personal", "commercial"}
    assert listing["changelog"].strip()
    assert 0 <= listing["sales_count_hint"] <= 40


@each_listing
def test_texts_have_substance(listing: Listing) -> None:
    assert 80 <= len(words(listing["description"])) <= 200
    assert 3 <= len(listing["instructions"].strip().splitlines()) <= 6
    shortest, longest = (40, 120) if MODALITY[listing["model"]] in {"image", "video"} else (120, 450)
    assert shortest <= len(words(listing["prompt"])) <= longest
    assert not PLACEHOLDER.search(str(listing))


@each_listing
def test_public_texts_do_not_quote_the_prompt(listing: Listing) -> None:
    secret = words(listing["prompt"])
    runs = {tuple(secret[start : start + QUOTED_RUN]) for start in range(len(secret) - QUOTED_RUN + 1)}
    for key in ("title", "summary", "description", "changelog"):
        public = words(listing[key])
        quoted = [
            public[at : at + QUOTED_RUN]
            for at in range(len(public))
            if tuple(public[at : at + QUOTED_RUN]) in runs
        ]
        assert quoted == [], f"{key} quotes the prompt"


@each_listing
def test_variables_are_declared_used_and_well_formed(listing: Listing) -> None:
    variables = listing["variables"]
    names = [variable["name"] for variable in variables]
    assert len(names) == len(set(names))
    assert set(names) == set(VARIABLE.findall(listing["prompt"]))
    assert "{{" not in VARIABLE.sub("", listing["prompt"])
    for variable in variables:
        assert set(variable) <= {"name", "label", "type", "help", "default", "required", "choices"}
        assert variable["type"] in {"text", "long_text", "number", "choice", "toggle"}
        assert variable["label"]
        assert variable["help"]
        assert isinstance(variable["required"], bool)
        assert bool(variable.get("choices")) == (variable["type"] == "choice")
        assert not variable["default"] or allowed(variable, variable["default"])


@each_listing
def test_examples_fill_every_variable_and_differ(listing: Listing) -> None:
    examples = listing["examples"]
    assert len(examples) >= 2
    for key in ("values", "output_text"):
        assert len({str(example[key]) for example in examples}) == len(examples)
    # A picture or a clip is described in two or three sentences.
    shortest, longest = (20, 110) if MODALITY[listing["model"]] in {"image", "video"} else (60, 200)
    for example in examples:
        assert shortest <= len(words(example["output_text"])) <= longest
        assert set(example["values"]) == {variable["name"] for variable in listing["variables"]}
        for variable in listing["variables"]:
            value = example["values"][variable["name"]]
            assert allowed(variable, value)
            assert value or not variable["required"]


@each_listing
def test_reviews_are_by_known_buyers_who_can_have_bought(listing: Listing) -> None:
    reviews = listing.get("reviews", [])
    assert len(reviews) <= 6
    assert len({review["buyer"] for review in reviews}) == len(reviews) <= listing["sales_count_hint"]
    for review in reviews:
        assert review["buyer"] in BUYERS
        assert 1 <= review["stars"] <= 5
        assert review["text"].strip()
        assert 0 <= review["days_ago"] <= 90


def allowed(variable: dict[str, Any], value: object) -> bool:
    """Whether `value`, a string as forms send it, fits the variable's type."""
    if not isinstance(value, str):
        return False
    if variable["type"] == "number" and value:
        return re.fullmatch(r"-?\d+(\.\d+)?", value) is not None
    if variable["type"] == "choice" and value:
        return value in variable["choices"]
    return variable["type"] != "toggle" or value in {"true", "false"}


def test_a_line_that_the_file_broke_is_whole_in_the_prompt() -> None:
    long = "word " * 23
    wrapped = f"{long}word\nand more\n1. {long}\n   on it goes\nShort.\nNext."
    assert unwrapped(wrapped) == f"{long}word and more\n1. {long} on it goes\nShort.\nNext."


@each_listing
def test_putting_lines_together_changes_no_word(listing: Listing) -> None:
    assert unwrapped(listing["prompt"]).split() == listing["prompt"].split()
