"""Moderation in the admin: the queue shows no text, the review page does and says so in the audit log."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, SellerProfile, User
from listings.models import DecisionKind, Listing, ListingStatus, ModerationDecision
from listings.services.originality import prints_complete
from tests.factories import ListingFactory, SellerProfileFactory, UserFactory

pytestmark = pytest.mark.django_db

QUEUE = "/admin/listings/submittedversion/"
CANARY = "zebrafinch-canary"


@pytest.fixture
def alice() -> SellerProfile:
    return SellerProfileFactory.create()


@pytest.fixture
def moderator() -> User:
    return UserFactory.create(staff=True)


@pytest.fixture
def submitted(alice: SellerProfile) -> Listing:
    return ListingFactory.create(
        seller=alice,
        status=ListingStatus.IN_REVIEW,
        title="An essay on anything",
        text=f"{CANARY}: write about {{{{topic}}}}.",
        instructions=f"{CANARY}: paste it.",
    )


@pytest.fixture
def staff_client(client: Client, moderator: User) -> Client:
    client.force_login(moderator)
    return client


def rows_asked(queries: CaptureQueriesContext) -> int:
    """How many queries there were; the clock asks for its offset once a second, whatever the page."""
    return sum("clockoffset" not in query["sql"] for query in queries)


def review_url(listing: Listing) -> str:
    return f"{QUEUE}{listing.versions.get().pk}/change/"


def test_queue_lists_what_waits_without_its_text(staff_client: Client, submitted: Listing) -> None:
    page = staff_client.get(QUEUE)

    assert page.status_code == 200
    assert submitted.title in page.text
    assert CANARY not in page.text
    assert not AuditEntry.objects.exists()


def test_an_empty_queue_says_so(staff_client: Client) -> None:
    assert "Nothing waits for a decision." in staff_client.get(QUEUE).content.decode()


def test_queue_asks_as_many_queries_for_many_rows_as_for_one(
    staff_client: Client, submitted: Listing
) -> None:
    with CaptureQueriesContext(connection) as one:
        staff_client.get(QUEUE)
    ListingFactory.create_batch(3, status=ListingStatus.IN_REVIEW)
    with CaptureQueriesContext(connection) as many:
        staff_client.get(QUEUE)

    assert rows_asked(many) <= rows_asked(one)


def test_review_page_shows_the_text_is_not_stored_and_is_audited(
    staff_client: Client, submitted: Listing, moderator: User
) -> None:
    page = staff_client.get(review_url(submitted))

    assert CANARY in page.text
    assert "no-store" in page["Cache-Control"]
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action) == (moderator, "version.source_read")
    assert entry.detail["via"] == "queue"
    assert CANARY not in str(entry.detail)


def test_publishing_from_the_review_page_puts_the_listing_on_sale(
    staff_client: Client, submitted: Listing
) -> None:
    answer = staff_client.post(review_url(submitted), {"decision": "publish"})

    assert answer.status_code == 302
    submitted.refresh_from_db()
    assert submitted.status == ListingStatus.PUBLISHED


def test_returning_stores_ready_and_own_reasons_in_the_sellers_language(
    staff_client: Client, submitted: Listing
) -> None:
    answer = staff_client.post(
        review_url(submitted), {"decision": "reject", "canned": ["title"], "own": "Say which model."}
    )

    assert answer.status_code == 302
    decision = ModerationDecision.objects.get()
    assert decision.decision == DecisionKind.REJECT
    assert decision.reasons == [
        "The title or summary promises more than the prompt does.",
        "Say which model.",
    ]


def test_returning_without_a_reason_is_refused(staff_client: Client, submitted: Listing) -> None:
    page = staff_client.post(review_url(submitted), {"decision": "reject"})

    assert page.status_code == 200
    assert "Tell the seller what to change." in page.text
    submitted.refresh_from_db()
    assert submitted.status == ListingStatus.IN_REVIEW


def test_a_second_click_on_the_same_decision_changes_nothing(
    staff_client: Client, submitted: Listing
) -> None:
    for _click in range(2):
        assert staff_client.post(review_url(submitted), {"decision": "publish"}).status_code == 302

    assert ModerationDecision.objects.count() == 1


def test_a_decided_submission_leads_back_to_the_queue_unread(staff_client: Client) -> None:
    on_sale = ListingFactory.create(status=ListingStatus.PUBLISHED, text=CANARY)
    ModerationDecision.objects.create(
        version=on_sale.versions.get(), moderator=UserFactory.create(staff=True), decision="publish"
    )

    answer = staff_client.get(review_url(on_sale))

    assert answer.status_code == 302
    assert not AuditEntry.objects.exists()


def test_a_working_copy_cannot_be_read_through_the_review_page(
    staff_client: Client, alice: SellerProfile
) -> None:
    draft = ListingFactory.create(seller=alice, text=CANARY)

    assert staff_client.get(review_url(draft)).status_code == 404


@pytest.mark.parametrize("who", ["seller", "stranger", "superuser_without_staff"])
def test_only_staff_reach_the_queue(client: Client, submitted: Listing, who: str) -> None:
    people = {"seller": submitted.seller.user, "stranger": UserFactory.create()}
    client.force_login(people.get(who) or UserFactory.create(is_superuser=True, is_staff=False))

    for url in (QUEUE, review_url(submitted)):
        answer = client.get(url)
        assert answer.status_code == 302
        assert "/admin/login/" in answer["Location"]
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    "path", ["listing/", "listing/{id}/change/", "moderationdecision/", "submittedversion/"]
)
def test_no_other_admin_page_shows_the_text(client: Client, submitted: Listing, path: str) -> None:
    client.force_login(UserFactory.create(is_superuser=True, staff=True))

    page = client.get(f"/admin/listings/{path.format(id=submitted.pk)}")

    assert page.status_code == 200
    assert CANARY not in page.text


def test_versions_have_no_admin_page_of_their_own(client: Client) -> None:
    client.force_login(UserFactory.create(is_superuser=True, staff=True))

    assert client.get("/admin/listings/promptversion/").status_code == 404


def test_staff_remove_a_listing_from_its_list(staff_client: Client, moderator: User) -> None:
    on_sale = ListingFactory.create(status=ListingStatus.PUBLISHED)

    staff_client.post(
        "/admin/listings/listing/", {"action": "remove_from_sale", "_selected_action": on_sale.pk}
    )

    on_sale.refresh_from_db()
    assert on_sale.status == ListingStatus.REMOVED
    assert AuditEntry.objects.get(action="listing.removed").actor == moderator


def test_the_moderator_sees_what_the_assistant_found(staff_client: Client, submitted: Listing) -> None:
    page = staff_client.get(review_url(submitted)).content.decode()
    assert "What the assistant found" in page
    assert "<code>public.short-description</code>" in page


def test_the_moderator_sees_who_submitted_much_the_same_before(
    staff_client: Client, submitted: Listing
) -> None:
    text = submitted.versions.get().text
    other = ListingFactory.create(status=ListingStatus.PUBLISHED, title="The first", text=f"{text} Briefly.")
    prints_complete()
    page = staff_client.get(review_url(submitted)).content.decode()
    assert "Much like other sellers" in page
    assert other.title in page
