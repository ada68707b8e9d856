"""Orders, the library and a seller's money by API, with the real Stripe sandbox behind it."""

import base64
import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from common import clock
from listings.models import Listing, ListingStatus
from payments.models import Entitlement, Order
from payments.services.checkout import checkout_return
from payments.services.orders import order_create
from tests.factories import ListingFactory, PromptVersionFactory
from tests.marketplace.api.support import CANARY, ClientOf, problem_of, query_count
from tests.payments.support import pay

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stripe_sandbox")]

ORDER_FIELDS = {
    *(
        "id",
        "number",
        "status",
        "currency",
        "subtotal_amount",
        "discount_amount",
        "tax_amount",
        "total_amount",
    ),
    *("checkout_url", "items", "created_at", "paid_at", "delivered_at", "refunds"),
}


def bought(client: APIClient, buyer: User, *slugs: str) -> dict[str, Any]:
    """An order made by API and paid at the sandbox."""
    made = client.post("/api/v1/orders/", {"items": [{"listing": slug} for slug in slugs]})
    assert made.status_code == 201, made.content
    order = Order.objects.get(pk=made.json()["id"])
    pay(order)
    checkout_return(session_id=str(order.stripe_session_id), buyer=buyer)
    return dict(client.get(f"/api/v1/orders/{order.pk}/").json())


# --- Orders --------------------------------------------------------------------------------------


def test_an_order_leads_to_stripes_page_and_then_to_the_library(
    client_of: ClientOf, bob: User, listing: Listing
) -> None:
    client = client_of(bob)
    made = client.post("/api/v1/orders/", {"items": [{"listing": "on-sale"}]})
    assert made.status_code == 201
    order = made.json()
    assert set(order) >= ORDER_FIELDS
    assert "cs_" in order["checkout_url"]
    assert (order["status"], order["total_amount"], order["currency"]) == ("pending", 499, "usd")
    [item] = order["items"]
    assert {k: item[k] for k in ("listing", "version", "unit_amount", "discount_amount")} == {
        "listing": "on-sale", "version": 1, "unit_amount": 499, "discount_amount": 0,
    }  # fmt: skip
    assert client.get("/api/v1/library/").json()["results"] == []

    paid = bought(client, bob, "on-sale")
    assert paid["id"] == order["id"]
    assert (paid["status"], paid["checkout_url"]) == ("paid", None)
    assert paid["paid_at"].endswith("Z")
    [entry] = client.get("/api/v1/library/").json()["results"]
    assert (entry["listing"], entry["order"]) == ({"slug": "on-sale", "title": "On sale"}, order["id"])


def test_a_free_order_is_paid_at_once(client_of: ClientOf, bob: User, free_listing: Listing) -> None:
    made = client_of(bob).post("/api/v1/orders/", {"items": [{"listing": "for-nothing"}]})
    order = made.json()
    assert (made.status_code, order["status"], order["checkout_url"], order["total_amount"]) == (
        201,
        "paid",
        None,
        0,
    )


def test_what_cannot_be_bought_says_why(
    client_of: ClientOf, owned: Entitlement, listing: Listing, storefront: Any
) -> None:
    ListingFactory(seller=storefront, slug="a-draft", status=ListingStatus.DRAFT)
    buyer, seller = client_of(owned.buyer), client_of(listing.seller.user)
    for client, slug, code in (
        (buyer, "for-nothing", "already_owned"),
        (seller, "on-sale", "own_listing"),
        (buyer, "a-draft", "not_for_sale"),
        (buyer, "nothing-at-all", "not_for_sale"),
    ):
        problem_of(client.post("/api/v1/orders/", {"items": [{"listing": slug}]}), 409, code)


@pytest.mark.parametrize(
    "url",
    [
        "/thanks", "shop.example/thanks", "javascript:alert(1)", "ftp://shop.example/", "https://",
        "https://user:pass@shop.example/", "https://shop.example/a b", "https://shop.example/\n",
        "https:\\\\shop.example", "https://[::1", "https://shop.example:99999/",
    ],
)  # fmt: skip
def test_return_addresses_are_absolute_http(
    client_of: ClientOf, bob: User, listing: Listing, url: str
) -> None:
    for field in ("success_url", "cancel_url"):
        response = client_of(bob).post("/api/v1/orders/", {"items": [{"listing": "on-sale"}], field: url})
        assert list(problem_of(response, 400, "invalid")["errors"]) == [field]
    assert not Order.objects.exists()


def test_return_addresses_are_kept_with_stripes_placeholder(
    client_of: ClientOf, bob: User, listing: Listing
) -> None:
    url = "https://shop.example/thanks?session={CHECKOUT_SESSION_ID}"
    made = client_of(bob).post("/api/v1/orders/", {"items": [{"listing": "on-sale"}], "success_url": url})
    assert Order.objects.get(pk=made.json()["id"]).success_url == url


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "items"),
        ({"items": []}, "items"),
        ({"items": [{"listing": "on-sale"}] * 51}, "items"),
        ({"items": [{}]}, "items.0.listing"),
    ],
)
def test_a_wrong_order_names_the_field(
    client_of: ClientOf, bob: User, listing: Listing, body: dict[str, Any], field: str
) -> None:
    problem = problem_of(client_of(bob).post("/api/v1/orders/", body), 400, "invalid")
    assert list(problem["errors"]) == [field]


def test_an_unopened_prompt_is_refunded_at_once(client_of: ClientOf, bob: User, listing: Listing) -> None:
    client = client_of(bob)
    order = bought(client, bob, "on-sale")
    made = client.post(
        f"/api/v1/orders/{order['id']}/refunds/", {"item": "on-sale", "reason": "Bought twice."}
    )
    assert made.status_code == 201
    refund = made.json()
    assert (refund["amount"], refund["currency"]) == (499, "usd")
    assert refund["items"] == [{"listing": "on-sale", "amount": 499}]
    assert client.get(f"/api/v1/orders/{order['id']}/").json()["refunds"] == [refund]


def test_an_opened_prompt_needs_a_person(client_of: ClientOf, bob: User, listing: Listing) -> None:
    client = client_of(bob)
    order = bought(client, bob, "on-sale")
    entry = client.get("/api/v1/library/").json()["results"][0]
    client.get(f"/api/v1/library/{entry['id']}/")
    response = client.post(f"/api/v1/orders/{order['id']}/refunds/", {"reason": "No."})
    problem_of(response, 409, "refund_needs_review")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reason": "x", "amount": 500}, "amount"),
        ({"reason": "x", "amount": 0}, "amount"),
        ({"reason": "x", "amount": "499"}, "amount"),
        ({"reason": "x", "item": "other"}, "item"),
        ({"amount": 1}, "reason"),
    ],
)
def test_a_wrong_refund_names_the_field(
    client_of: ClientOf, bob: User, listing: Listing, body: dict[str, Any], field: str
) -> None:
    client = client_of(bob)
    order = bought(client, bob, "on-sale")
    response = client.post(f"/api/v1/orders/{order['id']}/refunds/", body)
    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]


# --- Library -------------------------------------------------------------------------------------


def test_the_library_shows_what_was_bought(client_of: ClientOf, owned: Entitlement) -> None:
    response = client_of(owned.buyer).get(f"/api/v1/library/{owned.pk}/")
    item = response.json()
    shape = {"id", "listing", "version", "granted_at", "order", "license"}
    assert set(item) >= shape | {"prompt", "variables", "instructions", "examples"}
    assert CANARY in item["prompt"]
    assert CANARY in item["instructions"]
    assert item["version"] == {"number": 1, "latest": 1}
    assert response["Cache-Control"] == "no-store"


def test_reading_by_api_counts_as_opening(client_of: ClientOf, owned: Entitlement) -> None:
    client = client_of(owned.buyer)
    client.get("/api/v1/library/")
    owned.refresh_from_db()
    assert owned.first_read_at is None
    client.post(f"/api/v1/library/{owned.pk}/render/", {"variables": {"topic": "tea", "tone": "dry"}})
    owned.refresh_from_db()
    assert owned.first_read_at is not None


def test_render_fills_the_variables(client_of: ClientOf, owned: Entitlement) -> None:
    response = client_of(owned.buyer).post(
        f"/api/v1/library/{owned.pk}/render/", {"variables": {"topic": "{{tone}}", "tone": "dry"}}
    )
    assert response.json() == {
        "text": f"The {CANARY} prompt: write about {{{{tone}}}} in a dry tone.",
        "version": 1,
        "parts": [],
    }
    assert response["Cache-Control"] == "no-store"


def test_render_gives_the_parts_of_a_prompt_that_has_them(client_of: ClientOf, owned: Entitlement) -> None:
    text = "=== system ===\nBe {{tone}}.\n=== step: Outline ===\nPlan {{topic}}."
    PromptVersionFactory.create(
        listing=owned.listing, number=2, sealed_at=clock.now(), published_at=clock.now(), text=text
    )
    body = {"variables": {"topic": "tea", "tone": "kind"}, "version": 2}
    answer = client_of(owned.buyer).post(f"/api/v1/library/{owned.pk}/render/", body).json()
    assert answer["parts"] == [
        {"role": "system", "title": "", "text": "Be kind."},
        {"role": "step", "title": "Outline", "text": "Plan tea."},
    ]


def test_render_names_the_variables_that_do_not_fit(client_of: ClientOf, owned: Entitlement) -> None:
    response = client_of(owned.buyer).post(
        f"/api/v1/library/{owned.pk}/render/", {"variables": {"topic": "tea", "colour": "red"}}
    )
    problem = problem_of(response, 400, "invalid_variables")
    assert set(problem["errors"]) == {"variables.tone", "variables.colour"}
    assert CANARY not in response.content.decode()


def test_later_published_versions_belong_to_the_buyer_and_others_do_not(
    client_of: ClientOf, owned: Entitlement
) -> None:
    listing = owned.listing
    PromptVersionFactory(listing=listing, number=2, sealed_at=clock.now(), text="Returned.")
    third = PromptVersionFactory.create(
        listing=listing, number=3, sealed_at=clock.now(), published_at=clock.now(), text="Better {{topic}}."
    )
    listing.published_version = third
    listing.save()
    client = client_of(owned.buyer)
    assert client.get("/api/v1/library/").json()["results"][0]["version"] == {"number": 1, "latest": 3}
    assert client.get(f"/api/v1/library/{owned.pk}/versions/3/").json()["prompt"] == "Better {{topic}}."
    assert CANARY in client.get(f"/api/v1/library/{owned.pk}/versions/1/").json()["prompt"]
    problem_of(client.get(f"/api/v1/library/{owned.pk}/versions/2/"), 404, "not_found")
    rendered = client.post(
        f"/api/v1/library/{owned.pk}/render/", {"variables": {"topic": "tea"}, "version": 3}
    )
    assert rendered.json() == {"text": "Better tea.", "version": 3, "parts": []}


@pytest.mark.parametrize("status", [ListingStatus.UNLISTED, ListingStatus.REMOVED])
def test_what_leaves_the_shop_stays_in_the_library(
    client_of: ClientOf, owned: Entitlement, status: str
) -> None:
    Listing.objects.filter(pk=owned.listing_id).update(status=status)
    assert CANARY in client_of(owned.buyer).get(f"/api/v1/library/{owned.pk}/").json()["prompt"]


def test_a_refunded_prompt_leaves_the_library(client_of: ClientOf, owned: Entitlement) -> None:
    owned.revoked_at = clock.now()
    owned.save()
    client = client_of(owned.buyer)
    assert client.get("/api/v1/library/").json()["results"] == []
    for path in ("", "versions/1/"):
        problem_of(client.get(f"/api/v1/library/{owned.pk}/{path}"), 404, "not_in_library")
    problem_of(client.post(f"/api/v1/library/{owned.pk}/render/", {"variables": {}}), 404, "not_in_library")


# --- The seller's side, and costs ----------------------------------------------------------------


def test_a_seller_sees_sales_and_balance(client_of: ClientOf, bob: User, listing: Listing) -> None:
    order = bought(client_of(bob), bob, "on-sale")
    seller = client_of(listing.seller.user)
    [sale] = seller.get("/api/v1/seller/sales/").json()["results"]
    assert (sale["listing"], sale["order_number"]) == ("on-sale", order["number"])
    assert (sale["unit_amount"], sale["platform_fee_amount"], sale["seller_amount"]) == (499, 99, 400)
    assert "bob" not in str(sale).lower()
    assert seller.get("/api/v1/seller/balance/").json() == {
        "currency": "usd", "pending_amount": 400, "available_amount": 0, "paid_out_amount": 0,
    }  # fmt: skip


@pytest.mark.parametrize("path", ["/api/v1/orders/", "/api/v1/library/", "/api/v1/seller/sales/"])
def test_more_rows_cost_no_more_queries(client_of: ClientOf, bob: User, storefront: Any, path: str) -> None:
    client = client_of(storefront.user if "seller" in path else bob)

    def buy(number: int) -> None:
        slug = f"free-{number}"
        ListingFactory(seller=storefront, slug=slug, price_amount=0, status=ListingStatus.PUBLISHED)
        order_create(buyer=bob, listing_slugs=[slug])

    buy(0)
    one = query_count(client, path)
    for number in range(1, 7):
        buy(number)
    assert query_count(client, path) == one


@pytest.mark.parametrize("path", ["/api/v1/orders/", "/api/v1/library/", "/api/v1/seller/sales/"])
def test_pages_follow_each_other_both_ways(
    client_of: ClientOf, bob: User, storefront: Any, path: str
) -> None:
    for number in range(5):
        slug = f"free-{number}"
        ListingFactory(seller=storefront, slug=slug, price_amount=0, status=ListingStatus.PUBLISHED)
        order_create(buyer=bob, listing_slugs=[slug])
    client = client_of(storefront.user if "seller" in path else bob)
    everything = [row["id"] for row in client.get(path).json()["results"]]
    first = client.get(f"{path}?page_size=2").json()
    second = client.get(first["next"]).json()
    third = client.get(second["next"]).json()
    ids = [[row["id"] for row in page["results"]] for page in (first, second, third)]
    assert [len(page) for page in ids] == [2, 2, 1]
    assert [*ids[0], *ids[1], *ids[2]] == everything
    assert (first["previous"], third["next"]) == (None, None)
    back = client.get(third["previous"]).json()
    assert [row["id"] for row in back["results"]] == ids[1]
    assert [row["id"] for row in client.get(back["previous"]).json()["results"]] == ids[0]


MADE_UP_CURSORS = [
    "rubbish",
    "",
    "null",
    "[]",
    '["n"]',
    '["n", 1, 2]',
    '["q", "2026-01-01T00:00:00+00:00", "1"]',
    '["n", "2026-01-01T00:00:00", "1"]',
    '["n", "yesterday", "1"]',
    '["n", "2026-01-01T00:00:00+00:00", "one"]',
    '["n", "2026-01-01T00:00:00+00:00", "1", "2"]',
    '["n", "\\u0000", "1"]',
    '[{}, "2026-01-01T00:00:00+00:00", "1"]',
    "[" * 200,
]


@pytest.mark.parametrize("text", MADE_UP_CURSORS)
@pytest.mark.parametrize("path", ["orders/", "seller/sales/", "tags/"])
def test_a_made_up_cursor_is_an_error_not_a_fault(
    client_of: ClientOf, storefront: Any, path: str, text: str
) -> None:
    for cursor in filter(None, (text, base64.urlsafe_b64encode(text.encode()).decode().rstrip("="))):
        response = client_of(storefront.user).get(f"/api/v1/{path}", {"cursor": cursor})
        assert list(problem_of(response, 400, "invalid")["errors"]) == ["cursor"]


@pytest.mark.parametrize("row_id", ["99999999999999999999999", "-1"])
def test_a_cursor_beyond_the_end_is_an_empty_page(client_of: ClientOf, storefront: Any, row_id: str) -> None:
    cursor = base64.urlsafe_b64encode(
        json.dumps(["n", "1999-01-01T00:00:00+00:00", row_id]).encode()
    ).decode()
    response = client_of(storefront.user).get("/api/v1/seller/sales/", {"cursor": cursor})
    assert response.json() == {"results": [], "next": None, "previous": None}
