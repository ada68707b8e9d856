"""Near copies: found whatever was changed to hide them, and never where texts merely share a subject."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import clock
from listings.models import Listing, ListingStatus, PromptVersion, TextPrint
from listings.originality import Fingerprint, fingerprint, likeness
from listings.queries import originality as queries
from listings.queries.originality import near_copies, near_copies_of_draft
from listings.services.originality import print_write, prints_complete
from listings.services.review import listing_submit
from tests.factories import ListingFactory, PromptVersionFactory

TEXT = """You are a translator of Japanese cookery books who has lived in Osaka for twenty years.
Translate the recipe below into {{language}}. Keep the order of the steps, and give every quantity
both as written and in grams. Explain a utensil in brackets the first time it is named. When an
ingredient is hard to find in Europe, name the closest one and say what is lost by using it.
Never shorten the part about washing the rice. End with a note on what the cook should hear,
smell and see at each stage, in the words a grandmother would use."""
OTHER = """You are a translator of Japanese contracts who works for a court in Lyon. Render the clause below
in {{language}}. Mark every term that has no equal in French law, and explain in a footnote which
Japanese statute it comes from. Do not smooth over what is ambiguous: give both readings, and say which
one a judge would prefer. List at the end each deadline, with the day on which it begins to run."""


def shuffled(text: str) -> str:
    sentences = text.replace("\n", " ").split(". ")
    random.Random(5).shuffle(sentences)
    return ". ".join(sentences)


CHANGES = {
    "the same": TEXT,
    "other blanks and case": TEXT.replace("{{language}}", "{{target_language}}").upper(),
    "sentences in another order": shuffled(TEXT),
    "an introduction and an end": f"Think hard before you answer. {TEXT} Begin now, and do not apologise.",
    "names and numbers changed": TEXT.replace("Osaka", "Kyoto").replace("twenty", "ten"),
    "the first third left out": TEXT[len(TEXT) // 3 :],
    "small words exchanged": TEXT.replace(" the ", " this ")
    .replace(" and ", " plus ")
    .replace(" a ", " one "),
}


def submitted(text: str) -> PromptVersion:
    version = ListingFactory(status=ListingStatus.IN_REVIEW, text=text).versions.get()
    print_write(version=version)
    return version


@pytest.mark.django_db
@pytest.mark.parametrize("copy", CHANGES.values(), ids=CHANGES.keys())
def test_a_copy_is_found_with_the_one_that_was_first(copy):
    original, other = submitted(TEXT), submitted(OTHER)
    (found,) = near_copies(submitted(copy))
    assert (found.listing, found.is_earlier) == (original.listing, True)
    assert other.listing != found.listing
    assert found.percent >= 35


@pytest.mark.django_db
def test_texts_on_one_subject_are_not_copies():
    submitted(TEXT)
    assert near_copies(submitted(OTHER)) == []


@pytest.mark.django_db
def test_a_seller_s_own_versions_are_not_copies():
    first = submitted(TEXT)
    seller = first.listing.seller
    again = ListingFactory(seller=seller, status=ListingStatus.IN_REVIEW, text=TEXT).versions.get()
    print_write(version=again)
    assert near_copies(again) == []


@pytest.mark.django_db
def test_whoever_changes_their_own_prompt_is_not_later_than_its_copy():
    original = submitted(TEXT)
    copy = submitted(CHANGES["names and numbers changed"])
    (of_the_copy,) = near_copies(copy)
    changed = PromptVersionFactory(
        listing=original.listing, number=2, text=f"{TEXT} Be brief.", sealed_at=clock.now()
    )
    print_write(version=changed)
    (found,) = near_copies(changed)
    assert (found.listing, found.is_earlier) == (copy.listing, False)
    assert (of_the_copy.listing, of_the_copy.is_earlier) == (original.listing, True)


@pytest.mark.django_db
def test_a_listing_that_became_a_copy_later_is_later():
    first, theirs = submitted(OTHER), submitted(TEXT)
    became = PromptVersionFactory(listing=first.listing, number=2, text=TEXT, sealed_at=clock.now())
    print_write(version=became)
    (found,) = near_copies(became)
    assert (found.listing, found.is_earlier) == (theirs.listing, True)


@pytest.mark.django_db
def test_a_draft_s_near_copies_are_known_before_it_is_submitted():
    original = submitted(TEXT)
    draft = ListingFactory(text=CHANGES["names and numbers changed"]).versions.get()
    (found,) = near_copies_of_draft(draft)
    assert (found.listing, found.is_earlier) == (original.listing, True)
    assert not TextPrint.objects.filter(version=draft).exists()
    assert near_copies_of_draft(ListingFactory(text="").versions.get()) == []


@pytest.mark.django_db
def test_submitting_keeps_the_fingerprint():
    listing: Listing = ListingFactory(text=TEXT)
    listing_submit(listing=listing, by=listing.seller.user)
    assert TextPrint.objects.get().version.listing == listing


@pytest.mark.django_db
def test_the_sweeper_writes_what_is_missing_and_no_more():
    for text in (TEXT, "!!! ???"):
        ListingFactory(status=ListingStatus.PUBLISHED, text=text)
    ListingFactory(text=OTHER)
    prints_complete()
    prints_complete()
    assert [mark.version.text for mark in TextPrint.objects.all()] == [TEXT]


@pytest.mark.django_db
def test_a_search_reads_no_texts_and_asks_the_same_of_the_database_however_much_there_is(
    django_assert_num_queries,
):
    for _ in range(5):
        submitted(TEXT)
    version = submitted(TEXT)
    with django_assert_num_queries(4) as asked:
        assert len(near_copies(version)) == 5
    assert not any('"text"' in query["sql"] for query in asked.captured_queries)


def test_every_sign_of_a_text_without_spaces_is_a_word():
    one = fingerprint("東京の天気を詳しく説明してください")
    other = fingerprint("東京の天気を詳しく教えてください")
    assert one is not None
    assert other is not None
    assert 0.3 < likeness(one, other).runs < 1


@given(st.text())
def test_any_text_has_a_fingerprint_that_survives_storage_or_none(text):
    mark = fingerprint(text)
    if mark is not None:
        assert Fingerprint.from_bytes(mark.to_bytes()) == mark
        assert likeness(mark, mark).runs == likeness(mark, mark).words == 1
        assert len(mark.bands) == 24


@pytest.mark.django_db
def test_of_many_that_share_a_band_those_that_share_most_are_compared(monkeypatch):
    original, version = submitted(TEXT), submitted(TEXT)
    band = version.textprint.bands[:1]
    for text in (OTHER, f"{OTHER} Once more.", f"{OTHER} And again."):
        other = submitted(text)
        TextPrint.objects.filter(version=other).update(bands=band + other.textprint.bands[1:])
    monkeypatch.setattr(queries, "MAX_CANDIDATES", 1)
    assert [copy.listing for copy in near_copies(version)] == [original.listing]
