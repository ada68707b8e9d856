"""What a seller sees of a review: checks, place and age, remarks at exact lines, appeal, and the story."""

import pytest
from django.test import Client
from django.utils.formats import date_format

from accounts.models import SellerProfile, User
from listings.models import Appeal, Listing, ListingStatus
from listings.reasons import REASONS, Remark, reasons_for
from listings.services.drafts import listing_update
from listings.services.review import listing_decide, listing_submit
from listings.services.takedowns import takedown_make
from tests.factories import SellerProfileFactory, UserFactory
from tests.listings.drafting import draft
from tests.listings.reviewing import FULL, LONG, checked, submitted

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> SellerProfile:
    return SellerProfileFactory.create(handle="alice", name="Alice")


@pytest.fixture
def mona() -> User:
    return UserFactory.create(staff=True, display_name="Mona Moderator")


@pytest.fixture
def seller(client: Client, alice: SellerProfile) -> Client:
    client.force_login(alice.user)
    return client


def page_of(client: Client, listing: Listing) -> str:
    return client.get(f"/sell/listings/{listing.slug}/edit/").text


def rejected(alice: SellerProfile, mona: User) -> Listing:
    listing = submitted(alice, prompt=FULL["prompt"] + "\nUse the house style of Acme.")
    return listing_decide(
        listing=listing,
        moderator=mona,
        decision="reject",
        remarks=[
            Remark(field="prompt", line=2, text="Whose style?"),
            Remark(rule="examples.short", field="examples.0"),
            Remark(reason="rights"),
        ],
    )


def test_while_it_waits_the_seller_sees_checks_place_and_age(seller, alice):
    listing = submitted(alice, prompt=FULL["prompt"] + "\nMail it to jane.roe@realmail.test.")
    page = page_of(seller, listing)
    assert "Automated checks are running." in page
    assert "Number 1 in the queue" in page
    assert "waiting for" in page
    checked(listing)
    page = page_of(seller, listing)
    assert "Automated checks are running." not in page
    assert "Somebody&#x27;s personal data" in page


def test_what_it_is_much_like_is_told_with_its_day_before_and_after_submission(seller, alice):
    text = FULL["prompt"] + " Write as if for a friend."
    earlier = submitted(SellerProfileFactory.create(), title="The first one")
    listing = draft(alice, **FULL | {"prompt": text})
    day = date_format(earlier.versions.get().sealed_at, "DATE_FORMAT")
    sentence = f"Another seller submitted a text much like yours on {day}."
    assert sentence in page_of(seller, listing)
    assert "The first one" not in page_of(seller, listing)
    listing_submit(listing=listing, by=alice.user)
    checked(listing)
    assert sentence in page_of(seller, listing)
    listing_decide(listing=earlier, moderator=UserFactory.create(staff=True), decision="publish")
    page = page_of(seller, listing)
    assert "The first one" in page
    assert LONG not in page


def test_a_return_names_exact_lines_and_links_to_lessons(seller, alice, mona):
    page = page_of(seller, rejected(alice, mona))
    assert "Prompt, line 2" in page
    assert "Use the house style of Acme." in page
    assert "Whose style?" in page
    assert "/sell/lessons/#examples.short" in page
    assert "/sell/lessons/#reason-rights" in page
    assert mona.display_name not in page


def test_the_remarks_stay_while_the_seller_writes_anew(seller, alice, mona):
    listing = rejected(alice, mona)
    listing_update(listing=listing, data={"prompt": FULL["prompt"] + "\nUse plain words."})
    page = page_of(seller, listing)
    assert "Whose style?" in page
    assert "Use the house style of Acme." in page


def test_the_lessons_are_all_there(seller):
    page = seller.get("/sell/lessons/").text
    assert 'id="safety.secret"' in page
    assert all(f'id="reason-{name}"' in page for name in REASONS)


def test_the_seller_appeals_from_the_page_and_sees_how_it_stands(seller, alice, mona):
    listing = rejected(alice, mona)
    url = f"/sell/listings/{listing.slug}/appeal/"
    assert url in page_of(seller, listing)
    assert "Whose style?" in seller.get(url).text
    assert "Say why" not in seller.post(url, {"text": ""}).text
    assert seller.post(url, {"text": "Acme is my own magazine."}).status_code == 302
    assert Appeal.objects.get().text == "Acme is my own magazine."
    page = page_of(seller, listing)
    assert "Waits for another moderator" in page
    assert url not in page
    assert seller.get(url).status_code == 302


def test_a_takedown_is_explained_and_can_be_answered_once(seller, alice, mona):
    listing = listing_decide(listing=submitted(alice), moderator=mona, decision="publish")
    takedown_make(listing=listing, moderator=mona, kind="copyright", words="It is a song's text.")
    page = page_of(seller, listing)
    assert "Taken down" in page
    assert "It is a song&#x27;s text." in page
    url = f"/sell/listings/{listing.slug}/counter-notice/"
    seller.post(url, {"text": "It is my song."})
    assert "It is my song." in seller.get(url).text
    listing.refresh_from_db()
    assert listing.status == ListingStatus.SUSPENDED


def test_the_story_tells_what_happened_without_moderators_names(seller, alice, mona):
    listing = rejected(alice, mona)
    page = page_of(seller, listing)
    for title in ("Submitted", "Returned"):
        assert f"<strong>{title}</strong>" in page
    assert "Mona" not in page


@pytest.mark.parametrize(
    ("rules", "reasons"),
    [
        (["variables.unused"], ["blanks"]),
        (["check.near-copy", "examples.short"], ["copy", "examples"]),
        (["no.such-rule"], []),
    ],
)
def test_ready_reasons_answer_to_rules(rules, reasons):
    assert reasons_for(rules) == reasons
