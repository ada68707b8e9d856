"""The moderators' desk: who gets in, what a submission's page shows, and what a decision leaves."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, SellerProfile, User
from listings.models import Listing, ListingStatus, ModerationDecision, ReviewClaim
from listings.services.appeals import appeal_open
from listings.services.checks import check_run, checks_sweep
from listings.services.claims import claim_take
from listings.services.drafts import listing_update
from listings.services.review import listing_decide, listing_submit
from tests.factories import ListingFactory, SellerProfileFactory, UserFactory
from tests.listings.drafting import draft
from tests.listings.reviewing import FULL, checked, new_version, submitted

pytestmark = pytest.mark.django_db

CANARY = "zebrafinch-canary"
QUEUE = "/moderation/"


@pytest.fixture
def alice() -> SellerProfile:
    return SellerProfileFactory.create(handle="alice", name="Alice")


@pytest.fixture
def bob() -> SellerProfile:
    return SellerProfileFactory.create(handle="bob", name="Bob")


@pytest.fixture
def mona() -> User:
    return UserFactory.create(staff=True, display_name="Mona")


@pytest.fixture
def waiting(alice: SellerProfile) -> Listing:
    listing = submitted(alice, prompt=f"{CANARY}: {FULL['prompt']}")
    checked(listing)
    return listing


@pytest.fixture
def desk(client: Client, mona: User) -> Client:
    client.force_login(mona)
    return client


def url_of(listing: Listing) -> str:
    return f"{QUEUE}{listing.versions.order_by('-number')[0].pk}/"


def asked(queries: CaptureQueriesContext) -> int:
    """How many statements there were; the clock asks for its offset once a second, whatever the page."""
    return sum("clockoffset" not in query["sql"] for query in queries)


# --- The queue -----------------------------------------------------------------------------------


def test_the_queue_shows_what_waits_with_what_the_checks_found_and_no_text(desk, waiting):
    page = desk.get(QUEUE)
    assert page.status_code == 200
    assert waiting.title in page.text
    assert "clear" in page.text
    assert CANARY not in page.text


def test_new_public_text_waits_in_the_same_queue(desk, alice, mona):
    listing = listing_decide(listing=submitted(alice), moderator=mona, decision="publish")
    listing_update(listing=listing, data={"title": "Essays that begin with a door"})
    listing_submit(listing=listing, by=alice.user)
    [revision] = listing.revisions.all()

    assert f"/moderation/texts/{revision.pk}/" in desk.get(QUEUE).text
    page = desk.get(f"/moderation/texts/{revision.pk}/")
    assert "door" in page.text
    desk.post(f"/moderation/texts/{revision.pk}/", {"decision": "publish", "reasons": ""})
    listing.refresh_from_db()
    assert listing.title == "Essays that begin with a door"


def test_an_empty_queue_says_so(desk):
    assert "Nothing waits for a decision." in desk.get(QUEUE).text


def test_the_queue_and_a_page_ask_as_much_for_many_as_for_one(desk, waiting):
    counts = {}
    for rows in (1, 21):
        if rows > 1:
            ListingFactory.create_batch(20, status=ListingStatus.IN_REVIEW)
            checks_sweep()
        for url in (QUEUE, url_of(waiting)):
            desk.get(url)
            with CaptureQueriesContext(connection) as queries:
                assert desk.get(url).status_code == 200
            counts[rows, url] = asked(queries)
    assert counts[21, QUEUE] <= counts[1, QUEUE]
    assert counts[21, url_of(waiting)] <= counts[1, url_of(waiting)]


@pytest.mark.parametrize("who", ["stranger", "seller", "superuser without staff"])
def test_for_everybody_else_the_desk_is_not_there(client, waiting, who):
    people = {"seller": waiting.seller.user, "stranger": UserFactory()}
    client.force_login(people.get(who) or UserFactory(is_superuser=True, is_staff=False))
    for url in (QUEUE, f"{QUEUE}next/", f"{QUEUE}reports/", f"{QUEUE}takedowns/", url_of(waiting)):
        assert client.get(url).status_code == 404
    assert client.post(url_of(waiting), {"decision": "publish", "seen": "on"}).status_code == 404
    assert not AuditEntry.objects.filter(action="version.source_read").exists()


def test_who_is_not_signed_in_is_led_to_the_sign_in(client, waiting):
    assert "/accounts/login/" in client.get(url_of(waiting))["Location"]


# --- One submission ------------------------------------------------------------------------------


def test_the_page_shows_the_text_by_lines_is_not_stored_and_is_audited(desk, waiting, mona):
    page = desk.get(url_of(waiting))
    assert CANARY in page.text
    assert "no-store" in page["Cache-Control"]
    entry = AuditEntry.objects.get(action="version.source_read")
    assert (entry.actor, entry.detail["via"]) == (mona, "queue")
    assert CANARY not in str(list(AuditEntry.objects.values()))


def test_what_the_checks_found_stands_at_its_line_without_looking_again(desk, alice, monkeypatch):
    listing = submitted(alice, prompt=FULL["prompt"] + "\nMail it to jane.roe@realmail.test.")
    checked(listing)
    monkeypatch.setattr("listings.services.checks.lint", None)
    page = desk.get(url_of(listing)).text
    assert "safety.personal-data" in page
    assert 'class="is-found"' in page
    assert "Somebody&#x27;s personal data" in page
    assert page.index('value="personal"') < page.index('value="title"')  # suggested, before the others


def test_a_near_copy_is_laid_beside_with_its_earlier_date_and_owner(desk, alice, bob, mona):
    first = submitted(alice)
    copy = submitted(bob, prompt=FULL["prompt"] + " Never mention the weather.")
    checked(copy)

    page = desk.get(url_of(copy)).text

    assert f"like “{first.title}”" in page
    assert "earlier" in page
    assert "<ins>" in page
    read = AuditEntry.objects.filter(action="version.source_read", actor=mona)
    beside = read.get(subject_id=str(first.versions.get().pk))
    assert beside.detail["beside"] == copy.versions.get().pk


def test_only_what_the_checks_named_may_be_read_beside(desk, alice, bob):
    other = ListingFactory(seller=alice, status=ListingStatus.PUBLISHED, text=f"{CANARY} alone.")
    listing = submitted(bob)
    checked(listing)
    assert CANARY not in desk.get(url_of(listing)).text
    assert not AuditEntry.objects.filter(subject_id=str(other.versions.get().pk)).exists()


def test_a_new_version_is_compared_with_the_one_on_sale(desk, alice, mona):
    listing = listing_decide(listing=submitted(alice), moderator=mona, decision="publish")
    listing = new_version(listing)
    checked(listing)
    page = desk.get(url_of(listing)).text
    assert "Changed since version 1" in page
    assert "Mention the year" in page


def test_publishing_goes_straight_on_to_the_next(desk, waiting, bob):
    following = submitted(bob, prompt="Another text about {{topic}} for bakers and millers.")
    answer = desk.post(url_of(waiting), {"decision": "publish"})
    waiting.refresh_from_db()
    assert waiting.status == ListingStatus.PUBLISHED
    assert answer["Location"] == url_of(following)
    assert AuditEntry.objects.get(action="listing.publish").detail["via"] == "queue"


def test_publishing_against_a_grave_finding_asks_for_a_second_look(desk, alice):
    listing = submitted(alice, description=FULL["description"] + " Write to me at https://elsewhere.test.")
    checked(listing)
    answer = desk.post(url_of(listing), {"decision": "publish"})
    assert answer.status_code == 400
    assert "Publishing cannot be taken back" in answer.text
    assert desk.post(url_of(listing), {"decision": "publish", "seen": "on"}).status_code == 302


def test_returning_keeps_ready_reasons_findings_marked_lines_and_own_words(desk, alice):
    alice.user.language = "fr"
    alice.user.save()
    listing = submitted(alice, prompt=FULL["prompt"] + "\nMail it to jane.roe@realmail.test.")
    checked(listing)
    data = {
        "decision": "reject",
        "canned": ["examples"],
        "findings": ["0"],
        "lines": ["prompt:2"],
        "line_note": "Who is Jane?",
        "own": "Say which model.",
    }
    assert desk.post(url_of(listing), data).status_code == 302

    decision = ModerationDecision.objects.get()
    assert decision.reasons == [
        "Les exemples ne ressemblent pas à ce que ce prompt produit. Enregistrez-les de nouveau.",
        decision.reasons[1],
        "Prompt, ligne 2\u00a0: Who is Jane?",
        "Say which model.",
    ]
    assert decision.remarks[1]["rule"] == "safety.personal-data"
    assert decision.remarks[2] == {
        "reason": "",
        "rule": "",
        "field": "prompt",
        "line": 2,
        "text": "Who is Jane?",
    }


def test_returning_without_a_reason_is_refused_and_nothing_typed_is_lost(desk, waiting):
    page = desk.post(
        url_of(waiting), {"decision": "reject", "line_note": "I was here", "lines": ["prompt:99"]}
    )
    assert page.status_code == 400
    assert "I was here" in page.text
    page = desk.post(url_of(waiting), {"decision": "reject"})
    assert "Tell the seller what to change." in page.text
    waiting.refresh_from_db()
    assert waiting.status == ListingStatus.IN_REVIEW


def test_a_return_can_be_undone_from_the_next_page(desk, waiting, settings):
    settings.DECISION_UNDO_SECONDS = 60
    url = url_of(waiting)
    desk.post(url, {"decision": "reject", "own": "No."})
    page = desk.get(QUEUE).text
    assert f"{url}undo/" in page
    answer = desk.post(f"{url}undo/")
    assert answer["Location"] == url
    waiting.refresh_from_db()
    assert waiting.status == ListingStatus.IN_REVIEW


def test_opening_claims_it_and_the_other_moderator_is_told(client, desk, waiting, mona):
    niels = UserFactory(staff=True)
    claim_take(version=waiting.versions.get(), moderator=niels)
    page = desk.get(url_of(waiting)).text
    assert "Another moderator is reading this one now." in page
    assert desk.post(url_of(waiting), {"decision": "publish"}).status_code == 400
    ReviewClaim.objects.all().delete()
    desk.get(url_of(waiting))
    assert ReviewClaim.objects.get().moderator == mona


def test_an_appeal_shows_the_sellers_words_and_that_another_has_to_judge(client, waiting, mona, alice):
    listing_decide(listing=waiting, moderator=mona, decision="reject", reasons=["Too short."])
    appeal_open(listing=waiting, by=alice.user, text="It has forty words.")
    client.force_login(mona)
    page = client.get(url_of(waiting)).text
    assert "It has forty words." in page
    assert "Too short." in page
    assert "there is no other moderator" in page
    UserFactory(staff=True)
    assert "An appeal is judged by another moderator." in client.get(url_of(waiting)).text
    assert client.post(url_of(waiting), {"decision": "publish", "seen": "on"}).status_code == 400


def test_whoever_may_not_decide_keeps_nobody_from_it_by_looking(client, waiting, mona, alice):
    listing_decide(listing=waiting, moderator=mona, decision="reject", reasons=["Too short."])
    appeal_open(listing=waiting, by=alice.user, text="It has forty words.")
    UserFactory(staff=True)
    User.objects.filter(pk=alice.user_id).update(is_staff=True)
    for looking in (mona, alice.user):
        client.force_login(looking)
        assert "Another moderator is reading" not in client.get(url_of(waiting)).text
        assert not ReviewClaim.objects.exists()


@pytest.mark.parametrize("state", ["decided", "working copy", "nowhere"])
def test_what_does_not_wait_is_not_read(desk, alice, mona, state):
    listing = draft(alice, prompt=f"{CANARY} {{{{topic}}}}")
    if state == "decided":
        listing_submit(listing=listing, by=alice.user)
        listing_decide(listing=listing, moderator=mona, decision="publish")
    url = f"{QUEUE}2000000000/" if state == "nowhere" else url_of(listing)
    answer = desk.get(url)
    assert answer.status_code == (302 if state == "decided" else 404)
    assert CANARY not in answer.text
    assert not AuditEntry.objects.filter(action="version.source_read").exists()


def test_a_check_that_still_runs_asks_for_a_second_look_too(desk, alice):
    listing = submitted(alice)
    assert "still running" in desk.get(url_of(listing)).text
    assert desk.post(url_of(listing), {"decision": "publish"}).status_code == 400
    check_run(version_id=listing.versions.get().pk)
    assert desk.post(url_of(listing), {"decision": "publish"}).status_code == 302
