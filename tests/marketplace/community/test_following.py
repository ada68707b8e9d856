"""Following sellers, models and tags, and the digest of what is new there."""

import datetime

import pytest
from django.core import mail
from django.test import Client

from accounts.models import DigestRhythm, NoticeKind, SellerProfile
from accounts.notices import Wish, wishes_save
from common.errors import Conflict
from listings.models import Listing, ListingStatus
from marketplace.community import digests, following
from marketplace.community.following import follow_add, follow_remove, target_get
from marketplace.models import Follow, Notification, Spread
from marketplace.notifying import spreading
from marketplace.notifying.mailing import notifications_mail
from tests.factories import ListingFactory, SellerProfileFactory, TagFactory, TargetModelFactory, UserFactory
from tests.marketplace.notifying.support import given, together

pytestmark = pytest.mark.django_db
# A Tuesday: yesterday's digest is Monday's, and last week's is that of the 9th.
NOW = datetime.datetime(2026, 11, 17, 7, tzinfo=datetime.UTC)
MONDAY, LAST_WEEK = NOW - datetime.timedelta(days=1), NOW - datetime.timedelta(days=3)


@pytest.fixture
def alice():
    return UserFactory(display_name="Alice")


@pytest.fixture
def bob():
    return SellerProfileFactory(name="Bob's Prompts", handle="bobs")


@pytest.fixture
def client(alice):
    client = Client()
    client.force_login(alice)
    return client


def on_sale(seller, at=LAST_WEEK, **facts):
    listing = ListingFactory(
        seller=seller, status=ListingStatus.PUBLISHED, text="canary of the deep", **facts
    )
    Listing.objects.filter(pk=listing.pk).update(published_at=at)
    return listing


def follow(user, kind="seller", name="bobs"):
    follow_add(user=user, target=target_get(kind, name))


# --- Following ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "name", "path"),
    [
        ("seller", "bobs", "/sellers/bobs/"),
        ("model", "chatgpt", "/models/chatgpt/"),
        ("tag", "sea", "/tags/sea/"),
    ],
)
def test_a_page_is_followed_and_left_without_javascript(client, alice, bob, kind, name, path):
    TargetModelFactory(slug="chatgpt"), TagFactory(slug="sea")
    assert "Follow" in client.get(path).text
    answer = client.post("/following/change/", {"kind": kind, "name": name, "do": "add"})
    assert (answer.status_code, answer["Location"]) == (303, path)
    assert 'aria-pressed="true"' in client.get(path).text
    assert path in client.get("/following/").text
    client.post("/following/change/", {"kind": kind, "name": name, "do": "remove", "from": "list"})
    assert not Follow.objects.exists()
    assert "You follow nothing yet" in client.get("/following/").text


def test_htmx_gets_the_other_button(client, bob):
    data = {"kind": "seller", "name": "bobs", "do": "add"}
    answer = client.post("/following/change/", data, headers={"HX-Request": "true"})
    assert 'value="remove"' in answer.text
    assert "<html" not in answer.text


def test_a_guest_is_led_to_the_sign_in_and_back(bob):
    guest = Client()
    assert "/accounts/login/?next=/sellers/bobs/" in guest.get("/sellers/bobs/").text
    answer = guest.post("/following/change/", {"kind": "seller", "name": "bobs"})
    assert answer["Location"].startswith("/accounts/login/")


def test_the_way_back_from_the_sign_in_leads_to_the_page(client, bob):
    assert client.get("/following/change/?kind=seller&name=bobs")["Location"] == "/sellers/bobs/"
    assert client.get("/following/change/").status_code == 404


@pytest.mark.parametrize("data", [{}, {"kind": "user", "name": "bobs"}, {"kind": "tag", "name": "\0nothing"}])
def test_what_is_not_there_cannot_be_followed(client, bob, data):
    assert client.post("/following/change/", data).status_code == 404


def test_nobody_follows_themselves(bob):
    with pytest.raises(Conflict):
        follow(bob.user)
    client = Client()
    client.force_login(bob.user)
    assert "/following/change/" not in client.get("/sellers/bobs/").text


def test_there_is_an_end_to_following(alice, bob, monkeypatch):
    monkeypatch.setattr(following, "MAX_FOLLOWS", 1)
    follow(alice)
    TagFactory(slug="sea")
    with pytest.raises(Conflict):
        follow(alice, "tag", "sea")


def test_followers_are_counted_once_each_and_shown_to_all(client, alice, bob):
    follow(alice), follow(alice), follow(UserFactory())
    assert "2 followers" in Client().get("/sellers/bobs/").text
    follow_remove(user=alice, target=target_get("seller", "bobs"))
    follow_remove(user=alice, target=target_get("seller", "bobs"))
    assert SellerProfile.objects.get(pk=bob.pk).followers_count == 1


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_count_once(alice, bob):
    together(lambda: follow(alice))
    assert SellerProfile.objects.get(pk=bob.pk).followers_count == Follow.objects.count() == 1
    together(lambda: follow_remove(user=alice, target=target_get("seller", "bobs")))
    assert SellerProfile.objects.get(pk=bob.pk).followers_count == 0


def test_the_page_shows_what_is_new_and_asks_no_more_for_more(
    client, alice, bob, django_assert_max_num_queries
):
    follow(alice)
    on_sale(bob, at=datetime.datetime.now(tz=datetime.UTC), title="Songs of the sea")
    with django_assert_max_num_queries(7) as few:
        page = client.get("/following/")
    assert "Songs of the sea" in page.text
    assert "canary of the deep" not in page.text
    for number in range(4):
        TagFactory(slug=f"sea-{number}")
        follow(alice, "tag", f"sea-{number}")
        on_sale(bob, at=datetime.datetime.now(tz=datetime.UTC))
    with django_assert_max_num_queries(len(few)):
        client.get("/following/")


# --- The digest -----------------------------------------------------------------------------------


@pytest.fixture
def at_now(monkeypatch):
    monkeypatch.setattr("common.clock.now", lambda: NOW)


def digested():
    digests.digests_begin()
    for spread_id in spreading.waiting_spread_ids():
        spreading.spread_continue(spread_id=spread_id)
    return {row.user: row.data for row in Notification.objects.filter(kind=NoticeKind.DIGEST)}


@pytest.mark.usefixtures("at_now")
def test_what_is_new_comes_once_a_week_by_mail_and_in_the_app(alice, bob):
    follow(alice)
    (
        on_sale(bob, title="Songs of the sea"),
        on_sale(bob, MONDAY),
        on_sale(bob, NOW - datetime.timedelta(days=9)),
    )
    assert digested()[alice]["count"] == 1
    assert digested().keys() == {alice}  # begun again, it does nothing
    assert Notification.objects.get(user=alice).source == "weekly:2026-11-09"
    assert notifications_mail() == 1
    [sent] = mail.outbox
    assert sent.subject == "1 new prompt from what you follow"
    for part in (sent.body, sent.alternatives[0][0]):
        assert "Songs of the sea" in part
        assert "Bob" in part
        assert "/prompts/" in part
        assert "canary" not in part
    assert "List-Unsubscribe" in sent.extra_headers


@pytest.mark.usefixtures("at_now")
def test_who_wants_it_daily_hears_of_yesterday(alice, bob):
    wishes_save(user=alice, wishes={NoticeKind.DIGEST: Wish(rhythm=DigestRhythm.DAILY)})
    follow(alice)
    on_sale(bob), on_sale(bob, MONDAY, title="Of yesterday")
    assert digested()[alice]["note"] == "Of yesterday"
    assert Notification.objects.get(user=alice).source == "daily:2026-11-16"


@pytest.mark.usefixtures("at_now")
def test_tags_and_models_are_followed_too_and_nothing_comes_twice(alice, bob):
    TagFactory(slug="sea")
    follow(alice), follow(alice, "tag", "sea")
    listing = on_sale(bob, tags=["sea"])
    other = on_sale(SellerProfileFactory(), tags=["sea"])
    follow(alice, "model", listing.model.slug)
    assert digested()[alice]["listings"] == [other.pk, listing.pk]


@pytest.mark.usefixtures("at_now")
def test_nobody_hears_of_nothing_of_their_own_or_of_what_they_have(alice, bob):
    follow(alice)
    assert digested() == {}
    given(alice, on_sale(bob))
    model = on_sale(SellerProfileFactory(user=alice)).model
    follow(alice, "model", model.slug)
    Spread.objects.all().delete()
    assert digested() == {}


@pytest.mark.usefixtures("at_now")
def test_who_wants_neither_is_left_alone(alice, bob):
    wishes_save(user=alice, wishes={NoticeKind.DIGEST: Wish(in_app=False, by_mail=False)})
    follow(alice)
    on_sale(bob)
    assert digested() == {}


@pytest.mark.usefixtures("at_now")
def test_what_was_taken_off_sale_meanwhile_is_not_mailed(alice, bob):
    follow(alice)
    listing = on_sale(bob)
    digested()
    Listing.objects.filter(pk=listing.pk).update(status=ListingStatus.UNLISTED)
    notifications_mail()
    assert mail.outbox == []


@pytest.mark.usefixtures("at_now")
def test_a_killed_digest_goes_on_where_it_was(alice, bob, monkeypatch):
    people = [alice, *UserFactory.create_batch(4)]
    for person in people:
        follow(person)
    on_sale(bob)
    monkeypatch.setattr(digests, "BATCH", 2)
    digests.digests_begin()
    weekly = Spread.objects.get(key__startswith="digest:weekly")
    with monkeypatch.context() as patch:
        tell = spreading._tellers["digest"]
        patch.setitem(spreading._tellers, "digest", lambda key, after: 1 / 0 if after else tell(key, after))
        spreading.spread_continue(spread_id=weekly.pk)
    weekly.refresh_from_db()
    assert weekly.finished_at is None
    assert "ZeroDivisionError" in weekly.last_error
    Spread.objects.update(next_attempt_at=weekly.created_at)
    assert digested().keys() == set(people)
    assert notifications_mail() == 5
