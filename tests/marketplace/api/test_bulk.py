"""Many listings at once: every row for itself, nothing twice, and a program that was stopped goes on."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import SellerProfile, User
from listings.models import ExternalListing, Listing, ListingStatus
from listings.services.bulk import BulkRow, listing_bulk_take
from tests.factories import CategoryFactory, ListingFactory, TargetModelFactory
from tests.marketplace.api.support import CANARY, ClientOf, problem_of
from tests.support.races import at_once

BULK = "/api/v1/seller/listings/bulk/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _vocabulary(db: None) -> None:
    TargetModelFactory(slug="chatgpt")
    CategoryFactory(slug="writing")


@pytest.fixture
def seller(client_of: ClientOf, storefront: SellerProfile) -> APIClient:
    return client_of(storefront.user)


def row(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "external_id": f"prompts/{number}",
        "title": f"Prompt {number}",
        "model": "chatgpt",
        "category": "writing",
        "price_amount": 499,
        "prompt": f"The {CANARY} prompt number {number}.",
        **changes,
    }


def sent(client: APIClient, *rows: Any, **headers: Any) -> Any:
    response = client.post(BULK, {"listings": list(rows)}, **headers)
    assert response.status_code == 200, response.content
    assert CANARY not in response.content.decode()
    return response.json()


def outcomes(answer: Any) -> list[str]:
    return [result["outcome"] for result in answer["results"]]


def test_rows_become_drafts_and_are_named(seller: APIClient) -> None:
    answer = sent(seller, row(1), row(2))
    assert (answer["created"], answer["refused"]) == (2, 0)
    assert [result["external_id"] for result in answer["results"]] == ["prompts/1", "prompts/2"]
    for result in answer["results"]:
        assert Listing.objects.get(slug=result["listing"]).status == ListingStatus.DRAFT


def test_the_same_rows_again_change_nothing_though_edited_by_hand_since(seller: APIClient) -> None:
    slug = sent(seller, row(1))["results"][0]["listing"]
    seller.patch(f"/api/v1/listings/{slug}/", {"price_amount": 900})
    again = sent(seller, row(1), row(2))
    assert outcomes(again) == ["unchanged", "created"]
    assert Listing.objects.get(slug=slug).price_amount == 900
    assert Listing.objects.count() == 2


def test_a_known_name_or_a_slug_changes_that_listing(seller: APIClient) -> None:
    slug = sent(seller, row(1))["results"][0]["listing"]
    assert outcomes(sent(seller, row(1, price_amount=700))) == ["updated"]
    assert Listing.objects.get(slug=slug).price_amount == 700
    assert outcomes(sent(seller, {"slug": slug, "price_amount": 800})) == ["updated"]
    assert Listing.objects.get().price_amount == 800
    source = seller.get(f"/api/v1/listings/{slug}/versions/1/source/").json()
    assert CANARY in source["prompt"]


def test_a_text_that_is_here_already_is_told_each_time(
    seller: APIClient, client_of: ClientOf, dora: User
) -> None:
    first = sent(seller, row(1))["results"][0]["listing"]
    copy = row(2, prompt=row(1)["prompt"])
    for _attempt in range(2):
        [result] = sent(seller, copy)["results"]
        assert (result["outcome"], result["code"], result["listing"]) == ("duplicate", "duplicate", first)
    unnamed = {name: value for name, value in row(1).items() if name != "external_id"}
    assert outcomes(sent(seller, unnamed)) == ["duplicate"]
    ListingFactory(text="Taken words.", status=ListingStatus.PUBLISHED)
    [result] = sent(client_of(dora), row(3, prompt="taken  WORDS."))["results"]
    assert (result["outcome"], result["listing"]) == ("duplicate", None)


def test_a_wrong_row_hinders_no_other_and_says_what_is_wrong(seller: APIClient) -> None:
    answer = sent(
        seller,
        row(1, price_amount="4.99"),
        row(2, price_amount=100),
        {"external_id": "x", "title": "Half"},
        "no object",
        row(3, colour="red"),
        row(4),
        {"slug": "nobodys", "price_amount": 0},
    )
    assert outcomes(answer) == ["refused"] * 5 + ["created", "refused"]
    errors = [sorted(result["errors"]) for result in answer["results"]]
    assert errors[:2] == [["price_amount"], ["price_amount"]]
    assert errors[2] == ["category", "model", "price_amount", "prompt"]
    assert errors[4] == ["colour"]
    codes = [result["code"] for result in answer["results"]]
    assert codes[1] == "price_too_low"
    assert codes[-1] == "not_found"


def test_blanks_are_recognised_where_asked_for(seller: APIClient) -> None:
    asked = row(1, prompt="For ${Position:Cook} in [City].", recognise_variables=True)
    slug = sent(seller, asked)["results"][0]["listing"]
    shown = seller.get(f"/api/v1/listings/{slug}/").json()["version"]["variables"]
    assert [(each["name"], each["default"]) for each in shown] == [("position", "Cook"), ("city", "")]


def test_a_request_is_bounded(seller: APIClient) -> None:
    for listings in ([], [row(n) for n in range(101)], "x", None):
        problem = problem_of(seller.post(BULK, {"listings": listings}), 400, "invalid")
        assert list(problem["errors"]) == ["listings"]
    assert not Listing.objects.exists()


def test_with_a_key_the_same_request_gets_the_same_answer(seller: APIClient) -> None:
    first = sent(seller, row(1), row(2), HTTP_IDEMPOTENCY_KEY="once")
    response = seller.post(BULK, {"listings": [row(1), row(2)]}, HTTP_IDEMPOTENCY_KEY="once")
    assert response["Idempotency-Replayed"] == "true"
    assert response.json() == first
    other = seller.post(BULK, {"listings": [row(3)]}, HTTP_IDEMPOTENCY_KEY="once")
    problem_of(other, 422, "idempotency_key_reused")


def test_a_whole_shop_comes_in_by_the_api_alone(
    seller: APIClient, client_of: ClientOf, mona: User, anonymous: APIClient, storefront: SellerProfile
) -> None:
    """As with the real file (docs/api.md): stopped in the middle, begun anew, no double; then put on sale."""
    rows = [row(number) for number in range(1, 13)]
    rows.append(row(13, prompt=row(5)["prompt"]))
    sent(seller, *rows[:7])
    whole = sent(seller, *rows)
    assert {name: whole[name] for name in ("unchanged", "created", "duplicate")} == {
        "unchanged": 7,
        "created": 5,
        "duplicate": 1,
    }
    assert Listing.objects.count() == 12
    examples = [{"values": {}, "output_text": text} for text in ("One.", "Two.")]
    told = {"summary": "What it does.", "description": "What the buyer gets.", "examples": examples}
    assert sent(seller, *[{**each, **told} for each in rows[:3]])["updated"] == 3
    slugs = [result["listing"] for result in sent(seller, *rows[3:6])["results"]]
    problem_of(seller.post(f"/api/v1/listings/{slugs[0]}/submission/"), 400, "not_ready")
    ready = [each["slug"] for each in seller.get("/api/v1/seller/listings/").json()["results"]][-3:]
    for slug in ready:
        assert seller.post(f"/api/v1/listings/{slug}/submission/").status_code == 202
    moderator = client_of(mona)
    queue = moderator.get("/api/v1/moderation/").json()["results"]
    assert sorted(entry["slug"] for entry in queue) == sorted(ready)
    for entry in queue:
        path = f"/api/v1/moderation/{entry['slug']}/decision/"
        assert moderator.post(path, {"decision": "publish"}).json()["status"] == "published"
    assert len(anonymous.get(f"/api/v1/listings/{ready[0]}/").json()["examples"]) == 2


def test_another_sellers_listing_does_not_exist_here(
    seller: APIClient, client_of: ClientOf, dora: User
) -> None:
    slug = sent(seller, row(1))["results"][0]["listing"]
    [result] = sent(client_of(dora), {"slug": slug, "price_amount": 0})["results"]
    assert result["code"] == "not_found"
    assert Listing.objects.get(slug=slug).price_amount == 499


def test_own_listings_are_found_by_state_and_by_name(seller: APIClient) -> None:
    slug = sent(seller, row(1), row(2))["results"][0]["listing"]

    def slugs(query: str) -> list[str]:
        return [each["slug"] for each in seller.get(f"/api/v1/seller/listings/?{query}").json()["results"]]

    assert slugs("external_id=prompts/1") == [slug]
    assert slugs("external_id=nothing") == []
    assert len(slugs("status=draft")) == 2
    assert slugs("status=published") == []
    problem_of(seller.get("/api/v1/seller/listings/?status=odd"), 400, "invalid")


@pytest.mark.django_db(transaction=True)
def test_two_programs_that_name_a_listing_alike_make_one(storefront: SellerProfile) -> None:
    fields = {name: value for name, value in row(1).items() if name != "external_id"}

    def take(_number: int) -> str:
        return listing_bulk_take(seller=storefront, row=BulkRow(fields=fields, external_id="a")).outcome

    found = at_once(4, take)
    assert sorted(found) == ["created", "unchanged", "unchanged", "unchanged"]
    assert Listing.objects.count() == ExternalListing.objects.count() == 1
