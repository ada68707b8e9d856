"""Search rows and the questions put to them."""

from typing import Any

import pytest

from listings.models import Listing, ListingSearch, ListingStatus
from listings.queries.catalogue import catalogue_cards
from listings.queries.filters import CatalogueFilter
from listings.search import search_row_refresh
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db


def on_sale(**fields: object) -> Listing:
    listing: Any = ListingFactory(status=ListingStatus.PUBLISHED, **fields)
    search_row_refresh(listing.pk)
    return listing  # type: ignore[no-any-return]


def found(words: str) -> list[str]:
    return [card.slug for card in catalogue_cards(CatalogueFilter(q=words), limit=50)]


def test_finds_another_form_of_an_english_word() -> None:
    on_sale(slug="a", title="Editing long letters")
    assert found("edit a letter") == ["a"]


def test_finds_another_form_of_a_french_word_with_or_without_accents() -> None:
    on_sale(slug="a", title="Relances de factures impayées", language="fr")
    assert found("facture impayee") == found("factures impayées") == ["a"]


def test_names_match_as_they_are() -> None:
    on_sale(slug="a", title="Notes for the model", model__slug="deepseek", model__name="DeepSeek")
    assert found("deepseek") == ["a"]


@pytest.mark.parametrize(
    "field", ["title", "summary", "description"], ids=lambda field: f"word in the {field}"
)
def test_every_public_text_is_searched(field: str) -> None:
    on_sale(slug="a", **{field: "A zephyr of a prompt"})
    assert found("zephyr") == ["a"]


def test_tags_and_both_names_of_the_category_are_searched() -> None:
    on_sale(slug="a", tags=["soy-candles"], category__slug="data", category__name_fr="Données")
    assert found("candles") == found("donnees") == ["a"]


def test_a_match_in_the_title_comes_before_one_in_the_description() -> None:
    on_sale(slug="described", description="All about invoices.", sales_count=3)
    on_sale(slug="titled", title="Invoices")
    assert found("invoices") == ["titled", "described"]


def test_of_equal_matches_the_one_that_sells_comes_first() -> None:
    on_sale(slug="unsold", title="Invoices")
    on_sale(slug="sold", title="Invoices", sales_count=40)
    assert found("invoices") == ["sold", "unsold"]


def test_phrases_and_exclusions_work_as_in_web_search() -> None:
    on_sale(slug="a", title="Weekly meal planner")
    on_sale(slug="b", title="Planner of a weekly newsletter")
    assert found('"meal planner"') == ["a"]
    assert found("planner -newsletter") == ["a"]


@pytest.mark.parametrize(
    "words", ["!!!", "' OR 1=1 --", "a\x00b", "(((", "the of and", "-", '"' * 300, "x" * 5000]
)
def test_strange_words_are_harmless(words: str) -> None:
    on_sale(slug="a", title="Weekly meal planner")
    assert found(words) == []


def test_the_secret_text_is_not_searched() -> None:
    on_sale(text="The canary quokkaword sings to {{topic}}.", instructions="Quokkaword too.")
    assert found("quokkaword") == []


def test_refreshing_follows_the_listing_and_drops_what_is_no_longer_on_sale() -> None:
    listing = on_sale(slug="a", title="Weekly meal planner")
    Listing.objects.filter(pk=listing.pk).update(title="Budget")
    search_row_refresh(listing.pk)
    assert (found("planner"), found("budget")) == ([], ["a"])
    Listing.objects.filter(pk=listing.pk).update(status=ListingStatus.UNLISTED)
    search_row_refresh(listing.pk)
    assert not ListingSearch.objects.exists()


def test_a_row_left_behind_does_not_make_an_unlisted_prompt_appear() -> None:
    listing = on_sale(slug="a", title="Weekly meal planner")
    Listing.objects.filter(pk=listing.pk).update(status=ListingStatus.UNLISTED)
    assert found("planner") == []
