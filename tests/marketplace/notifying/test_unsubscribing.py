"""The way out of a kind of mails by RFC 8058, from the mail itself."""

import re

import pytest
from django.core import mail, signing
from django.test import Client

from accounts.models import NoticeKind
from accounts.notices import unsubscribe_url, wanted_mail_send, wishes_for
from marketplace.notifying.mailing import notifications_mail
from tests.factories import UserFactory
from tests.marketplace.notifying.support import notified

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return UserFactory(display_name="Alice")


def wants(user, kind=NoticeKind.VERSION):
    return wishes_for(kind, [user.pk])[user.pk].by_mail


def path_of(user, kind=NoticeKind.VERSION):
    return re.sub(r"^https?://[^/]+", "", unsubscribe_url(user.pk, kind))


def test_the_mail_carries_both_headers_and_the_link_in_both_parts(alice):
    notified(alice)
    notifications_mail()
    [sent] = mail.outbox
    url = unsubscribe_url(alice.pk, NoticeKind.VERSION)
    assert sent.extra_headers["List-Unsubscribe"] == f"<{url}>"
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    raw = sent.message().as_string()
    assert f"List-Unsubscribe: <{url}>\n" in raw.replace("\n ", " ").replace(":  ", ": ")
    assert url in sent.body
    assert url in sent.alternatives[0][0]


def test_one_post_without_session_or_token_stops_that_kind_and_no_other(alice):
    program = Client(enforce_csrf_checks=True)
    answer = program.post(path_of(alice), {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "These mails have stopped" in answer.text
    assert (wants(alice), wants(alice, NoticeKind.REPLY)) == (False, True)
    assert program.post(path_of(alice), {"List-Unsubscribe": "One-Click"}).status_code == 200


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_at_the_link_asks_and_changes_nothing(alice, method):
    answer = getattr(Client(), method)(path_of(alice))
    assert answer.status_code == 200
    assert wants(alice)


def test_stopping_can_be_undone_on_the_spot(alice):
    program = Client(enforce_csrf_checks=True)
    program.post(path_of(alice))
    assert "These mails come again" in program.post(path_of(alice), {"do": "resume"}).text
    assert wants(alice)


def test_what_is_shown_in_the_app_stays(alice):
    Client().post(path_of(alice))
    assert wishes_for(NoticeKind.VERSION, [alice.pk])[alice.pk].in_app


def test_the_page_is_in_the_readers_language():
    person = UserFactory(language="fr")
    assert 'lang="fr"' in Client().get(path_of(person)).text


def test_a_link_outlives_the_key_that_signed_it(alice, settings):
    path = path_of(alice)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 10, [settings.SECRET_KEY]
    assert Client().get(path).status_code == 200


@pytest.mark.parametrize("change", ["kind", "person", "signature"])
def test_a_link_that_is_not_ours_is_nowhere(alice, change):
    user, kind, signature = path_of(alice).strip("/").removeprefix("unsubscribe/").split(".")
    kind = "reply" if change == "kind" else kind
    user = str(UserFactory().pk) if change == "person" else user
    signature = "x" if change == "signature" else signature
    assert Client().post(f"/unsubscribe/{user}.{kind}.{signature}/").status_code == 404
    forged = signing.Signer(salt="another", sep=".").sign(f"{alice.pk}.version")
    assert Client().post(f"/unsubscribe/{forged}/").status_code == 404
    assert wants(alice)


def test_a_mail_that_is_always_sent_has_no_way_out(alice):
    wanted_mail_send(
        kind=NoticeKind.PAYOUT,
        to=alice,
        template="mail/payout_failed",
        subject="Failed",
        message_id="x",
        context={},
    )
    [sent] = mail.outbox
    assert "List-Unsubscribe" not in sent.extra_headers
    assert "unsubscribe" not in sent.body
