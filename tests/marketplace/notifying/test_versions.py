"""A new version is told to each buyer with access, once, whatever happens to the worker."""

import pytest
from django.core import mail
from django.test import Client

from accounts.models import NoticeKind
from accounts.notices import Wish, wishes_save
from common import clock
from common.outbox import message_publish
from listings.models import ListingStatus
from marketplace.models import Notification, Spread
from marketplace.notifying import spreading
from marketplace.notifying.mailing import notifications_mail
from payments.models import Entitlement
from tests.factories import ListingFactory, PromptVersionFactory, UserFactory
from tests.marketplace.notifying.support import given, outbox_delivered, together

pytestmark = pytest.mark.django_db
SECRET = "canary-of-the-deep"


@pytest.fixture
def listing():
    return ListingFactory(
        status=ListingStatus.PUBLISHED, title="Songs of the sea", text=f"{SECRET} {{{{topic}}}}"
    )


def buyers_of(listing, count):
    people = UserFactory.create_batch(count)
    for person in people:
        given(person, listing)
    outbox_delivered()
    return people


def published(listing, number=2):
    """As a moderator's decision leaves it; what spreads is not done yet."""
    now = clock.now()
    version = PromptVersionFactory(
        listing=listing,
        number=number,
        text=f"{SECRET} anew {{{{topic}}}}",
        changelog="Calmer verses.",
        sealed_at=now,
        published_at=now,
    )
    listing.published_version = version
    listing.save()
    message_publish("listing_published", subject=listing.pk, payload={"version": number})
    outbox_delivered()
    return version


def spread_done():
    for spread_id in spreading.waiting_spread_ids():
        spreading.spread_continue(spread_id=spread_id)


def told():
    return Notification.objects.filter(kind=NoticeKind.VERSION)


def test_each_buyer_with_access_is_told_with_the_changelog_and_the_ways_to_read_on(listing):
    alice, bob = buyers_of(listing, 2)
    Entitlement.objects.filter(buyer=bob).update(revoked_at=clock.now())
    published(listing)
    spread_done()
    [row] = told()
    grant = Entitlement.objects.get(buyer=alice)
    assert row.user == alice
    assert row.path == f"/library/{grant.pk}/?version=2"
    notifications_mail()
    [sent] = [sent for sent in mail.outbox if sent.to == [alice.email]]
    assert sent.subject == "Version 2 of “Songs of the sea” is out"
    for part in (sent.body, sent.alternatives[0][0]):
        assert "Calmer verses." in part
        assert f"/library/{grant.pk}/?version=2" in part
        assert f"/library/{grant.pk}/changes/?version=2" in part
        assert SECRET not in part
    client = Client()
    client.force_login(alice)
    assert client.get(row.path).status_code == client.get(row.data["changes_path"]).status_code == 200
    assert SECRET not in client.get("/notifications/").text


def test_who_bought_the_new_version_is_not_told_of_it(listing):
    [early] = buyers_of(listing, 1)
    published(listing)
    buyers_of(listing, 1)
    spread_done()
    assert [row.user for row in told()] == [early]


def test_a_first_version_is_told_to_nobody(listing):
    message_publish("listing_published", subject=listing.pk, payload={"version": 1})
    outbox_delivered()
    assert not Spread.objects.exists()


def test_publication_told_twice_is_spread_once(listing):
    buyers_of(listing, 1)
    published(listing)
    message_publish("listing_published", subject=listing.pk, payload={"version": 2})
    outbox_delivered()
    spread_done(), spread_done()
    assert Spread.objects.count() == told().count() == 1


def test_who_wants_no_mail_of_it_gets_none(listing):
    [alice] = buyers_of(listing, 1)
    wishes_save(user=alice, wishes={NoticeKind.VERSION: Wish(by_mail=False)})
    published(listing)
    spread_done()
    notifications_mail()
    assert told().count() == 1
    assert [sent for sent in mail.outbox if alice.email in sent.to] == []


def test_a_worker_killed_in_the_middle_leaves_the_rest_to_the_next(listing, monkeypatch):
    people = buyers_of(listing, 7)
    monkeypatch.setattr(spreading, "BATCH", 2)
    published(listing)
    spread_id = Spread.objects.get().pk
    with monkeypatch.context() as patch:
        batches = iter([True, True])

        def dying(row):
            if next(batches, None) is None:
                raise SystemExit  # no handler of ours catches it, as none runs after a SIGKILL
            return row

        tell = spreading._tellers["version"]
        patch.setitem(spreading._tellers, "version", lambda key, after: dying(tell(key, after)))
        with pytest.raises(SystemExit):
            spreading.spread_continue(spread_id=spread_id)
    assert told().count() == 4
    assert spreading.waiting_spread_ids() == []  # the dead worker's claim has not run out
    Spread.objects.update(next_attempt_at=Spread.objects.get().created_at)
    spread_done()
    assert sorted(told().values_list("user", flat=True)) == sorted(person.pk for person in people)
    assert Spread.objects.get().finished_at


def test_a_task_whose_time_is_up_leaves_the_rest_to_another(listing, monkeypatch):
    buyers_of(listing, 3)
    monkeypatch.setattr(spreading, "BATCH", 1)
    published(listing)
    handed_on = []
    monkeypatch.setattr(spreading, "AT_MOST", -spreading.AT_MOST)
    monkeypatch.setattr(spreading, "enqueue", lambda *args: handed_on.append(args))
    spread_done()
    assert told().count() == 1
    assert handed_on == [(spreading.TASK, Spread.objects.get().pk)]
    spread_done(), spread_done(), spread_done()
    assert told().count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_nobody_twice_and_miss_nobody(listing, monkeypatch):
    people = buyers_of(listing, 9)
    monkeypatch.setattr(spreading, "BATCH", 2)
    published(listing)
    spread_id = Spread.objects.get().pk
    # Both are let in, as if the first one's claim had run out while it was busy.
    monkeypatch.setattr(spreading, "attempt_claim", lambda *_args, **_names: object())
    together(lambda: spreading.spread_continue(spread_id=spread_id))
    assert sorted(told().values_list("user", flat=True)) == sorted(person.pk for person in people)
