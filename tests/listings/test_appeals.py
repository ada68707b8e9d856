"""Claims, decisions that are taken back, and appeals to another moderator."""

import datetime

import pytest

from accounts.models import AuditEntry, SellerProfile, User
from common import clock
from common.errors import Conflict, InvalidInput, NotFound
from common.models import OutboxMessage
from common.outbox import waiting_message_ids
from listings.models import Appeal, AppealState, ListingStatus, ModerationDecision, ReviewClaim
from listings.queries.moderation import next_for, queue_entries, versions_waiting
from listings.services.appeals import appeal_open, decision_undo
from listings.services.claims import claim_release, claim_take
from listings.services.drafts import listing_update
from listings.services.review import listing_decide, listing_submit, listing_withdraw, queue_position
from tests.factories import ListingFactory, SellerProfileFactory, UserFactory
from tests.listings.reviewing import returned, submitted
from tests.support.races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> SellerProfile:
    return SellerProfileFactory.create(handle="alice")


@pytest.fixture
def mona() -> User:
    return UserFactory.create(staff=True)


@pytest.fixture
def niels() -> User:
    return UserFactory.create(staff=True)


@pytest.fixture(autouse=True)
def undo_for_a_minute(settings) -> None:
    settings.DECISION_UNDO_SECONDS = 60


# --- Claims --------------------------------------------------------------------------------------


def test_a_claim_keeps_the_others_away_until_it_runs_out(alice, mona, niels):
    listing = submitted(alice)
    version = listing.versions.get()

    assert claim_take(version=version, moderator=mona)
    assert not claim_take(version=version, moderator=niels)
    assert next_for(niels) is None
    assert next_for(mona) == version.pk
    with pytest.raises(Conflict) as refusal:
        listing_decide(listing=listing, moderator=niels, decision="publish")
    assert refusal.value.code == "claimed"

    ReviewClaim.objects.update(expires_at=clock.now() - datetime.timedelta(seconds=1))
    assert claim_take(version=version, moderator=niels)


def test_a_claim_is_given_back_and_ends_with_the_decision(alice, mona, niels):
    version = submitted(alice).versions.get()
    claim_take(version=version, moderator=mona)
    claim_release(version=version, moderator=niels)
    assert next_for(niels) is None
    claim_release(version=version, moderator=mona)
    assert claim_take(version=version, moderator=niels)
    listing_decide(listing=version.listing, moderator=niels, decision="publish")
    assert not ReviewClaim.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_moderators_at_once_one_gets_the_claim(alice):
    version = submitted(alice).versions.get()
    moderators = [UserFactory.create(staff=True) for _ in range(5)]

    outcomes = at_once(5, lambda number: claim_take(version=version, moderator=moderators[number]))

    assert sorted(outcomes) == [False] * 4 + [True]


def test_the_queue_is_read_in_as_many_statements_for_a_hundred_as_for_one(
    alice, django_assert_num_queries, django_assert_max_num_queries
):
    submitted(alice)
    with django_assert_num_queries(1):
        assert len(queue_entries()) == 1
    ListingFactory.create_batch(20, status=ListingStatus.IN_REVIEW)
    with django_assert_num_queries(1):
        assert len(queue_entries()) == 21


# --- Undo ----------------------------------------------------------------------------------------


def test_a_return_is_taken_back_and_waits_at_its_old_place(alice, mona):
    listing = returned(alice, mona)
    ListingFactory(status=ListingStatus.IN_REVIEW)
    version = listing.versions.get()

    listing = decision_undo(version=version, moderator=mona)

    assert listing.status == ListingStatus.IN_REVIEW
    assert queue_position(listing) == 1
    assert not ModerationDecision.objects.exists()
    entry = AuditEntry.objects.get(action="decision.undone")
    assert (entry.detail["before"], entry.detail["after"]) == ("rejected", "in_review")
    assert entry.detail["reasons"] == ["The second example is another's."]


def test_the_mail_about_a_return_waits_as_long_as_it_may_be_taken_back(alice, mona):
    returned(alice, mona)
    message = OutboxMessage.objects.get(topic="listing_rejected")
    assert waiting_message_ids() == []
    assert message.next_attempt_at > message.created_at + datetime.timedelta(seconds=50)


@pytest.mark.parametrize("case", ["late", "another", "published", "begun anew"])
def test_otherwise_a_decision_stands(alice, mona, niels, case, settings):
    listing = submitted(alice)
    decision = "publish" if case == "published" else "reject"
    listing_decide(listing=listing, moderator=mona, decision=decision, reasons=["No."])
    version = listing.versions.get()
    if case == "late":
        settings.DECISION_UNDO_SECONDS = 0
    if case == "begun anew":
        listing_update(listing=listing, data={"prompt": "Another text on {{topic}}."})

    with pytest.raises(Conflict) as refusal:
        decision_undo(version=version, moderator=niels if case == "another" else mona)
    assert refusal.value.code == "not_undoable"
    assert ModerationDecision.objects.exists()


# --- Appeals -------------------------------------------------------------------------------------


def test_an_appeal_is_judged_by_another_moderator_who_may_publish(alice, mona, niels):
    listing = returned(alice, mona)
    appeal_open(listing=listing, by=alice.user, text="It is mine: see my blog.")

    listing.refresh_from_db()
    assert listing.status == ListingStatus.IN_REVIEW
    assert next_for(mona) is None
    assert next_for(niels) is not None
    with pytest.raises(Conflict) as refusal:
        listing_decide(listing=listing, moderator=mona, decision="publish")
    assert refusal.value.code == "first_moderator"

    listing = listing_decide(listing=listing, moderator=niels, decision="publish")
    assert listing.status == ListingStatus.PUBLISHED
    assert Appeal.objects.get().state == AppealState.GRANTED
    assert AuditEntry.objects.filter(action="listing.publish").get().detail["appeal"] == "granted"


def test_an_appeal_that_is_turned_down_cannot_be_made_again(alice, mona, niels):
    listing = returned(alice, mona)
    appeal_open(listing=listing, by=alice.user, text="Please.")
    listing_decide(listing=listing, moderator=niels, decision="reject", reasons=["It is not."])

    assert Appeal.objects.get().state == AppealState.UPHELD
    with pytest.raises(Conflict) as refusal:
        appeal_open(listing=listing, by=alice.user, text="Please!")
    assert refusal.value.code == "not_appealable"


def test_an_appeal_holds_its_place_though_the_seller_has_begun_to_write_anew(alice, mona, niels):
    listing = returned(alice, mona)
    listing_update(listing=listing, data={"prompt": "Another text on {{topic}}."})
    appeal_open(listing=listing, by=alice.user, text="Please.")

    assert [version.number for version in versions_waiting()] == [1]
    with pytest.raises(Conflict) as refusal:
        listing_update(listing=listing, data={"prompt": "A third text on {{topic}}."})
    assert refusal.value.code == "in_review"
    listing = listing_decide(listing=listing, moderator=niels, decision="publish")
    assert listing.published_version.number == 1
    assert listing.versions.get(sealed_at=None).number == 2


def test_withdrawing_ends_an_appeal(alice, mona):
    listing = returned(alice, mona)
    appeal_open(listing=listing, by=alice.user, text="Please.")
    listing = listing_withdraw(listing=listing, by=alice.user)

    assert Appeal.objects.get().state == AppealState.WITHDRAWN
    assert listing.status == ListingStatus.DRAFT
    assert listing_submit(listing=listing, by=alice.user).status == ListingStatus.IN_REVIEW


def test_an_appeal_on_a_new_version_leaves_the_old_one_on_sale(alice, mona, niels):
    listing = listing_decide(listing=submitted(alice), moderator=mona, decision="publish")
    listing_update(listing=listing, data={"prompt": "Another text on {{topic}}."})
    listing_submit(listing=listing, by=alice.user)
    listing_decide(listing=listing, moderator=mona, decision="reject", reasons=["No."])

    appeal_open(listing=listing, by=alice.user, text="Please.")

    listing.refresh_from_db()
    assert listing.status == ListingStatus.PUBLISHED
    assert next_for(niels) == listing.versions.get(number=2).pk


def test_a_judgement_on_an_appeal_can_be_taken_back_too(alice, mona, niels):
    listing = returned(alice, mona)
    appeal_open(listing=listing, by=alice.user, text="Please.")
    listing_decide(listing=listing, moderator=niels, decision="reject", reasons=["It is not."])
    decision_undo(version=listing.versions.get(), moderator=niels)

    assert Appeal.objects.get().state == AppealState.OPEN
    assert versions_waiting().exists()


def test_only_the_seller_appeals_and_says_why(alice, mona):
    listing = returned(alice, mona)
    for person in (mona, UserFactory.create()):
        with pytest.raises(NotFound):
            appeal_open(listing=listing, by=person, text="Please.")
    for text in ("  ", "x" * 2001):
        with pytest.raises(InvalidInput):
            appeal_open(listing=listing, by=alice.user, text=text)
