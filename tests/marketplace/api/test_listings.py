"""The catalogue by API, and a seller's way from draft to shop window."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import SellerProfile, User
from listings.models import Listing, ListingStatus
from listings.search import search_row_refresh
from payments.models import Entitlement
from tests.factories import CategoryFactory, ListingFactory, TargetModelFactory
from tests.marketplace.api.support import CANARY, ClientOf, problem_of, query_count

pytestmark = pytest.mark.django_db

LISTING_FIELDS = {
    *(
        "id",
        "slug",
        "url",
        "title",
        "summary",
        "description",
        "description_html",
        "model",
        "category",
        "tags",
    ),
    *("price_amount", "currency", "seller", "rating", "sales_count", "favorites_count", "published_at"),
    *("cover_url", "owned", "version", "examples"),
}
VERSION_FIELDS = {"number", "published_at", "word_count", "changelog", "variables"}
VARIABLE_FIELDS = {"name", "label", "type", "help", "default", "choices", "required"}


def draft(**changes: Any) -> dict[str, Any]:
    TargetModelFactory()
    CategoryFactory()
    return {
        "title": "A new prompt",
        "summary": "What it does in one line.",
        "description": "**Bold** words about what the buyer gets from it.",
        "model": "chatgpt",
        "category": "writing",
        "tags": ["notes", "meetings"],
        "price_amount": 499,
        "prompt": f"The {CANARY} prompt asks about {{{{topic}}}} and returns a table of what matters.",
        "instructions": "Give it one topic.",
        "license": "commercial",
        "examples": [
            {"values": {"topic": "tea"}, "output_text": "Tea is warm."},
            {"values": {"topic": "coffee"}, "output_text": "Coffee is strong."},
        ],
        **changes,
    }


# --- Reading -------------------------------------------------------------------------------------


def test_a_listing_has_the_agreed_shape_in_list_and_detail(anonymous: APIClient, listing: Listing) -> None:
    detail = anonymous.get("/api/v1/listings/on-sale/").json()
    [row] = anonymous.get("/api/v1/listings/").json()["results"]
    assert row == detail
    assert set(detail) >= LISTING_FIELDS
    assert set(detail["version"]) >= VERSION_FIELDS
    assert set(detail["version"]["variables"][0]) >= VARIABLE_FIELDS
    assert set(detail["examples"][0]) >= {"values", "output_text", "image_url"}
    assert detail["seller"] == {"handle": "alice-shop", "name": "Alice's shop"}
    assert detail["rating"] == {"average": None, "count": 0}
    assert (detail["model"], detail["category"]) == ("chatgpt", "writing")
    assert (detail["price_amount"], detail["currency"]) == (499, "usd")
    assert detail["published_at"].endswith("Z")
    assert detail["url"].startswith("http")


def test_lists_are_an_envelope(anonymous: APIClient, listing: Listing) -> None:
    for path in ("listings", "models", "categories", "tags"):
        assert set(anonymous.get(f"/api/v1/{path}/").json()) == {"results", "next", "previous"}


def test_owned_says_whether_the_tokens_user_has_it(
    client_of: ClientOf, owned: Entitlement, charlie: User
) -> None:
    for user, expected in ((owned.buyer, True), (charlie, False), (None, False)):
        client = client_of(user)
        assert client.get("/api/v1/listings/for-nothing/").json()["owned"] is expected
        assert client.get("/api/v1/listings/").json()["results"][0]["owned"] is expected


def test_the_catalogue_filters_like_the_pages(anonymous: APIClient, storefront: SellerProfile) -> None:
    for number, price in enumerate([0, 499, 1500]):
        made = ListingFactory.create(
            seller=storefront, title=f"Prompt {number}", slug=f"p-{number}", price_amount=price,
            status=ListingStatus.PUBLISHED, tags=["x"] if price else [],
        )  # fmt: skip
        search_row_refresh(made.pk)

    def slugs(query: str) -> list[str]:
        return [row["slug"] for row in anonymous.get(f"/api/v1/listings/?{query}").json()["results"]]

    assert slugs("sort=price_asc") == ["p-0", "p-1", "p-2"]
    assert slugs("max_price=499&sort=price_desc") == ["p-1", "p-0"]
    assert slugs("free=1") == ["p-0"]
    assert sorted(slugs("tag=x")) == ["p-1", "p-2"]
    assert slugs("min_price=1000") == ["p-2"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("sort=up", "sort"),
        ("min_price=4.99", "min_price"),
        ("model=nothing", "model"),
        ("page_size=0", "page_size"),
        ("page_size=ten", "page_size"),
        ("cursor=rubbish", "cursor"),
    ],
)
def test_a_wrong_filter_is_named(anonymous: APIClient, query: str, field: str) -> None:
    response = anonymous.get(f"/api/v1/listings/?{query}")
    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]


def test_pages_follow_each_other_both_ways(anonymous: APIClient, storefront: SellerProfile) -> None:
    for number in range(7):
        ListingFactory(
            seller=storefront, slug=f"p-{number}", status=ListingStatus.PUBLISHED, price_amount=300
        )
    url: str | None = "/api/v1/listings/?sort=newest&page_size=3"
    seen: list[list[str]] = []
    last = {}
    while url:
        last = anonymous.get(url).json()
        seen.append([row["slug"] for row in last["results"]])
        url = last["next"]
    assert [len(page) for page in seen] == [3, 3, 1]
    assert len({slug for page in seen for slug in page}) == 7
    before = anonymous.get(last["previous"]).json()
    assert [row["slug"] for row in before["results"]] == seen[1]
    assert "page_size=3" in before["previous"]


def test_a_page_has_at_most_a_hundred_rows(anonymous: APIClient, storefront: SellerProfile) -> None:
    ListingFactory.create_batch(
        102, seller=storefront, status=ListingStatus.PUBLISHED, price_amount=0, examples=[]
    )
    for size, rows in (("100", 100), ("5000", 100), ("99999999999999999999", 100)):
        assert len(anonymous.get(f"/api/v1/listings/?page_size={size}").json()["results"]) == rows


@pytest.mark.parametrize(
    "path", ["/api/v1/listings/", "/api/v1/seller/listings/", "/api/v1/listings/p-0/versions/"]
)
def test_more_rows_cost_no_more_queries(client_of: ClientOf, storefront: SellerProfile, path: str) -> None:
    client = client_of(storefront.user)

    ListingFactory(seller=storefront, slug="p-0", status=ListingStatus.PUBLISHED, tags=["a"])
    one = query_count(client, path)
    for number in range(1, 8):
        ListingFactory(seller=storefront, slug=f"p-{number}", status=ListingStatus.PUBLISHED, tags=["b", "c"])
    assert query_count(client, path) == one


def test_no_statement_of_a_public_answer_names_the_text(anonymous: APIClient, listing: Listing) -> None:
    for path in ("", "on-sale/", "on-sale/versions/", "on-sale/similar/", "on-sale/reviews/"):
        with CaptureQueriesContext(connection) as captured:
            assert anonymous.get(f"/api/v1/listings/{path}").status_code == 200
        said = " ".join(query["sql"] for query in captured.captured_queries)
        assert '"listings_promptversion"."text"' not in said
        assert '"listings_promptversion"."instructions"' not in said


def test_an_unchanged_answer_is_not_sent_again(anonymous: APIClient, listing: Listing) -> None:
    first = anonymous.get("/api/v1/listings/on-sale/")
    assert first["ETag"].startswith('W/"')
    again = anonymous.get("/api/v1/listings/on-sale/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    Listing.objects.filter(pk=listing.pk).update(price_amount=999)
    assert (
        anonymous.get("/api/v1/listings/on-sale/", headers={"If-None-Match": first["ETag"]}).status_code
        == 200
    )


def test_answers_for_a_token_are_not_shared_by_caches(
    client_of: ClientOf, bob: User, listing: Listing
) -> None:
    response = client_of(bob).get("/api/v1/listings/")
    assert "private" in response["Cache-Control"]
    assert "Authorization" in response["Vary"]


@pytest.mark.parametrize("status", [s for s in ListingStatus if s != ListingStatus.PUBLISHED])
def test_what_is_not_on_sale_is_not_there(
    client_of: ClientOf, bob: User, storefront: SellerProfile, status: str
) -> None:
    ListingFactory(seller=storefront, slug="hidden", status=status)
    for client in (client_of(None), client_of(bob)):
        for path in ("hidden/", "hidden/versions/", "hidden/reviews/", "hidden/similar/"):
            assert client.get(f"/api/v1/listings/{path}").status_code == 404
        assert client.get("/api/v1/listings/").json()["results"] == []


# --- Writing -------------------------------------------------------------------------------------


def test_a_seller_writes_submits_and_sells(
    client_of: ClientOf, storefront: SellerProfile, mona: User, bob: User
) -> None:
    seller, moderator = client_of(storefront.user), client_of(mona)
    made = seller.post("/api/v1/listings/", draft())
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["status"], body["slug"]) == ("draft", "a-new-prompt")
    assert body["tags"] == ["meetings", "notes"]
    assert [variable["name"] for variable in body["version"]["variables"]] == ["topic"]
    assert "<strong>Bold</strong>" in body["description_html"]
    assert CANARY not in made.content.decode()

    submitted = seller.post(f"/api/v1/listings/{body['slug']}/submission/")
    assert (submitted.status_code, submitted.json()) == (202, {"status": "in_review", "position": 1})
    [entry] = moderator.get("/api/v1/moderation/").json()["results"]
    assert (entry["slug"], entry["version"]) == (body["slug"], 1)
    source = moderator.get(urlsplit(entry["source_url"]).path)
    assert CANARY in source.json()["prompt"]
    decided = moderator.post(f"/api/v1/moderation/{body['slug']}/decision/", {"decision": "publish"})
    assert (decided.status_code, decided.json()["status"]) == (200, "published")
    assert (
        moderator.post(f"/api/v1/moderation/{body['slug']}/decision/", {"decision": "publish"}).status_code
        == 200
    )
    assert client_of(bob).get(f"/api/v1/listings/{body['slug']}/").json()["status"] == "published"


def test_a_rejection_needs_a_reason(client_of: ClientOf, storefront: SellerProfile, mona: User) -> None:
    ListingFactory(seller=storefront, slug="waiting", status=ListingStatus.IN_REVIEW)
    response = client_of(mona).post("/api/v1/moderation/waiting/decision/", {"decision": "reject"})
    assert list(problem_of(response, 400, "invalid")["errors"]) == ["reasons"]


def test_all_wrong_fields_are_named_at_once(client_of: ClientOf, storefront: SellerProfile) -> None:
    body = draft(price_amount=299, model="nothing", titel="typo", examples=[{"values": [], "output_text": 7}])
    problem = problem_of(client_of(storefront.user).post("/api/v1/listings/", body), 400, "invalid")
    assert set(problem["errors"]) == {"titel", "examples.0.values", "examples.0.output_text"}
    body = draft(price_amount=299, model="nothing")
    problem = problem_of(client_of(storefront.user).post("/api/v1/listings/", body), 400, "price_too_low")
    assert set(problem["errors"]) == {"price_amount", "model"}


def test_someone_without_a_storefront_cannot_write(
    client_of: ClientOf, mona: User, storefront: SellerProfile
) -> None:
    client = client_of(storefront.user)
    storefront.delete()
    problem_of(client.post("/api/v1/listings/", draft()), 403, "not_a_seller")


def test_the_price_changes_at_once_and_the_text_with_review(
    client_of: ClientOf, anonymous: APIClient, listing: Listing
) -> None:
    client = client_of(listing.seller.user)
    body = client.patch(
        "/api/v1/listings/on-sale/", {"price_amount": 799, "prompt": "Now about {{place}}."}
    ).json()
    assert (body["price_amount"], body["version"]["number"]) == (799, 2)
    shown = anonymous.get("/api/v1/listings/on-sale/").json()
    assert (shown["price_amount"], shown["version"]["number"]) == (799, 1)


def test_new_public_text_waits_beside_the_old(
    client_of: ClientOf, anonymous: APIClient, listing: Listing, mona: User
) -> None:
    client, address = client_of(listing.seller.user), "/api/v1/listings/on-sale/"
    body = client.patch(address, {"title": "Better", "tags": ["Night Owls"]}).json()
    assert body["title"] == "On sale"
    assert body["proposal"] == {
        "status": "draft",
        "changes": {"title": "Better", "tags": ["night-owls"]},
        "submitted_at": None,
        "reasons": [],
    }
    assert client.post(f"{address}submission/").json() == {"status": "in_review", "position": 1}
    assert anonymous.get(address).json()["proposal"] is None
    moderation = client_of(mona)
    entry = moderation.get("/api/v1/moderation/revisions/").json()["results"][0]
    assert (entry["before"]["title"], entry["changes"]["title"]) == ("On sale", "Better")
    decision = f"/api/v1/moderation/revisions/{entry['id']}/decision/"
    problem_of(moderation.post(decision, {"decision": "reject"}), 400, "invalid")
    assert moderation.post(decision, {"decision": "publish"}).json()["status"] == "applied"
    shown = anonymous.get(address).json()
    assert (shown["title"], shown["tags"], shown["slug"]) == ("Better", ["night-owls"], "on-sale")
    problem_of(moderation.post(decision, {"decision": "reject", "reasons": ["No."]}), 409, "already_decided")


def test_only_moderators_see_and_decide_new_public_text(
    client_of: ClientOf, listing: Listing, dora: User
) -> None:
    client_of(listing.seller.user).patch("/api/v1/listings/on-sale/", {"title": "Better"})
    client_of(listing.seller.user).post("/api/v1/listings/on-sale/submission/")
    revision = listing.revisions.get()
    for person in (dora, listing.seller.user):
        client = client_of(person, ["listings:write"])
        assert client.get("/api/v1/moderation/revisions/").status_code == 403
        path = f"/api/v1/moderation/revisions/{revision.pk}/decision/"
        assert client.post(path, {"decision": "publish"}).status_code == 403


def test_a_new_version_is_not_public_before_it_is_published(
    client_of: ClientOf, anonymous: APIClient, listing: Listing
) -> None:
    client = client_of(listing.seller.user)
    made = client.post("/api/v1/listings/on-sale/versions/", {"changelog": "Shorter."})
    assert (made.status_code, made.json()["number"], made.json()["published_at"]) == (201, 2, None)
    own = client.get("/api/v1/listings/on-sale/versions/").json()["results"]
    public = anonymous.get("/api/v1/listings/on-sale/versions/").json()["results"]
    assert [row["number"] for row in own] == [2, 1]
    assert [row["number"] for row in public] == [1]


def test_unlisting_and_relisting(client_of: ClientOf, anonymous: APIClient, listing: Listing) -> None:
    client = client_of(listing.seller.user)
    assert client.delete("/api/v1/listings/on-sale/publication/").status_code == 204
    assert anonymous.get("/api/v1/listings/on-sale/").status_code == 404
    assert client.get("/api/v1/listings/on-sale/").json()["status"] == "unlisted"
    assert client.post("/api/v1/listings/on-sale/publication/").json()["status"] == "published"
    assert anonymous.get("/api/v1/listings/on-sale/").status_code == 200


def test_a_submission_can_be_taken_back(client_of: ClientOf, storefront: SellerProfile, mona: User) -> None:
    client = client_of(storefront.user)
    client.post("/api/v1/listings/", draft())
    client.post("/api/v1/listings/a-new-prompt/submission/")
    assert client.delete("/api/v1/listings/a-new-prompt/submission/").status_code == 204
    assert client_of(mona).get("/api/v1/moderation/").json()["results"] == []


def test_an_unready_draft_says_all_that_is_missing(client_of: ClientOf, storefront: SellerProfile) -> None:
    client = client_of(storefront.user)
    client.post("/api/v1/listings/", draft(examples=[], summary=""))
    problem = problem_of(client.post("/api/v1/listings/a-new-prompt/submission/"), 400, "not_ready")
    assert {"examples", "summary"} <= set(problem["errors"])


def test_a_draft_can_be_deleted(client_of: ClientOf, storefront: SellerProfile) -> None:
    client = client_of(storefront.user)
    client.post("/api/v1/listings/", draft())
    assert client.delete("/api/v1/listings/a-new-prompt/").status_code == 204
    assert client.get("/api/v1/listings/a-new-prompt/").status_code == 404


def test_own_listings_are_listed_in_every_state(
    client_of: ClientOf, storefront: SellerProfile, dora: User
) -> None:
    for status in (ListingStatus.DRAFT, ListingStatus.IN_REVIEW, ListingStatus.PUBLISHED):
        ListingFactory(seller=storefront, status=status)
        ListingFactory(seller=dora.seller_profile, status=status)
    rows = client_of(storefront.user).get("/api/v1/seller/listings/").json()["results"]
    assert {row["status"] for row in rows} == {"draft", "in_review", "published"}
    assert {row["seller"]["handle"] for row in rows} == {"alice-shop"}
