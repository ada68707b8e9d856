"""Writing a listing: what is stored, what is refused, and what a sealed version keeps."""

import datetime
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import SellerProfile, User
from common import clock
from common.errors import Conflict, InvalidInput
from listings.models import ExampleOutput, Listing, ListingStatus, PromptVersion
from listings.queries.studio import own_listings
from listings.services.deleted import deleted_drafts_forget, listing_duplicate, listing_restore
from listings.services.drafts import listing_delete, listing_update, version_start
from listings.services.review import listing_submit, listing_withdraw
from tests.factories import ListingFactory, SellerProfileFactory, UserFactory
from tests.listings.drafting import draft, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> SellerProfile:
    return SellerProfileFactory.create()


@pytest.fixture
def bob() -> SellerProfile:
    return SellerProfileFactory.create()


@pytest.fixture
def moderator() -> User:
    return UserFactory.create(staff=True)


def test_a_draft_keeps_what_the_seller_wrote(alice: SellerProfile) -> None:
    listing = draft(alice, tags=["Non Fiction", "essay", "essay"], language="fr", license="commercial")

    assert (listing.status, listing.slug, listing.price_amount) == (ListingStatus.DRAFT, "a-short-essay", 499)
    assert listing.description_html == "<p>Writes <strong>short</strong> essays.</p>"
    assert [tag.slug for tag in listing.tags.all()] == ["essay", "non-fiction"]
    version = listing.versions.get()
    assert (version.number, version.word_count, version.is_sealed) == (1, 5, False)
    assert version.examples.count() == 2


def test_variables_left_out_are_required_text_fields(alice: SellerProfile) -> None:
    version = draft(alice, prompt="{{tone}} essay on {{topic}}, {{tone}}").versions.get()

    assert [(raw["name"], raw["type"], raw["required"]) for raw in version.variables] == [
        ("tone", "text", True),
        ("topic", "text", True),
    ]


def test_variables_are_those_of_the_text(alice: SellerProfile) -> None:
    declared = [
        {"name": "unused", "type": "text"},
        {"name": "topic", "label": "Subject", "type": "choice", "choices": ["a", "b"], "required": False},
    ]
    version = draft(alice, variables=declared, prompt="{{topic}} {{other}}").versions.get()

    assert [raw["name"] for raw in version.variables] == ["topic", "other"]
    assert version.variables[0]["label"] == "Subject"


# --- Refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize("price", [299, 1, -5])
def test_a_price_below_three_dollars_is_refused_by_name(alice: SellerProfile, price: int) -> None:
    with pytest.raises(InvalidInput) as refusal:
        draft(alice, price_amount=price)

    assert refusal.value.code == "price_too_low"
    assert refusal.value.errors == {"price_amount": ["A prompt is free or costs at least $3.00."]}


@pytest.mark.parametrize("price", [0, 300, 100_000])
def test_free_and_the_limits_of_price_are_accepted(alice: SellerProfile, price: int) -> None:
    assert draft(alice, price_amount=price).price_amount == price


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price_amount", 100_001),
        ("price_amount", True),
        ("price_amount", "499"),
        ("title", "   "),
        ("title", "x" * 171),
        ("summary", "x" * 161),
        ("description", None),
        ("model", "no-such-model"),
        ("model", "nul\x00"),
        ("category", 7),
        ("tags", "essay"),
        ("tags", ["x" * 41]),
        ("prompt", "x" * 40_001),
        ("license", "none"),
        ("language", "English"),
        ("variables", [{"name": "Not a name"}]),
        ("variables", [{"name": "a", "type": "choice"}]),
        ("variables", [{"name": "a"}, {"name": "a"}]),
        ("variables", "a, b"),
        ("examples", [{"values": []}]),
        ("examples", ["text"]),
        ("examples", [{"values": {"topic": {"a": 1}}}]),
        ("examples", [{"values": {"topic": float("inf")}}]),
        ("examples", [{"values": {"topic": 10**400}}]),
        ("examples", [{"values": {}, "output_text": "x" * 20_001}]),
    ],
)
def test_a_value_that_breaks_a_rule_names_its_field(alice: SellerProfile, field: str, value: Any) -> None:
    with pytest.raises(InvalidInput) as refusal:
        draft(alice, **{field: value})

    assert list(refusal.value.errors) == [field]
    assert not Listing.objects.exists()


def test_all_wrong_fields_are_named_at_once(alice: SellerProfile) -> None:
    with pytest.raises(InvalidInput) as refusal:
        draft(alice, title="", price_amount=100, model="nothing")

    assert set(refusal.value.errors) == {"title", "price_amount", "model"}


def test_characters_that_cannot_be_stored_are_dropped(alice: SellerProfile) -> None:
    listing = draft(
        alice,
        title="Nul\x00l",
        prompt="a\x00b\r\n\ud800{{topic}}",
        examples=[{"values": {"to\x00pic": ["\udfff"]}, "output_text": "\x00ok"}],
    )

    listing.refresh_from_db()
    assert listing.title == "Null"
    assert listing.versions.get().text == "ab\n{{topic}}"


# --- Addresses -----------------------------------------------------------------------------------


def test_a_title_in_use_gets_an_unguessable_suffix(alice: SellerProfile, bob: SellerProfile) -> None:
    slugs = [draft(alice).slug, draft(bob).slug, draft(bob).slug]

    assert slugs[0] == "a-short-essay"
    assert all(slug.startswith("a-short-essay-") and len(slug) == 20 for slug in slugs[1:])
    assert len(set(slugs)) == 3


def test_a_title_without_latin_letters_gets_an_address(alice: SellerProfile) -> None:
    assert draft(alice, title="提示词").slug.startswith("prompt-")


def test_the_address_follows_the_title_until_publication(alice: SellerProfile) -> None:
    listing = draft(alice)

    assert listing_update(listing=listing, data={"title": "Longer essays"}).slug == "longer-essays"
    assert listing_update(listing=listing, data={"title": "Longer essays!"}).slug == "longer-essays"


@pytest.mark.django_db(transaction=True)
def test_two_drafts_of_one_title_at_once_both_get_in(alice: SellerProfile, bob: SellerProfile) -> None:
    barrier = threading.Barrier(2)
    made: list[str] = []

    def make(seller: SellerProfile) -> None:
        try:
            barrier.wait(timeout=10)
            made.append(draft(seller).slug)
        finally:
            connection.close()

    draft(alice, title="Warm the vocabulary")
    threads = [threading.Thread(target=make, args=(seller,)) for seller in (alice, bob)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert len(set(made)) == 2


# --- Edits ---------------------------------------------------------------------------------------


def test_saving_the_same_form_again_begins_no_version(alice: SellerProfile, moderator: User) -> None:
    listing = published(alice, moderator)
    version = listing.versions.get()
    same = {
        "title": listing.title,
        "tags": [],
        "model": listing.model.slug,
        "prompt": version.text,
        "variables": version.variables,
        "examples": list(version.examples.values("values", "output_text")),
    }

    listing_update(listing=listing, data=same)

    assert listing.versions.count() == 1


def test_an_edit_of_the_text_after_publication_begins_a_working_copy(
    alice: SellerProfile, moderator: User
) -> None:
    listing = published(alice, moderator)

    listing_update(listing=listing, data={"prompt": "Better, on {{topic}}."})
    listing_update(listing=listing, data={"instructions": "Paste it."})

    old, new = listing.versions.order_by("number")
    assert old.text == "Write an essay about {{topic}}."
    assert (new.text, new.instructions, new.examples.count()) == ("Better, on {{topic}}.", "Paste it.", 2)
    assert listing.versions.filter(sealed_at=None).count() == 1


def test_the_price_changes_at_once_even_while_a_moderator_reads(alice: SellerProfile) -> None:
    listing = listing_submit(listing=draft(alice), by=alice.user)

    assert listing_update(listing=listing, data={"price_amount": 900}).price_amount == 900


@pytest.mark.parametrize("change", [{"title": "Another"}, {"prompt": "Another {{topic}}"}, {"examples": []}])
def test_nothing_a_moderator_reads_changes_meanwhile(alice: SellerProfile, change: dict[str, Any]) -> None:
    listing = listing_submit(listing=draft(alice), by=alice.user)

    with pytest.raises(Conflict) as refusal:
        listing_update(listing=listing, data=change)
    assert refusal.value.code == "in_review"


def test_a_draft_nobody_judged_is_deleted(alice: SellerProfile) -> None:
    listing = draft(alice, tags=["owls"])
    listing_delete(listing=listing)
    assert not own_listings(alice)
    for act in (
        lambda: listing_update(listing=listing, data={"title": "New"}),
        lambda: listing_submit(listing=listing, by=alice.user),
    ):
        with pytest.raises(Conflict, match="removed"):
            act()

    listing_restore(listing=listing)
    assert [row.title for row in own_listings(alice)] == ["A short essay"]


def test_a_deleted_draft_is_erased_after_a_month(alice: SellerProfile) -> None:
    gone, kept, restored = draft(alice), draft(alice), draft(alice)
    for listing, days in ((gone, 31), (kept, 29), (restored, 31)):
        listing_delete(listing=listing)
        Listing.objects.filter(pk=listing.pk).update(deleted_at=clock.now() - datetime.timedelta(days=days))
    listing_restore(listing=restored)
    deleted_drafts_forget()

    assert set(Listing.objects.values_list("pk", flat=True)) == {kept.pk, restored.pk}


def test_what_a_moderator_read_is_never_set_aside_as_a_draft(alice: SellerProfile) -> None:
    listing = listing_submit(listing=draft(alice), by=alice.user)
    listing_withdraw(listing=listing, by=alice.user)
    listing_delete(listing=listing)

    listing.refresh_from_db()
    assert (listing.status, listing.deleted_at) == (ListingStatus.REMOVED, None)


def test_a_copy_begins_as_the_newest_version_and_has_sold_nothing(
    alice: SellerProfile, moderator: User
) -> None:
    listing = published(alice, moderator, tags=["owls"], price_amount=700)
    Listing.objects.filter(pk=listing.pk).update(sales_count=9)
    listing_update(listing=listing, data={"prompt": "Newer about {{topic}}.", "changelog": "Newer."})
    copy = listing_duplicate(listing=listing)

    assert (copy.title, copy.status, copy.sales_count) == ("Copy of A short essay", "draft", 0)
    assert (copy.price_amount, [tag.slug for tag in copy.tags.all()]) == (700, ["owls"])
    version = copy.versions.get()
    assert (version.number, version.text, version.changelog) == (1, "Newer about {{topic}}.", "")
    assert version.examples.count() == 2
    assert copy.description_html == listing.description_html


def test_deleting_what_was_on_sale_keeps_it_for_its_buyers(alice: SellerProfile, moderator: User) -> None:
    listing = published(alice, moderator)
    listing_delete(listing=listing)

    listing.refresh_from_db()
    assert listing.status == ListingStatus.REMOVED
    assert listing.versions.get().text


def test_a_listing_in_review_is_not_deleted(alice: SellerProfile) -> None:
    listing = listing_submit(listing=draft(alice), by=alice.user)

    with pytest.raises(Conflict):
        listing_delete(listing=listing)


def test_beginning_a_version_twice_gives_the_same_working_copy(alice: SellerProfile, moderator: User) -> None:
    listing = published(alice, moderator)

    assert version_start(listing=listing) == version_start(listing=listing)


# --- What a sealed version keeps, whatever code runs ---------------------------------------------


def sealed() -> PromptVersion:
    return ListingFactory.create(status=ListingStatus.PUBLISHED).versions.get()


@pytest.mark.parametrize(
    "change",
    [
        {"text": "other"},
        {"variables": [{"name": "x"}]},
        {"instructions": "other"},
        {"changelog": "other"},
        {"number": 9},
        {"sealed_at": None, "published_at": None},
        {"text_hash": ""},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_database_refuses_to_change_a_sealed_version(change: dict[str, Any]) -> None:
    version = sealed()

    with pytest.raises(DatabaseError, match="is sealed"), transaction.atomic():
        PromptVersion.objects.filter(pk=version.pk).update(**change)


@pytest.mark.parametrize(
    "attempt",
    [
        lambda version: PromptVersion.objects.filter(pk=version.pk)._raw_delete("default"),
        lambda version: version.examples.update(output_text="other"),
        lambda version: version.examples.all()._raw_delete("default"),
        lambda version: ExampleOutput.objects.create(version=version, position=9, output_text="late"),
    ],
    ids=["delete version", "change example", "delete example", "add example"],
)
def test_the_database_keeps_a_sealed_version_and_examples(
    attempt: Callable[[PromptVersion], Any],
) -> None:
    version = sealed()

    with pytest.raises(DatabaseError, match="is sealed"), transaction.atomic():
        attempt(version)


def test_an_example_cannot_be_moved_to_a_sealed_version() -> None:
    version = sealed()
    example = ListingFactory.create().versions.get().examples.earliest("position")

    with pytest.raises(DatabaseError, match="is sealed"), transaction.atomic():
        ExampleOutput.objects.filter(pk=example.pk).update(version=version, position=9)


def test_a_working_copy_may_change(alice: SellerProfile) -> None:
    listing = listing_update(listing=draft(alice), data={"prompt": "Changed {{topic}}", "examples": []})

    version = listing.versions.get()
    assert version.text == "Changed {{topic}}"
    assert not version.examples.exists()


def test_public_text_has_no_characters_that_feeds_refuse(alice: SellerProfile) -> None:
    listing = draft(
        alice, title="A \x08short\x1b essay", summary="\x7fShort.", prompt="Write\x0c:\n\t{{topic}}"
    )

    assert (listing.title, listing.summary) == ("A short essay", "Short.")
    assert listing.versions.get().text == "Write:\n\t{{topic}}"


def test_a_text_with_more_blanks_than_a_form_can_have_is_refused(alice: SellerProfile) -> None:
    with pytest.raises(InvalidInput) as refused:
        draft(alice, prompt=" ".join(f"{{{{blank_{number}}}}}" for number in range(61)))

    assert refused.value.errors == {"prompt": ["Use at most 60 variables."]}
