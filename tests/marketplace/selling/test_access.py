"""Who may open which page of the studio and the account: method, URL, role, status."""

import pytest
from django.urls import reverse

from listings.models import ListingStatus
from tests.factories import ListingFactory, SellerProfileFactory, UserFactory

pytestmark = pytest.mark.django_db

# What a page answers to: anonymous, a user without a storefront, another seller, the owner, a moderator.
ROLES = ("anonymous", "buyer", "stranger", "owner", "staff")
TABLE = [
    ("get", "studio", None, 200, 200, 200, 200, 200),
    ("get", "studio_handle_check", None, 302, 200, 200, 200, 200),
    ("get", "studio_listings", None, 302, 302, 200, 200, 302),
    ("get", "studio_listing_new", None, 302, 302, 200, 200, 302),
    ("get", "studio_listing_edit", "draft", 302, 302, 404, 200, 302),
    ("post", "studio_listing_edit", "draft", 302, 302, 404, 302, 302),
    ("get", "studio_listing_versions", "draft", 302, 302, 404, 200, 302),
    ("get", "studio_listing_preview", "draft", 302, 302, 404, 200, 302),
    ("post", "studio_listing_preview", "draft", 302, 302, 404, 200, 302),
    ("get", "studio_listing_delete", "draft", 302, 302, 404, 200, 302),
    ("post", "studio_listing_delete", "draft", 302, 302, 404, 302, 302),
    ("post", "studio_listing_restore", "draft", 302, 302, 404, 404, 302),
    ("post", "studio_listing_archive", "draft", 302, 302, 404, 302, 302),
    ("post", "studio_listing_unarchive", "draft", 302, 302, 404, 302, 302),
    ("post", "studio_listing_duplicate", "draft", 302, 302, 404, 302, 302),
    ("post", "studio_listing_typed", "draft", 302, 302, 404, 302, 302),
    ("post", "studio_listing_proposal", "draft", 302, 302, 404, 302, 302),
    ("post", "studio_listing_submit", "draft", 302, 302, 404, 302, 302),
    ("get", "studio_listing_submit", "draft", 302, 302, 405, 405, 302),
    ("post", "studio_listing_withdraw", "in_review", 302, 302, 404, 302, 302),
    ("post", "studio_listing_unlist", "published", 302, 302, 404, 302, 302),
    ("get", "studio_listing_unlist", "published", 302, 302, 405, 405, 302),
    ("post", "studio_listing_relist", "unlisted", 302, 302, 404, 302, 302),
    ("post", "studio_description_preview", None, 302, 302, 200, 200, 302),
    ("get", "studio_imports", None, 302, 302, 200, 200, 302),
    ("post", "studio_imports", None, 302, 302, 200, 200, 302),
    ("get", "studio_prompts_csv", None, 302, 302, 200, 200, 302),
    ("get", "studio_prompts_jsonl", None, 302, 302, 200, 200, 302),
    ("get", "studio_sales", None, 302, 302, 200, 200, 302),
    ("get", "studio_sales_csv", None, 302, 302, 200, 200, 302),
    ("get", "studio_payouts", None, 302, 302, 200, 200, 302),
    ("get", "account_settings", None, 302, 200, 200, 200, 200),
    ("get", "account_tokens", None, 302, 200, 200, 200, 200),
]


@pytest.fixture
def people():
    return {
        "anonymous": None,
        "buyer": UserFactory(),
        "stranger": SellerProfileFactory().user,
        "owner": SellerProfileFactory().user,
        "staff": UserFactory(staff=True),
    }


@pytest.mark.parametrize(
    ("method", "name", "status", "role", "expected"),
    [
        (method, name, status, role, expected)
        for method, name, status, *row in TABLE
        for role, expected in zip(ROLES, row, strict=True)
    ],
)
def test_each_page_opens_to_its_people_only(client, people, method, name, status, role, expected):
    seller = people["owner"].seller_profile
    listing = ListingFactory(seller=seller, status=status) if status else None
    if people[role]:
        client.force_login(people[role])
    answer = getattr(client, method)(reverse(name, args=[listing.slug] if listing else []))
    assert answer.status_code == expected
    if listing and role != "owner":
        assert listing.title not in answer.content.decode()
        listing.refresh_from_db()
        assert listing.status == status


@pytest.mark.parametrize("name", [row[1] for row in TABLE if row[0] == "get"])
def test_no_page_of_the_studio_or_account_is_stored(client, people, name):
    listing = ListingFactory(seller=people["owner"].seller_profile)
    client.force_login(people["owner"])
    takes_slug = any(row[1] == name and row[2] for row in TABLE)
    answer = client.get(reverse(name, args=[listing.slug] if takes_slug else []))
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_strangers_page_of_a_listing_looks_like_that_of_none(client, people):
    listing = ListingFactory(
        seller=people["owner"].seller_profile, text="canary {{x}}", status=ListingStatus.DRAFT
    )
    client.force_login(people["stranger"])
    answer = client.get(reverse("studio_listing_edit", args=[listing.slug]))
    assert (answer.status_code, b"canary" in answer.content) == (404, False)


def test_a_form_without_its_csrf_token_is_refused(people):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(people["owner"])
    assert client.post(reverse("studio_listing_new"), {"title": "x"}).status_code == 403
