"""Listings in the administration: nothing of a prompt's text, and the way to the moderators' desk."""

import pytest
from django.test import Client

from accounts.models import AuditEntry, SellerProfile, User
from listings.models import Listing, ListingStatus, TrustRule
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


def test_the_queue_is_at_the_desk(staff_client: Client, submitted: Listing) -> None:
    answer = staff_client.get(QUEUE)
    assert (answer.status_code, answer["Location"]) == (302, "/moderation/")
    version = submitted.versions.get()
    assert staff_client.get(f"{QUEUE}{version.pk}/change/").status_code == 404
    assert not AuditEntry.objects.exists()


def test_a_superuser_sets_the_rule_of_trust_and_it_is_noted(client: Client) -> None:
    boss = UserFactory.create(staff=True, is_superuser=True)
    client.force_login(boss)
    data = {
        "is_on": "on",
        "min_published": 5,
        "max_returned_percent": 10,
        "days_without_takedown": 90,
        "sample_percent": 20,
    }
    assert client.post("/admin/listings/trustrule/add/", data).status_code == 302

    assert TrustRule.objects.get().sample_percent == 20
    entry = AuditEntry.objects.get(action="trust_rule.changed")
    assert (entry.actor, entry.detail["before"], entry.detail["after"]["min_published"]) == (boss, {}, 5)


def test_moderators_read_the_rule_and_cannot_change_it(staff_client: Client) -> None:
    TrustRule.objects.create(pk=1)
    assert staff_client.get("/admin/listings/trustrule/1/change/").status_code == 200
    assert staff_client.post("/admin/listings/trustrule/1/change/", {"is_on": "on"}).status_code == 403
    assert not TrustRule.objects.get().is_on


@pytest.mark.parametrize(
    "path",
    ["listing/", "listing/{id}/change/", "moderationdecision/", "reviewcheck/", "appeal/", "takedown/"],
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
