"""From draft to shop window, and what each person may do on the way."""

from typing import Any

import pytest

from accounts.models import AuditEntry, SellerProfile, User
from common.errors import Conflict, InvalidInput, NotFound
from common.models import OutboxMessage
from listings.models import ListingSearch, ListingStatus, ModerationDecision
from listings.services.drafts import listing_update, version_start
from listings.services.review import (
    listing_decide,
    listing_relist,
    listing_remove,
    listing_submit,
    listing_unlist,
    listing_withdraw,
    queue_position,
    submission_problems,
)
from listings.services.sources import version_source
from tests.factories import ListingFactory, SellerProfileFactory, UserFactory
from tests.listings.drafting import draft, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> SellerProfile:
    return SellerProfileFactory.create(handle="alice")


@pytest.fixture
def bob() -> SellerProfile:
    return SellerProfileFactory.create(handle="bob")


@pytest.fixture
def moderator() -> User:
    return UserFactory.create(staff=True)


@pytest.fixture
def charlie() -> User:
    return UserFactory.create()


def test_submitting_seals_the_version_and_queues_the_listing(alice: SellerProfile) -> None:
    listing = listing_submit(listing=draft(alice), by=alice.user)

    assert listing.status == ListingStatus.IN_REVIEW
    assert listing.versions.get().is_sealed
    assert queue_position(listing) == 1


def test_queue_positions_follow_the_order_of_submission(alice: SellerProfile, bob: SellerProfile) -> None:
    first = listing_submit(listing=draft(alice), by=alice.user)
    second = listing_submit(listing=draft(bob, prompt="Another text on {{topic}}."), by=bob.user)

    assert (queue_position(first), queue_position(second)) == (1, 2)


def test_submitting_twice_changes_nothing(alice: SellerProfile) -> None:
    listing = draft(alice)
    first = listing_submit(listing=listing, by=alice.user)
    again = listing_submit(listing=listing, by=alice.user)

    assert again.submitted_at == first.submitted_at
    assert listing.versions.count() == 1


@pytest.mark.parametrize("person", ["bob", "charlie", "moderator"])
def test_only_the_seller_submits_and_withdraws(
    alice: SellerProfile, person: str, request: pytest.FixtureRequest
) -> None:
    listing = draft(alice)
    other = request.getfixturevalue(person)
    user = other.user if isinstance(other, SellerProfile) else other

    with pytest.raises(NotFound):
        listing_submit(listing=listing, by=user)
    listing_submit(listing=listing, by=alice.user)
    with pytest.raises(NotFound):
        listing_withdraw(listing=listing, by=user)


# --- The hard rules ------------------------------------------------------------------------------


def test_all_problems_are_told_at_once_by_field() -> None:
    unverified = SellerProfileFactory.create(user=UserFactory.create(verified=False))
    bare = draft(unverified, summary="", description="", prompt="", examples=[])

    assert set(submission_problems(bare)) == {"summary", "description", "prompt", "examples", "email"}
    with pytest.raises(InvalidInput) as refusal:
        listing_submit(listing=bare, by=unverified.user)
    assert refusal.value.errors == submission_problems(bare)
    assert refusal.value.code == "not_ready"


def test_an_example_without_a_value_for_a_variable_is_named(alice: SellerProfile) -> None:
    listing = draft(alice, examples=[{"values": {}, "output_text": "x"}, {"values": {"topic": "y"}}])

    assert submission_problems(listing)["examples"] == [
        "Example 1: Topic: Fill this in.",
        "Example 2: write what came out.",
    ]


@pytest.mark.parametrize(
    "secret",
    [
        "-----BEGIN RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----",
        "sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc",
        "AKIA" + "IOSFODNN7EXAMPLE",
        "ghp_" + "a" * 36,
        "sk-" + "proj-" + "b" * 40,
    ],
)
@pytest.mark.parametrize("field", ["prompt", "description", "instructions"])
def test_a_credential_in_any_text_is_refused(alice: SellerProfile, secret: str, field: str) -> None:
    listing = draft(alice, **{field: f"Use {secret} about {{{{topic}}}}."})

    assert "Take it out" in submission_problems(listing)[field][0]


@pytest.mark.parametrize("harmless", ["sk_live_", "AKIA is a prefix", "my ghp_token", "BEGIN PRIVATE KEY"])
def test_talk_about_credentials_is_not_refused(alice: SellerProfile, harmless: str) -> None:
    assert submission_problems(draft(alice, prompt=f"Explain {harmless} to {{{{topic}}}}.")) == {}


def test_another_sellers_text_is_refused_whatever_its_case_and_spacing(
    alice: SellerProfile, bob: SellerProfile
) -> None:
    listing_submit(listing=draft(alice), by=alice.user)
    copy = draft(bob, prompt="WRITE   an essay about {{ topic }}.\n")

    assert "Another seller offers this very text" in submission_problems(copy)["prompt"][0]


def test_ones_own_text_and_anothers_draft_are_no_copies(alice: SellerProfile, bob: SellerProfile) -> None:
    listing_submit(listing=draft(alice), by=alice.user)
    draft(bob, prompt="Not submitted yet: {{topic}}.")

    assert submission_problems(draft(alice)) == {}
    assert submission_problems(draft(alice, prompt="Not submitted yet: {{topic}}.")) == {}


# --- The decision --------------------------------------------------------------------------------


def test_publishing_puts_the_version_on_sale_and_tells_higher_apps(
    alice: SellerProfile, moderator: User
) -> None:
    listing = published(alice, moderator)

    assert listing.status == ListingStatus.PUBLISHED
    assert listing.published_version == listing.versions.get()
    assert OutboxMessage.objects.get().topic == "listing_published"
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == [
        "listing.submitted",
        "listing.publish",
    ]
    assert queue_position(listing) == 0


def test_returning_keeps_the_reasons_and_tells_higher_apps(alice: SellerProfile, moderator: User) -> None:
    listing = listing_submit(listing=draft(alice), by=alice.user)
    listing = listing_decide(listing=listing, moderator=moderator, decision="reject", reasons=["Too short."])

    assert listing.status == ListingStatus.REJECTED
    assert ModerationDecision.objects.get().reasons == ["Too short."]
    assert OutboxMessage.objects.get().topic == "listing_rejected"


def test_returning_needs_a_reason(alice: SellerProfile, moderator: User) -> None:
    listing = listing_submit(listing=draft(alice), by=alice.user)

    with pytest.raises(InvalidInput) as refusal:
        listing_decide(listing=listing, moderator=moderator, decision="reject", reasons=["  "])
    assert list(refusal.value.errors) == ["reasons"]


def test_the_same_decision_again_is_fine_and_another_one_conflicts(
    alice: SellerProfile, moderator: User
) -> None:
    listing = published(alice, moderator)

    listing_decide(listing=listing, moderator=moderator, decision="publish")
    with pytest.raises(Conflict) as refusal:
        listing_decide(listing=listing, moderator=moderator, decision="reject", reasons=["No."])

    assert refusal.value.code == "already_decided"
    assert ModerationDecision.objects.count() == OutboxMessage.objects.count() == 1


def test_a_draft_cannot_be_decided(alice: SellerProfile, moderator: User) -> None:
    with pytest.raises(Conflict) as refusal:
        listing_decide(listing=draft(alice), moderator=moderator, decision="publish")
    assert refusal.value.code == "not_in_review"


def test_people_who_are_not_staff_cannot_decide(alice: SellerProfile, charlie: User) -> None:
    listing = listing_submit(listing=draft(alice), by=alice.user)

    for user in (charlie, alice.user):
        with pytest.raises(NotFound):
            listing_decide(listing=listing, moderator=user, decision="publish")


def test_a_moderator_does_not_judge_their_own_prompt(moderator: User) -> None:
    own = SellerProfileFactory.create(user=moderator)
    listing = listing_submit(listing=draft(own), by=moderator)

    with pytest.raises(Conflict) as refusal:
        listing_decide(listing=listing, moderator=moderator, decision="publish")
    assert refusal.value.code == "own_listing"


def test_a_decision_on_a_version_that_was_replaced_conflicts(alice: SellerProfile, moderator: User) -> None:
    listing = listing_submit(listing=draft(alice), by=alice.user)
    listing_withdraw(listing=listing, by=alice.user)
    listing_submit(listing=listing, by=alice.user)

    with pytest.raises(Conflict) as refusal:
        listing_decide(listing=listing, moderator=moderator, decision="publish", version_number=1)
    assert refusal.value.code == "version_changed"


def test_a_returned_listing_can_be_improved_and_sent_again(alice: SellerProfile, moderator: User) -> None:
    listing = listing_submit(listing=draft(alice), by=alice.user)
    listing_decide(listing=listing, moderator=moderator, decision="reject", reasons=["Too short."])
    listing_update(listing=listing, data={"prompt": "Write a much better essay about {{topic}}."})

    listing = listing_submit(listing=listing, by=alice.user)

    assert listing.status == ListingStatus.IN_REVIEW
    assert [version.number for version in listing.versions.order_by("number")] == [1, 2]


def test_a_returned_listing_sent_again_as_it_was_is_a_new_version(
    alice: SellerProfile, moderator: User
) -> None:
    listing = listing_submit(listing=draft(alice), by=alice.user)
    listing_decide(listing=listing, moderator=moderator, decision="reject", reasons=["Too short."])

    listing_submit(listing=listing, by=alice.user)

    assert queue_position(listing) == 1
    assert listing.versions.count() == 2


def test_withdrawing_gives_the_draft_back_with_its_text(alice: SellerProfile) -> None:
    listing = listing_submit(listing=draft(alice), by=alice.user)
    listing = listing_withdraw(listing=listing, by=alice.user)

    copy = version_start(listing=listing)
    assert listing.status == ListingStatus.DRAFT
    assert (copy.number, copy.text, copy.examples.count()) == (2, "Write an essay about {{topic}}.", 2)
    assert queue_position(listing) == 0


# --- On sale -------------------------------------------------------------------------------------


def test_a_new_version_waits_while_the_old_one_stays_on_sale(alice: SellerProfile, moderator: User) -> None:
    listing = published(alice, moderator)
    first, published_at = listing.published_version, listing.published_at
    listing_update(
        listing=listing, data={"prompt": "A better essay about {{topic}}.", "changelog": "Better."}
    )
    listing = listing_submit(listing=listing, by=alice.user)

    assert (listing.status, listing.published_version) == (ListingStatus.PUBLISHED, first)
    assert queue_position(listing) == 1

    listing = listing_decide(listing=listing, moderator=moderator, decision="publish")
    assert listing.published_version is not None
    assert listing.published_version.number == 2
    assert listing.published_at == published_at


def test_returning_a_new_version_leaves_the_old_one_on_sale(alice: SellerProfile, moderator: User) -> None:
    listing = published(alice, moderator)
    listing_update(listing=listing, data={"prompt": "A worse essay about {{topic}}."})
    listing_submit(listing=listing, by=alice.user)

    listing = listing_decide(listing=listing, moderator=moderator, decision="reject", reasons=["Worse."])

    assert listing.status == ListingStatus.PUBLISHED
    assert listing.published_version is not None
    assert listing.published_version.number == 1


def test_there_must_be_a_new_version_to_submit_one(alice: SellerProfile, moderator: User) -> None:
    with pytest.raises(Conflict) as refusal:
        listing_submit(listing=published(alice, moderator), by=alice.user)
    assert refusal.value.code == "nothing_to_submit"


def test_unlisting_and_relisting_can_be_repeated(alice: SellerProfile, moderator: User) -> None:
    listing = published(alice, moderator)

    for _again in range(2):
        assert listing_unlist(listing=listing, by=alice.user).status == ListingStatus.UNLISTED
    for _again in range(2):
        assert listing_relist(listing=listing, by=alice.user).status == ListingStatus.PUBLISHED


def test_search_knows_a_listing_only_while_it_is_on_sale(alice: SellerProfile, moderator: User) -> None:
    listing = published(alice, moderator)
    assert ListingSearch.objects.filter(listing=listing).exists()

    listing_unlist(listing=listing, by=alice.user)
    assert not ListingSearch.objects.filter(listing=listing).exists()


@pytest.mark.parametrize("move", [listing_unlist, listing_relist, listing_remove])
def test_strangers_and_rivals_move_nothing(
    alice: SellerProfile, bob: SellerProfile, charlie: User, moderator: User, move: Any
) -> None:
    listing = published(alice, moderator)

    for user in (bob.user, charlie):
        with pytest.raises(NotFound):
            move(listing=listing, by=user)
    listing.refresh_from_db()
    assert listing.status == ListingStatus.PUBLISHED


def test_what_was_never_published_cannot_be_put_on_sale(alice: SellerProfile) -> None:
    with pytest.raises(Conflict) as refusal:
        listing_relist(listing=draft(alice), by=alice.user)
    assert refusal.value.code == "not_on_sale"


def test_removal_is_final_and_by_staff_is_audited(alice: SellerProfile, moderator: User) -> None:
    listing = listing_remove(listing=published(alice, moderator), by=moderator)

    assert AuditEntry.objects.filter(action="listing.removed", actor=moderator).exists()
    with pytest.raises(Conflict):
        listing_relist(listing=listing, by=alice.user)
    with pytest.raises(Conflict):
        listing_update(listing=listing, data={"prompt": "x"})


def test_a_submission_of_a_removed_listing_leaves_the_queue(alice: SellerProfile, moderator: User) -> None:
    listing = published(alice, moderator)
    listing_update(listing=listing, data={"prompt": "Second, about {{topic}}."})
    listing_submit(listing=listing, by=alice.user)
    listing_remove(listing=listing, by=alice.user)

    assert queue_position(listing) == 0


# --- Reading the text ----------------------------------------------------------------------------


def test_a_moderators_reading_is_audited_and_the_sellers_is_not(
    alice: SellerProfile, moderator: User
) -> None:
    version = ListingFactory.create(seller=alice, status=ListingStatus.IN_REVIEW).versions.get()

    assert version_source(version=version, reader=alice.user, via="studio").text
    assert not AuditEntry.objects.exists()
    assert version_source(version=version, reader=moderator, via="api").text
    assert AuditEntry.objects.get().detail == {"listing": version.listing_id, "version": 1, "via": "api"}


def test_rivals_strangers_and_moderators_past_the_queue_read_nothing(
    alice: SellerProfile, bob: SellerProfile, charlie: User, moderator: User
) -> None:
    sealed = ListingFactory.create(seller=alice, status=ListingStatus.PUBLISHED).versions.get()
    working_copy = ListingFactory.create(seller=alice).versions.get()

    refused = [(sealed, bob.user), (sealed, charlie), (sealed, moderator), (working_copy, moderator)]
    for version, reader in refused:
        with pytest.raises(NotFound):
            version_source(version=version, reader=reader, via="api")
    assert not AuditEntry.objects.exists()
