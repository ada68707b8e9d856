"""A listing is taken down, its seller objects, and another moderator judges."""

import datetime

import pytest

from accounts.models import AuditEntry, SellerProfile, User
from common import clock
from common.errors import Conflict, InvalidInput, NotFound
from common.models import OutboxMessage
from listings.models import ListingStatus, Takedown, TakedownState
from listings.models.takedown import TAKEDOWN_MOVES
from listings.services.drafts import listing_delete, listing_update
from listings.services.review import listing_relist, listing_remove, listing_submit
from listings.services.takedowns import (
    takedown_counter,
    takedown_make,
    takedown_restore,
    takedown_uphold,
)
from tests.factories import ListingFactory, SellerProfileFactory, UserFactory

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


@pytest.fixture
def takedown(alice, mona) -> Takedown:
    listing = ListingFactory(seller=alice, status=ListingStatus.PUBLISHED)
    return takedown_make(listing=listing, moderator=mona, kind="copyright", words="It is a song's text.")


def status_of(takedown: Takedown) -> str:
    takedown.listing.refresh_from_db()
    return takedown.listing.status


def make_early(takedown: Takedown) -> None:
    Takedown.objects.filter(pk=takedown.pk).update(created_at=clock.now() - datetime.timedelta(days=15))
    takedown.refresh_from_db()


def test_a_takedown_ends_the_sale_at_once_and_says_why(takedown, mona):
    assert status_of(takedown) == ListingStatus.SUSPENDED
    entry = AuditEntry.objects.get(action="takedown.made")
    assert entry.actor == mona
    assert (entry.detail["before"], entry.detail["after"]) == ("published", "suspended")
    assert OutboxMessage.objects.get().topic == "takedown_made"


def test_taking_it_down_again_changes_nothing(takedown, niels):
    again = takedown_make(listing=takedown.listing, moderator=niels, kind="unsafe", words="Else.")
    assert again == takedown
    assert Takedown.objects.count() == 1


def test_the_seller_can_neither_sell_nor_submit_nor_delete_it_meanwhile(takedown, alice):
    listing, by = takedown.listing, alice.user
    listing_update(listing=listing, data={"prompt": "Corrected, on {{topic}}."})
    for attempt in (
        lambda: listing_relist(listing=listing, by=by),
        lambda: listing_remove(listing=listing, by=by),
        lambda: listing_submit(listing=listing, by=by),
        lambda: listing_delete(listing=listing),
    ):
        with pytest.raises(Conflict) as refusal:
            attempt()
        assert refusal.value.code == "suspended"


@pytest.mark.parametrize("status", [ListingStatus.PUBLISHED, ListingStatus.UNLISTED])
def test_a_counter_notice_is_judged_by_another_moderator_who_may_restore(alice, mona, niels, status):
    listing = ListingFactory(seller=alice, status=status)
    takedown = takedown_make(listing=listing, moderator=mona, kind="other", words="Look.")
    takedown_counter(takedown=takedown, by=alice.user, text="It is my own song.")
    with pytest.raises(Conflict) as refusal:
        takedown_restore(takedown=takedown, moderator=mona)
    assert refusal.value.code == "first_moderator"

    restored = takedown_restore(takedown=takedown, moderator=niels, words="Shown to be theirs.")

    assert status_of(takedown) == status
    assert (restored.state, restored.decided_by) == (TakedownState.RESTORED, niels)
    assert takedown_restore(takedown=takedown, moderator=niels) == restored


def test_upholding_is_final(takedown, alice, niels):
    takedown_counter(takedown=takedown, by=alice.user, text="No.")
    takedown_uphold(takedown=takedown, moderator=niels)

    assert status_of(takedown) == ListingStatus.REMOVED
    for attempt in (
        lambda: takedown_restore(takedown=takedown, moderator=niels),
        lambda: takedown_counter(takedown=takedown, by=alice.user, text="Still no."),
    ):
        with pytest.raises(Conflict) as refusal:
            attempt()
        assert refusal.value.code == "already_decided"


def test_without_an_answer_it_becomes_final_only_after_the_sellers_time(takedown, niels, mona):
    with pytest.raises(Conflict) as refusal:
        takedown_uphold(takedown=takedown, moderator=niels)
    assert refusal.value.code == "too_early"
    make_early(takedown)
    with pytest.raises(Conflict) as refusal:
        takedown_uphold(takedown=takedown, moderator=mona)
    assert refusal.value.code == "first_moderator"
    takedown_uphold(takedown=takedown, moderator=niels)
    assert status_of(takedown) == ListingStatus.REMOVED


def test_a_moderators_slip_is_mended_by_the_same(takedown, mona):
    takedown_restore(takedown=takedown, moderator=mona)
    assert status_of(takedown) == ListingStatus.PUBLISHED


def test_buyers_keep_it_unless_a_superuser_ends_that(takedown, alice, niels):
    takedown_counter(takedown=takedown, by=alice.user, text="No.")
    with pytest.raises(NotFound):
        takedown_uphold(takedown=takedown, moderator=niels, ends_access=True)
    boss = UserFactory(staff=True, is_superuser=True)
    takedown_uphold(takedown=takedown, moderator=boss, ends_access=True)
    assert OutboxMessage.objects.get(topic="listing_access_ended").subject == str(takedown.listing_id)


def test_who_may_do_what(alice, takedown, niels):
    stranger, own = UserFactory(), ListingFactory(status=ListingStatus.PUBLISHED, seller__user=niels)
    with pytest.raises(NotFound):
        takedown_make(listing=own, moderator=stranger, kind="other", words="Mine now.")
    with pytest.raises(Conflict) as refusal:
        takedown_make(listing=own, moderator=niels, kind="other", words="Oops.")
    assert refusal.value.code == "own_listing"
    for person in (stranger, niels):
        with pytest.raises(NotFound):
            takedown_counter(takedown=takedown, by=person, text="It is mine.")
    for person in (stranger, alice.user):
        with pytest.raises(NotFound):
            takedown_restore(takedown=takedown, moderator=person)
        with pytest.raises(NotFound):
            takedown_uphold(takedown=takedown, moderator=person)


def test_words_and_reason_are_needed(alice, mona, takedown):
    listing = ListingFactory(seller=alice, status=ListingStatus.PUBLISHED)
    for kind, words in (("copyright", " "), ("nonsense", "Why not."), ("other", "x" * 2001)):
        with pytest.raises(InvalidInput):
            takedown_make(listing=listing, moderator=mona, kind=kind, words=words)
    with pytest.raises(InvalidInput):
        takedown_counter(takedown=takedown, by=alice.user, text="")
    takedown_counter(takedown=takedown, by=alice.user, text="It is mine.")
    with pytest.raises(Conflict) as refusal:
        takedown_counter(takedown=takedown, by=alice.user, text="It is mine!")
    assert refusal.value.code == "already_countered"


def test_the_table_of_moves_names_every_state():
    assert TAKEDOWN_MOVES.keys() == set(TakedownState)
