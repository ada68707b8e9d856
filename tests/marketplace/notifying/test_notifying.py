"""People are told once of what concerns them, where they want it."""

import pytest
from django.core import mail

from accounts.models import NoticeKind
from accounts.notices import Wish, wishes_save
from common.outbox import message_deliver, message_publish
from listings.models import ListingStatus
from marketplace.models import Notification, Review
from marketplace.notifying.mailing import notification_mail, notifications_mail
from marketplace.notifying.services import people_notify
from marketplace.reviewing import review_delete, review_reply, review_write
from payments.services.deliveries import delivery_finish
from tests.factories import ListingFactory, UserFactory
from tests.marketplace.notifying.support import given, news_for, notified, outbox_delivered, together

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return UserFactory(display_name="Alice")


def test_who_said_nothing_is_told_in_the_app_and_by_mail(alice):
    row = notified(alice)
    assert (row.in_app, row.by_mail, row.read_at, row.mailed_at) == (True, True, None, None)
    assert notifications_mail() == 1
    [sent] = mail.outbox
    assert sent.to == [alice.email]
    assert sent.subject == "Version 2 of “Songs of the sea” is out"


@pytest.mark.parametrize(
    ("wish", "rows", "mails"),
    [(Wish(True, False), 1, 0), (Wish(False, True), 0, 1), (Wish(False, False), 0, 0)],
)
def test_people_are_told_where_they_want_it(alice, wish, rows, mails):
    wishes_save(user=alice, wishes={NoticeKind.VERSION: wish})
    people_notify(**news_for(alice))
    notifications_mail()
    assert Notification.objects.filter(user=alice, in_app=True).count() == rows
    assert len(mail.outbox) == mails


def test_the_same_thing_is_told_once(alice):
    notified(alice)
    assert people_notify(**news_for(alice)) == 0
    assert notifications_mail() == 1
    assert notifications_mail() == 0
    assert len(mail.outbox) == 1


def test_a_mail_that_was_turned_off_while_it_waited_is_not_sent(alice):
    row = notified(alice)
    wishes_save(user=alice, wishes={NoticeKind.VERSION: Wish(by_mail=False)})
    assert notification_mail(row.pk)
    assert mail.outbox == []


def test_a_mail_that_could_not_be_sent_is_sent_later_under_the_same_id(alice, monkeypatch):
    row = notified(alice)
    with monkeypatch.context() as patch:
        patch.setattr("common.mails.EmailMultiAlternatives.send", lambda _mail: 1 / 0)
        assert not notification_mail(row.pk)
    row.refresh_from_db()
    assert row.mailed_at is None
    assert "ZeroDivisionError" in row.last_error
    Notification.objects.update(next_attempt_at=row.created_at)
    assert notifications_mail() == 1
    assert mail.outbox[0].extra_headers["Message-ID"] == f"<notification.{row.pk}@mail.promptfair>"


def test_telling_more_people_asks_no_more_of_the_database(alice, django_assert_num_queries):
    people = UserFactory.create_batch(20)
    with django_assert_num_queries(3):
        people_notify(**news_for(alice, source="few"))
    many = [news_for(person)["news"][0] for person in people]
    with django_assert_num_queries(3):
        people_notify(**news_for(alice, source="many", news=many))


@pytest.mark.django_db(transaction=True)
def test_two_who_tell_and_two_who_mail_at_once_make_one_row_and_one_mail(alice):
    people = [alice, *UserFactory.create_batch(9)]
    news = [news_for(person)["news"][0] for person in people]
    together(lambda: people_notify(**news_for(alice, news=news)))
    assert Notification.objects.count() == 10
    together(notifications_mail)
    assert sorted(sent.to[0] for sent in mail.outbox) == sorted(person.email for person in people)


# --- What is told of ------------------------------------------------------------------------------


@pytest.fixture
def bought():
    order = given(UserFactory(), ListingFactory(status=ListingStatus.PUBLISHED))
    outbox_delivered()
    return order


def told(person, kind):
    return Notification.objects.filter(user=person, kind=kind)


def test_a_sale_is_told_to_its_seller_once(bought):
    seller = bought.items.get().listing.seller.user
    [row] = told(seller, NoticeKind.SALE)
    assert not row.by_mail  # the delivery has its own mail
    again = message_publish(
        "order_paid", subject=bought.pk, payload={"buyer": bought.buyer_id, "listings": []}
    )
    assert message_deliver(again.pk)
    assert told(seller, NoticeKind.SALE).count() == 1


def test_a_review_is_told_to_the_seller_and_the_reply_to_the_buyer(bought):
    item = bought.items.get()
    review_write(entitlement=item.entitlement, stars=4, text="Good rhymes.")
    outbox_delivered()
    [row] = told(item.listing.seller.user, NoticeKind.REVIEW)
    assert (row.data["stars"], row.data["note"]) == (4, "Good rhymes.")
    review = Review.objects.get()
    review_reply(seller=item.listing.seller, review_id=review.pk, text="Thank you.")
    review_reply(seller=item.listing.seller, review_id=review.pk, text="Thank you so much.")
    outbox_delivered()
    [row] = told(bought.buyer, NoticeKind.REPLY)
    assert row.data["note"] == "Thank you so much."
    notifications_mail()
    assert {sent.to[0] for sent in mail.outbox} >= {bought.buyer.email}


def test_a_review_that_was_taken_back_at_once_is_not_told(bought):
    item = bought.items.get()
    review_write(entitlement=item.entitlement, stars=1, text="Oh.")
    review_delete(entitlement=item.entitlement)
    outbox_delivered()
    assert not told(item.listing.seller.user, NoticeKind.REVIEW).exists()


def test_a_sale_is_not_mailed_to_a_seller_who_does_not_want_it():
    listing = ListingFactory(status=ListingStatus.PUBLISHED)
    wishes_save(user=listing.seller.user, wishes={NoticeKind.SALE: Wish(by_mail=False)})
    order = given(UserFactory(), listing)
    delivery_finish(order_id=order.pk)
    assert [sent.to[0] for sent in mail.outbox] == [order.buyer.email]
