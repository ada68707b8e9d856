"""The page of notifications, its bell, and how people choose what they hear of."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import NoticeKind
from accounts.notices import Wish, wishes_for, wishes_of
from marketplace.models import Notification
from tests.factories import SellerProfileFactory, UserFactory
from tests.marketplace.notifying.support import notified

pytestmark = pytest.mark.django_db
PAGE = "/notifications/"
PREFERENCES = "/account/notifications/"


@pytest.fixture
def alice():
    return UserFactory(display_name="Alice")


@pytest.fixture
def client(alice):
    client = Client()
    client.force_login(alice)
    return client


def unread(user):
    return Notification.objects.filter(user=user, read_at=None).count()


def test_nothing_yet_says_what_will_come(client):
    page = client.get(PAGE)
    assert "Nothing new yet" in page.text
    assert "cart-count" not in page.text
    assert "no-store" in page["Cache-Control"]


def test_a_notification_is_read_by_following_it_and_can_be_unread_again(client, alice):
    row = notified(alice)
    page = client.get(PAGE)
    assert "Version 2 of “Songs of the sea” is out." in page.text
    assert "Calmer." in page.text
    client.head(f"{PAGE}{row.pk}/")
    assert unread(alice) == 1
    assert client.get(f"{PAGE}{row.pk}/")["Location"] == "/library/"
    assert unread(alice) == 0
    assert client.post(f"{PAGE}{row.pk}/", {"do": "unread", "page": "1"})["Location"] == f"{PAGE}?page=1"
    assert unread(alice) == 1


def test_all_are_read_at_once_and_that_can_be_undone(client, alice):
    read_before = notified(alice, source="one")
    client.get(f"{PAGE}{read_before.pk}/")
    notified(alice, source="two"), notified(alice, source="three")
    page = client.post(PAGE, follow=True)
    assert unread(alice) == 0
    client.post(PAGE, {"undo": page.context["read_at"].isoformat()})
    assert unread(alice) == 2
    assert client.post(PAGE, {"undo": "now"}).status_code == 303


def test_the_list_is_paged_and_asks_no_more_for_more(client, alice, django_assert_max_num_queries):
    notified(alice)
    with django_assert_max_num_queries(6) as few:
        client.get(PAGE)
    for number in range(30):
        notified(alice, source=f"version:{number + 2}")
    with django_assert_max_num_queries(len(few)):
        page = client.get(PAGE)
    assert len(page.context["rows"]) == 25
    assert len(client.get(f"{PAGE}?page=2").context["rows"]) == 6


def test_the_bell_counts_to_99_and_shares_the_carts_statement(client, alice, django_assert_num_queries):
    url = "/prompts/"
    queries_of(client, url)
    usual = len(queries_of(client, url))
    for number in range(3):
        notified(alice, source=f"version:{number}")
    with django_assert_num_queries(usual):
        assert 'class="cart-count">3<' in client.get(url).text
    [both] = [sql for sql in queries_of(client, url) if "marketplace_notification" in sql]
    assert "payments_cartline" in both
    for number in range(3, 120):
        notified(alice, source=f"version:{number}")
    assert 'class="cart-count">99+<' in client.get(url).text


def queries_of(client, url):
    with CaptureQueriesContext(connection) as asked:
        client.get(url)
    return [query["sql"] for query in asked.captured_queries]


def test_a_guest_is_led_to_the_sign_in():
    assert Client().get(PAGE)["Location"] == f"/accounts/login/?next={PAGE}"
    assert "bell-link" not in Client().get("/").text


# --- Preferences ----------------------------------------------------------------------------------


def test_a_buyer_is_not_asked_about_sales(client):
    page = client.get(PREFERENCES)
    assert "A new version of a prompt you own" in page.text
    assert "What you sell" not in page.text
    assert "Receipts, gifts, payouts" in page.text


def test_preferences_are_kept_kind_by_kind(client, alice):
    client.post(PREFERENCES, {"rhythm": "daily", "version-app": "on", "reply-mail": "on"})
    wishes = wishes_of(alice)
    assert wishes[NoticeKind.VERSION] == Wish(True, False, "daily")
    assert wishes[NoticeKind.REPLY] == Wish(False, True, "daily")
    assert wishes[NoticeKind.SALE] == Wish()
    assert client.post(PREFERENCES, {"rhythm": "hourly"}).status_code == 400


def test_a_payouts_mail_cannot_be_turned_off(alice):
    client, seller = Client(), SellerProfileFactory(user=alice)
    client.force_login(seller.user)
    assert "payout-mail" not in client.get(PREFERENCES).text
    client.post(PREFERENCES, {"rhythm": "weekly", "payout-mail": ""})
    assert wishes_for(NoticeKind.PAYOUT, [alice.pk])[alice.pk] == Wish(False, True, "weekly")
