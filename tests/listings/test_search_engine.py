"""The engine behind the catalogue: spelling, completing, going deep, vocabulary, tiers, what rows follow."""

from dataclasses import replace
from typing import Any

import pytest
from django.db.models import F

from common import clock
from listings.models import (
    Listing,
    ListingSearch,
    ListingStats,
    ListingStatus,
    SearchChange,
    SearchLexeme,
    SearchWord,
)
from listings.search import relevance
from listings.search.engine import search, search_facts
from listings.search.planning import Estimate, estimate, walks
from listings.search.query import SearchQuery, Sort
from listings.search.rows import search_row_refresh, search_rows_complete
from listings.search.spelling import deletions, distance
from listings.search.suggesting import suggestions
from listings.search.text import Clause, question_parse, tokens
from listings.search.tiers import tiers_adjust
from listings.search.vocabulary import vocabulary_count
from tests.factories import ListingFactory, TargetModelFactory


def on_sale(**fields: Any) -> Listing:
    made: Any = ListingFactory(status=ListingStatus.PUBLISHED, **fields)
    return made  # type: ignore[no-any-return]


def counted() -> None:
    while vocabulary_count():
        pass


def found(words: str, **asked: Any) -> list[str]:
    ids = search(SearchQuery(words=words, **asked)).ids
    slugs = dict(Listing.objects.filter(pk__in=ids).values_list("pk", "slug"))
    return [slugs[pk] for pk in ids]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rédiger l'écriture d\u2019un cœur", ["rediger", "ecriture", "un", "coeur"]),
        ("Node.js & C++, GPT-4o's", ["node", "js", "c", "gpt", "4o"]),
        ("日本語 text", ["日", "本", "語", "text"]),
        ("a\x00b _ 'quoted'", ["a", "b", "quoted"]),
    ],
)
def test_texts_are_cut_into_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_a_question_is_phrases_words_alternatives_and_what_is_unwanted() -> None:
    question = question_parse('"meal planner" weekly or monthly -news the')
    assert question.groups == (
        (Clause(("meal", "planner")),),
        (Clause(("weekly",)), Clause(("monthly",))),
    )
    assert question.excluded == (Clause(("news",)),)


@pytest.mark.parametrize(
    ("typed", "meant", "edits"),
    [("passwrod", "password", 1), ("negociation", "negotiation", 1), ("expresion", "expression", 1),
     ("screenwritr", "screenwriter", 1), ("botancial", "botanical", 1), ("abc", "xyz", 3)],
)  # fmt: skip
def test_near_words_share_a_deletion(typed: str, meant: str, edits: int) -> None:
    assert distance(typed, meant, 2) == edits
    assert bool(set(deletions(typed)) & set(deletions(meant))) == (edits <= 2)


def test_frequent_words_are_walked_to_and_rare_ones_gathered() -> None:
    rows = 1_000_000
    assert walks(estimate(rows, [300_000]), 25)
    assert not walks(estimate(rows, [1_000]), 25)
    assert not walks(estimate(0, []), 25)
    assert estimate(rows, [10_000, 300_000]).matches > 10_000 * 0.3


@pytest.mark.django_db
class TestVocabulary:
    def test_it_follows_what_is_written_changed_and_taken_away(self) -> None:
        listing = on_sale(title="Weekly planner")
        counted()
        assert SearchLexeme.objects.get(lexeme="planner").documents == 1
        Listing.objects.filter(pk=listing.pk).update(title="Weekly budget")
        search_row_refresh(listing.pk)
        counted()
        assert not SearchLexeme.objects.filter(lexeme="planner").exists()
        assert SearchWord.objects.get(word="planner").documents == 0
        Listing.objects.filter(pk=listing.pk).update(status=ListingStatus.UNLISTED)
        search_row_refresh(listing.pk)
        counted()
        assert not SearchLexeme.objects.exists()
        assert not SearchChange.objects.exists()

    def test_writing_the_same_again_notes_nothing(self) -> None:
        listing = on_sale()
        counted()
        search_row_refresh(listing.pk)
        assert not SearchChange.objects.exists()

    def test_a_hidden_text_is_not_in_it(self) -> None:
        on_sale(text="The quokkaword sings to {{topic}}.", instructions="Quokkaword too.")
        counted()
        for rows in (SearchLexeme.objects.values_list("lexeme"), SearchWord.objects.values_list("word")):
            assert "quokkaword" not in str(list(rows))
        assert "quokkaword" not in str(list(ListingSearch.objects.values_list("document")))


@pytest.mark.django_db
class TestMending:
    def test_a_word_that_is_nowhere_is_taken_for_its_neighbour_and_that_is_said(self) -> None:
        on_sale(slug="a", title="Écriture de discours", language="fr")
        counted()
        page = search(SearchQuery(words="ecritrue"))
        assert (len(page.ids), page.corrected) == (1, "écriture")

    def test_the_beginning_of_a_word_finds_it(self) -> None:
        on_sale(slug="a", title="Negotiation brief")
        counted()
        assert found("negoti") == ["a"]
        assert found("brief neg", is_typing=True) == ["a"]

    def test_a_rare_spelling_is_searched_and_the_common_one_offered(self) -> None:
        for _ in range(20):
            on_sale(title="Planner")
        on_sale(slug="odd", title="Planer")
        counted()
        page = search(SearchQuery(words="planer"))
        assert (len(page.ids), page.did_you_mean) == (1, "planner")

    def test_suggestions_are_words_and_titles(self) -> None:
        on_sale(slug="a", title="Negotiation brief", summary="", description="")
        on_sale(slug="b", title="Negligence check", summary="", description="")
        counted()
        suggested = suggestions("weekly neg")
        assert set(suggested.words) == {"weekly negotiation", "weekly negligence"}
        assert {each.slug for each in suggestions("neg").listings} == {"a", "b"}
        assert suggestions("n").words == suggestions("").words == []


@pytest.mark.django_db
class TestGoingDeep:
    @pytest.fixture(autouse=True)
    def few_candidates(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(relevance, "CANDIDATES", 5)
        monkeypatch.setattr("listings.search.pages.CANDIDATES", 5)

    def test_the_best_answers_and_the_rest_are_one_list_both_ways(self) -> None:
        for number in range(17):
            on_sale(
                title="Invoices" if number % 3 else "Letters", description="Invoices.", sales_count=number
            )
        query = SearchQuery(words="invoices", size=4)
        pages = [search(query)]
        while pages[-1].next_cursor:
            pages.append(search(replace(query, cursor=pages[-1].next_cursor)))
        forwards = [page.ids for page in pages]
        assert len({pk for ids in forwards for pk in ids}) == sum(map(len, forwards)) == 17
        backwards = [pages[-1]]
        while backwards[-1].previous_cursor:
            backwards.append(search(replace(query, cursor=backwards[-1].previous_cursor)))
        walked = [pk for page in reversed(backwards) for pk in page.ids]
        assert walked == [pk for ids in forwards for pk in ids]

    def test_numbered_pages_continue_where_the_best_end(self) -> None:
        for number in range(12):
            on_sale(title="Invoices", sales_count=number)
        pages = [search(SearchQuery(words="invoices", size=4, offset=offset)).ids for offset in (0, 4, 8)]
        assert len({pk for ids in pages for pk in ids}) == 12


@pytest.mark.django_db
class TestPlans:
    """Every way of finding gives the same answer."""

    @pytest.mark.parametrize("matches", [0, 10, 100_000, 900_000])
    def test_candidates(self, monkeypatch: pytest.MonkeyPatch, matches: int) -> None:
        for number in range(9):
            on_sale(slug=f"p-{number}", title="Invoices", sales_count=number)
        ListingSearch.objects.update(tier=0)
        counted()
        guess = Estimate(matches, 1_000_000)
        monkeypatch.setattr("listings.search.engine.estimate", lambda *_: guess)
        assert found("invoices") == [f"p-{number}" for number in range(8, -1, -1)]
        assert found("invoices", sort=Sort.BEST_SELLING.value) == [
            f"p-{number}" for number in range(8, -1, -1)
        ]

    def test_a_tier_that_holds_too_little_is_not_enough(self, monkeypatch: pytest.MonkeyPatch) -> None:
        on_sale(slug="a", title="Invoices")
        monkeypatch.setattr("listings.search.engine.estimate", lambda *_: Estimate(20_000, 1_000_000))
        assert found("invoices") == ["a"]


@pytest.mark.django_db
class TestRows:
    def test_price_sales_and_ratings_are_followed(self) -> None:
        listing = on_sale()
        before = ListingSearch.objects.get(pk=listing.pk)
        Listing.objects.filter(pk=listing.pk).update(
            price_amount=900, sales_count=F("sales_count") + 3, rating_count=2, rating_sum=9
        )
        row = ListingSearch.objects.get(pk=listing.pk)
        assert (row.price_amount, row.sales_count, row.stars) == (900, 3, 4.5)
        assert row.quality > before.quality

    def test_what_trends_is_followed_unless_it_hardly_moves(self) -> None:
        listing = on_sale()
        ListingStats.objects.update_or_create(pk=listing.pk, defaults={"trending": 50.0})
        assert ListingSearch.objects.get(pk=listing.pk).trending == 50
        ListingStats.objects.filter(pk=listing.pk).update(trending=50.05)
        assert ListingSearch.objects.get(pk=listing.pk).trending == 50

    def test_what_is_taken_for_nothing_counts_less_than_what_is_paid_for(self) -> None:
        now = clock.now()
        free = on_sale(price_amount=0, sales_count=20, published_at=now)
        paid = on_sale(price_amount=300, sales_count=20, published_at=now)
        quality = dict(ListingSearch.objects.values_list("pk", "quality"))
        assert quality[paid.pk] > quality[free.pk]

    def test_missing_rows_are_written_and_stale_ones_deleted(self) -> None:
        missing, stale = on_sale(), on_sale()
        ListingSearch.objects.filter(pk=missing.pk).delete()
        Listing.objects.filter(pk=stale.pk).update(status=ListingStatus.UNLISTED)
        assert search_rows_complete() == 2
        assert list(ListingSearch.objects.values_list("pk", flat=True)) == [missing.pk]
        assert search_rows_complete() == 0

    def test_the_best_are_in_the_best_tier(self) -> None:
        rows = [on_sale(sales_count=sales).pk for sales in (1, 50, 9, 400, 3)]

        def best() -> set[int]:
            while tiers_adjust(rows=2, top_rows=1, batch=1):
                pass
            return set(ListingSearch.objects.filter(tier__lte=0).values_list("pk", flat=True))

        assert best() == {rows[1], rows[3]}
        Listing.objects.filter(pk=rows[0]).update(sales_count=5000)
        assert best() == {rows[0], rows[3]}


@pytest.mark.django_db
def test_modality_and_language_narrow_and_are_counted() -> None:
    on_sale(slug="image", model=TargetModelFactory(slug="pixels", modality="image"))
    on_sale(slug="french", language="fr")
    on_sale(slug="english")
    counted()
    assert found("", modality="image") == ["image"]
    assert found("", language="fr") == ["french"]
    facets = search_facts(SearchQuery(modality="image")).facets
    assert {facet.slug: facet.count for facet in facets.modalities} == {"image": 1, "text": 2}
    languages = search_facts(SearchQuery(language="fr")).facets.languages
    assert {facet.slug: facet.count for facet in languages} == {"en": 2, "fr": 1}
    assert found("", tag="nobody-has-it") == []
