"""Questions about a listing: asked, answered, reported, hidden; and who hears of what."""

import contextlib
import datetime

import pytest
from django.core import mail
from django.test import Client

from accounts.models import AuditEntry, NoticeKind
from common.errors import Conflict, InvalidInput, NotFound
from listings.models import ListingStatus
from marketplace.community.asking import (
    TooMany,
    question_answer,
    question_ask,
    question_judge,
    question_report,
    question_withdraw,
)
from marketplace.community.models import Question, QuestionReport
from marketplace.models import Notification
from marketplace.notifying.mailing import notifications_mail
from tests.factories import ListingFactory, SellerProfileFactory, UserFactory
from tests.marketplace.notifying.support import outbox_delivered, together

pytestmark = pytest.mark.django_db
SECRET = "canary-of-the-deep"
ASKED, ANSWERED = "Does it rhyme as well?", "It rhymes in every verse."


@pytest.fixture
def bob():
    return SellerProfileFactory(name="Bob's Prompts", user__display_name="Bob")


@pytest.fixture
def listing(bob):
    text = f"{SECRET} {{{{topic}}}}"
    return ListingFactory(seller=bob, slug="songs", status=ListingStatus.PUBLISHED, title="Songs", text=text)


@pytest.fixture
def alice():
    return UserFactory(display_name="Alice")


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def asked(alice, listing, text=ASKED):
    return question_ask(user=alice, listing=listing, text=text)


def answered(alice, listing):
    return question_answer(seller=listing.seller, question_id=asked(alice, listing).pk, text=ANSWERED)


def told(person, kind):
    outbox_delivered()
    return list(Notification.objects.filter(user=person, kind=kind))


# --- Asking and answering -------------------------------------------------------------------------


def test_a_question_stands_on_the_page_once_it_is_answered_and_both_sides_are_told(alice, bob, listing):
    client, page = signed_in(alice), "/prompts/songs/questions/"
    assert client.post(page, {"text": ASKED}).status_code == 303
    assert ASKED in client.get(page).text
    assert ASKED not in Client().get(page).text
    [row] = told(bob.user, NoticeKind.QUESTION)
    assert row.data["note"] == ASKED
    seller = signed_in(bob.user)
    assert ASKED in seller.get("/sell/questions/").text
    question = Question.objects.get()
    seller.post("/sell/questions/", {"question": question.pk, "text": ANSWERED})
    for address in (page, "/prompts/songs/"):
        text = Client().get(address).text
        assert ASKED in text
        assert ANSWERED in text
        assert SECRET not in text
    [row] = told(alice, NoticeKind.ANSWER)
    assert notifications_mail() == 2
    assert {(sent.to[0], sent.subject) for sent in mail.outbox} == {
        (bob.user.email, "Somebody asks about “Songs”"),
        (alice.email, "Bob's Prompts answered your question about “Songs”"),
    }
    assert ANSWERED in mail.outbox[1].body
    assert SECRET not in mail.outbox[0].body + mail.outbox[1].body


@pytest.mark.parametrize("text", ["", "Why?", "x" * 1001])
def test_a_question_has_a_length_and_what_was_typed_stays(alice, listing, text):
    answer = signed_in(alice).post("/prompts/songs/questions/", {"text": text})
    assert answer.status_code == 400
    assert text in answer.text
    assert not Question.objects.exists()


def test_a_guest_reads_and_is_led_to_the_sign_in(listing):
    guest = Client()
    text = guest.get("/prompts/songs/questions/").text
    assert "/accounts/login/?next=%2Fprompts%2Fsongs%2Fquestions%2F" in text
    assert guest.post("/prompts/songs/questions/", {"text": ASKED})["Location"].startswith("/accounts/login/")


def test_a_listing_that_is_not_on_sale_has_no_questions_page(alice):
    ListingFactory(slug="draft")
    assert signed_in(alice).post("/prompts/draft/questions/", {"text": ASKED}).status_code == 404


def test_nobody_asks_themselves(bob, listing):
    with pytest.raises(Conflict):
        asked(bob.user, listing)
    assert "data-submit-once" not in signed_in(bob.user).get("/prompts/songs/questions/").text


def test_three_questions_wait_at_most(alice, bob, listing):
    for _ in range(3):
        asked(alice, listing)
    with pytest.raises(Conflict):
        asked(alice, listing)
    question_answer(seller=bob, question_id=Question.objects.first().pk, text=ANSWERED)
    asked(alice, listing)


def test_there_are_so_many_questions_a_day(alice, settings, monkeypatch):
    settings.QUESTIONS_PER_DAY = 2
    listings = ListingFactory.create_batch(3, status=ListingStatus.PUBLISHED)
    asked(alice, listings[0]), asked(alice, listings[1])
    with pytest.raises(TooMany):
        asked(alice, listings[2])
    tomorrow = datetime.datetime.now(tz=datetime.UTC) + datetime.timedelta(days=1, minutes=1)
    monkeypatch.setattr("common.clock.now", lambda: tomorrow)
    asked(alice, listings[2])


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_do_not_pass_the_limit(alice, settings):
    settings.QUESTIONS_PER_DAY = 1
    one, other = ListingFactory.create_batch(2, status=ListingStatus.PUBLISHED)
    waiting = [one, other]

    def ask():
        with contextlib.suppress(TooMany):
            asked(alice, waiting.pop())

    together(ask)
    assert Question.objects.count() == 1


def test_a_question_is_taken_back_until_it_is_answered(alice, bob, listing):
    question = asked(alice, listing)
    with pytest.raises(NotFound):
        question_withdraw(user=bob.user, question_id=question.pk)
    signed_in(alice).post(f"/questions/{question.pk}/withdraw/")
    assert not Question.objects.exists()
    assert told(bob.user, NoticeKind.QUESTION) == []
    with pytest.raises(Conflict):
        question_withdraw(user=alice, question_id=answered(alice, listing).pk)


def test_an_answer_is_changed_or_taken_away_and_told_of_once(alice, bob, listing):
    question = answered(alice, listing)
    question_answer(seller=bob, question_id=question.pk, text="It rhymes.")
    question_answer(seller=bob, question_id=question.pk, text="")
    assert ASKED not in Client().get("/prompts/songs/").text
    question_answer(seller=bob, question_id=question.pk, text="It rhymes at times.")
    assert len(told(alice, NoticeKind.ANSWER)) == 1


def test_only_the_seller_answers(alice, listing):
    rival = SellerProfileFactory()
    question = asked(alice, listing)
    with pytest.raises(NotFound):
        question_answer(seller=rival, question_id=question.pk, text=ANSWERED)
    data = {"question": question.pk, "text": ANSWERED}
    assert signed_in(rival.user).post("/sell/questions/", data).status_code == 404
    with pytest.raises(InvalidInput):
        question_answer(seller=listing.seller, question_id=question.pk, text="x" * 2001)


# --- Reporting and hiding -------------------------------------------------------------------------


def test_a_report_leads_a_moderator_to_hide_both_and_the_log_keeps_it(alice, bob, listing):
    question = answered(alice, listing)
    charlie, mona = UserFactory(), UserFactory(staff=True)
    url = f"/questions/{question.pk}/report/"
    assert signed_in(charlie).get(url).status_code == 200
    for _ in range(2):
        signed_in(charlie).post(url, {"text": "It is an advertisement."})
    assert QuestionReport.objects.count() == 1
    desk = signed_in(mona)
    page = desk.get("/moderation/questions/").text
    assert "It is an advertisement." in page
    assert SECRET not in page
    desk.post(f"/moderation/questions/{question.pk}/", {"do": "hide"})
    for client in (Client(), signed_in(alice), signed_in(bob.user)):
        assert ASKED not in client.get("/prompts/songs/questions/").text
    assert ASKED not in signed_in(bob.user).get("/sell/questions/").text
    assert signed_in(charlie).get(url).status_code == 404
    assert AuditEntry.objects.filter(action="question.hidden", actor=mona).exists()
    desk.post(f"/moderation/questions/{question.pk}/", {"do": "show"})
    assert ASKED in Client().get("/prompts/songs/questions/").text


def test_a_report_that_finds_nothing_leaves_it_there(alice, listing):
    question, mona = answered(alice, listing), UserFactory(staff=True)
    question_report(user=UserFactory(), question=question, text="")
    question_judge(moderator=mona, question_id=question.pk, hide=False)
    assert QuestionReport.objects.get().decided_at
    assert "No question waits." in signed_in(mona).get("/moderation/questions/").text


def test_a_question_hidden_before_it_was_told_is_not_told(alice, bob, listing):
    question = asked(alice, listing)
    question_judge(moderator=UserFactory(staff=True), question_id=question.pk, hide=True)
    assert told(bob.user, NoticeKind.QUESTION) == []


def test_the_desk_is_for_moderators_who_are_no_party(alice, bob, listing):
    question = answered(alice, listing)
    assert signed_in(alice).get("/moderation/questions/").status_code == 404
    answer = signed_in(alice).post(f"/moderation/questions/{question.pk}/", {"do": "hide"})
    assert answer.status_code == 404
    with pytest.raises(NotFound):
        question_judge(moderator=alice, question_id=question.pk, hide=True)
    bob.user.is_staff = True
    bob.user.save()
    with pytest.raises(Conflict):
        question_judge(moderator=bob.user, question_id=question.pk, hide=True)


def test_reports_have_a_limit_and_need_something_to_be_seen(alice, listing, settings):
    settings.REPORTS_PER_DAY = 1
    question, charlie = answered(alice, listing), UserFactory()
    open_one = asked(alice, listing)
    assert signed_in(charlie).get(f"/questions/{open_one.pk}/report/").status_code == 404
    assert signed_in(listing.seller.user).get(f"/questions/{open_one.pk}/report/").status_code == 200
    question_report(user=charlie, question=question, text="")
    with pytest.raises(TooMany):
        question_report(user=charlie, question=question, text="")
