"""Reports from visitors, what moderators make of them, and what seller and reporter hear."""

import datetime

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import AuditEntry, User
from common import clock
from common.errors import Conflict, NotFound
from common.models import OutboxMessage
from common.outbox import message_deliver
from listings.models import Listing, ListingStatus, Takedown
from listings.services.takedowns import takedown_counter, takedown_restore, takedown_uphold
from marketplace.models import Report, ReportState
from marketplace.reports import report_dismiss, report_make, report_uphold
from tests.factories import ListingFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mails_in_memory(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def listing() -> Listing:
    return ListingFactory(
        status=ListingStatus.PUBLISHED, title="Songs of the sea", text="canary-text {{topic}}"
    )


@pytest.fixture
def mona() -> User:
    return UserFactory(staff=True)


@pytest.fixture
def niels() -> User:
    return UserFactory(staff=True)


def reported(listing: Listing, email: str = "ann@example.test", **changes: object) -> Report:
    facts = {
        "kind": "copyright",
        "text": "It is my song.",
        "reporter": None,
        "address": None,
        "language": "en",
    }
    return report_make(listing=listing, email=email, **facts | changes)  # type: ignore[arg-type]


def delivered() -> list[str]:
    """Recipients of what the outbox had to say, and the subjects."""
    mail.outbox = []
    for message in OutboxMessage.objects.filter(handled_at=None):
        assert message_deliver(message.pk)
    return [f"{sent.to[0]}: {sent.subject}" for sent in mail.outbox]


# --- Making one ----------------------------------------------------------------------------------


def test_a_visitor_reports_with_an_address(client: Client, listing: Listing) -> None:
    url = f"/prompts/{listing.slug}/report/"
    assert url in client.get(f"/prompts/{listing.slug}/").text
    answer = client.post(url, {"kind": "unsafe", "text": "It tells how to.", "email": "Ann@example.test"})
    assert answer.status_code == 302
    report = Report.objects.get()
    assert (report.kind, report.email, report.reporter) == ("unsafe", "ann@example.test", None)


def test_a_signed_in_person_is_not_asked_for_one(client: Client, listing: Listing) -> None:
    person = UserFactory()
    client.force_login(person)
    url = f"/prompts/{listing.slug}/report/"
    assert 'name="email"' not in client.get(url).text
    client.post(url, {"kind": "misleading", "text": "It does something else."})
    assert Report.objects.get().reporter == person


def test_what_is_missing_is_said_at_its_field(client: Client, listing: Listing) -> None:
    page = client.post(f"/prompts/{listing.slug}/report/", {"kind": "unsafe", "text": "Kept.", "email": "no"})
    assert not Report.objects.exists()
    assert "Kept." in page.text


def test_what_is_not_on_sale_cannot_be_reported(client: Client) -> None:
    draft = ListingFactory()
    assert client.get(f"/prompts/{draft.slug}/report/").status_code == 404


def test_the_same_person_reports_a_listing_once_at_a_time(listing: Listing, mona: User) -> None:
    first = reported(listing)
    assert reported(listing) == first
    report_dismiss(report=first, moderator=mona)
    assert reported(listing) != first


def test_many_reports_from_one_address_are_too_many(client: Client, settings) -> None:
    settings.REPORTS_PER_DAY = 2
    statuses = [
        client.post(
            f"/prompts/{ListingFactory(status=ListingStatus.PUBLISHED).slug}/report/",
            {"kind": "other", "text": "Look.", "email": f"p{number}@example.test"},
        ).status_code
        for number in range(3)
    ]
    assert statuses == [302, 302, 429]
    assert Report.objects.count() == 2


# --- Deciding ------------------------------------------------------------------------------------


def test_a_dismissed_report_is_answered_and_nothing_happens_to_the_listing(listing, mona) -> None:
    report = report_dismiss(report=reported(listing), moderator=mona, answer="It is in the public domain.")
    listing.refresh_from_db()
    assert listing.status == ListingStatus.PUBLISHED
    assert report.state == ReportState.DISMISSED
    assert delivered() == ["ann@example.test: Your report on “Songs of the sea”"]
    assert "public domain" in mail.outbox[0].body


def test_an_upheld_report_takes_the_listing_down_for_all_who_reported(listing, mona) -> None:
    first, second = reported(listing), reported(listing, "bob@example.test")
    report_uphold(report=first, moderator=mona, kind="copyright", words="It is a song's text.")

    listing.refresh_from_db()
    assert listing.status == ListingStatus.SUSPENDED
    second.refresh_from_db()
    assert second.takedown == Takedown.objects.get()
    told = delivered()
    assert sorted(told) == [
        "ann@example.test: Your report on “Songs of the sea”",
        "bob@example.test: Your report on “Songs of the sea”",
        f"{listing.seller.user.email}: “Songs of the sea” was taken down",
    ]
    assert not any("canary-text" in str(sent.message()) for sent in mail.outbox)


@pytest.mark.parametrize("outcome", ["restored", "upheld"])
def test_the_reporter_hears_what_became_of_the_takedown(listing, mona, niels, outcome) -> None:
    report_uphold(report=reported(listing), moderator=mona, kind="copyright", words="A song.")
    takedown = Takedown.objects.get()
    takedown_counter(takedown=takedown, by=listing.seller.user, text="My song.")
    delivered()
    decide = takedown_restore if outcome == "restored" else takedown_uphold
    decide(takedown=takedown, moderator=niels)
    assert [line.partition(":")[0] for line in delivered()] == [
        listing.seller.user.email,
        "ann@example.test",
    ]


def test_a_decision_on_a_report_stands_and_may_be_repeated(listing, mona, niels) -> None:
    report = reported(listing)
    report_dismiss(report=report, moderator=mona)
    report_dismiss(report=report, moderator=niels)
    with pytest.raises(Conflict) as refusal:
        report_uphold(report=report, moderator=mona, kind="other", words="Yes.")
    assert refusal.value.code == "already_decided"
    entries = AuditEntry.objects.filter(action="report.dismissed")
    assert [(entry.actor, entry.detail["before"], entry.detail["after"]) for entry in entries] == [
        (mona, "open", "dismissed")
    ]


def test_only_moderators_decide_and_not_on_their_own_listings(listing, mona) -> None:
    report = reported(listing)
    for person in (UserFactory(), listing.seller.user):
        with pytest.raises(NotFound):
            report_dismiss(report=report, moderator=person)
    listing.seller.user.is_staff = True
    listing.seller.user.save()
    with pytest.raises(Conflict) as refusal:
        report_dismiss(report=report, moderator=listing.seller.user)
    assert refusal.value.code == "own_listing"


def test_the_database_knows_no_other_states(listing) -> None:
    report = reported(listing)
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(state="lost")
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(state="dismissed")


# --- The desk ------------------------------------------------------------------------------------


def test_a_moderator_works_through_report_takedown_and_counter_notice(client, listing, mona, niels) -> None:
    report = reported(listing)
    client.force_login(mona)
    assert "Songs of the sea" in client.get("/moderation/reports/").text
    url = f"/moderation/reports/{report.pk}/"
    assert "It is my song." in client.get(url).text
    assert client.post(url, {"decision": "uphold", "kind": "copyright", "words": ""}).status_code == 400
    assert (
        client.post(url, {"decision": "uphold", "kind": "copyright", "words": "A song."}).status_code == 302
    )
    takedown = Takedown.objects.get()

    client.force_login(listing.seller.user)
    page = client.get(f"/sell/listings/{listing.slug}/edit/").text
    assert "A song." in page
    assert "It is my song." not in page
    assert mona.display_name not in page
    counter = f"/sell/listings/{listing.slug}/counter-notice/"
    assert client.post(counter, {"text": "I wrote it in 1999."}).status_code == 302

    client.force_login(niels)
    assert "The seller objects" in client.get("/moderation/takedowns/").text
    url = f"/moderation/takedowns/{takedown.pk}/"
    assert "I wrote it in 1999." in client.get(url).text
    assert client.post(url, {"decision": "restore", "words": "Shown."}).status_code == 302
    listing.refresh_from_db()
    assert listing.status == ListingStatus.PUBLISHED


def test_ending_buyers_access_is_offered_to_superusers_alone(client, listing, mona, niels) -> None:
    report_uphold(report=reported(listing), moderator=mona, kind="copyright", words="A song.")
    Takedown.objects.update(created_at=clock.now() - datetime.timedelta(days=20))
    url = f"/moderation/takedowns/{Takedown.objects.get().pk}/"
    client.force_login(niels)
    assert "ends_access" not in client.get(url).text
    client.force_login(UserFactory(staff=True, is_superuser=True))
    assert "ends_access" in client.get(url).text
