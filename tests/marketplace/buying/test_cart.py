"""The cart: of a guest and of a buyer, several sellers in one payment, and coupons."""

import pytest
from django.test import Client

from accounts.models import SellerProfile, User
from listings.models import Listing, ListingStatus
from payments.models import CartLine, Coupon, Entitlement, Order
from payments.services.coupons import coupon_create
from tests.factories import ListingFactory
from tests.payments.support import balances, books_are_balanced, pay

PASSWORD = "a-good-long-password"


@pytest.fixture
def of_three(listing: Listing) -> list[Listing]:
    """Bob's letters and two prompts of two other sellers: $4.99, $9.99 and $3.00."""
    others = [
        ListingFactory.create(slug=slug, title=title, price_amount=price, status=ListingStatus.PUBLISHED)
        for slug, title, price in (("recipes", "Recipes", 999), ("songs", "Songs", 300))
    ]
    return [listing, *others]


def put(client: Client, *listings: Listing) -> None:
    for listing in listings:
        response = client.post("/cart/change/", {"listing": listing.slug})
        assert (response.status_code, response["Location"]) == (303, "/cart/")


def page_of(client: Client, query: str = "") -> str:
    return client.get(f"/cart/{query}").content.decode()


def test_an_empty_cart_says_where_to_go(client: Client, db: None) -> None:
    assert "Your cart is empty" in page_of(client)


def test_a_guests_cart_comes_along_when_they_sign_in(
    client: Client, alice: User, of_three: list[Listing]
) -> None:
    put(client, *of_three)
    assert "$17.98" in page_of(client)
    asked = client.post("/checkout/", {"listing": [each.slug for each in of_three], "from": "cart"})
    assert asked["Location"] == "/accounts/login/?next=/cart/"

    client.post(asked["Location"], {"login": alice.email, "password": PASSWORD, "next": "/cart/"})

    assert [line.listing for line in CartLine.objects.filter(user=alice)] == of_three
    client.get("/cart/")
    assert "cart" not in {name for name, cookie in client.cookies.items() if cookie.value}


def test_what_they_own_already_stays_out_and_is_told(
    client: Client, alice: User, of_three: list[Listing], owned: Entitlement
) -> None:
    put(client, *of_three)
    answer = client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD}, follow=True)
    assert "1 prompt of your cart is yours already" in answer.content.decode()
    assert [line.listing for line in CartLine.objects.filter(user=alice)] == of_three[1:]


def test_a_cookie_that_was_tampered_with_is_an_empty_cart(client: Client, listing: Listing) -> None:
    client.cookies["cart"] = f"{listing.pk}:forged"
    assert "Your cart is empty" in page_of(client)


def test_removing_can_be_undone(as_alice: Client, of_three: list[Listing]) -> None:
    put(as_alice, *of_three)
    removed = as_alice.post("/cart/change/", {"listing": "songs", "do": "remove"})
    assert removed["Location"] == "/cart/?removed=songs"
    page = page_of(as_alice, "?removed=songs")
    assert "Undo" in page
    assert page.count('name="do" value="remove"') == 2
    put(as_alice, of_three[2])
    assert page_of(as_alice).count('name="do" value="remove"') == 3


def test_what_went_off_the_market_is_named_and_does_not_stop_the_rest(
    as_alice: Client, of_three: list[Listing]
) -> None:
    put(as_alice, *of_three)
    Listing.objects.filter(slug="songs").update(status=ListingStatus.UNLISTED)
    page = page_of(as_alice)
    assert "no longer for sale" in page
    assert "Pay $14.98" in page


def test_a_wrong_coupon_is_told_beside_the_field_and_stays_typed(
    as_alice: Client, of_three: list[Listing]
) -> None:
    put(as_alice, *of_three)
    answer = as_alice.get("/cart/?coupon=nonsense")
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "There is no such coupon." in page
    assert 'value="nonsense"' in page
    assert "Pay $17.98" in page


@pytest.mark.django_db(transaction=True)
def test_three_sellers_and_a_coupon_in_one_payment(
    stripe_sandbox: str, as_alice: Client, alice: User, bob: SellerProfile, of_three: list[Listing]
) -> None:
    coupon_create(seller=bob, code="LETTER20", percent=20)
    put(as_alice, *of_three)
    page = page_of(as_alice, "?coupon=letter20")
    assert "Pay $16.99" in page  # 20 % of 499 is 99.8, and parts of a cent are not given

    slugs = [each.slug for each in of_three]
    sent = {"listing": slugs, "coupon": "LETTER20", "consent": "immediate-delivery"}
    paying = as_alice.post("/checkout/", sent)
    order = Order.objects.get(buyer=alice)
    assert paying["Location"] == order.checkout_url
    pay(order)
    home = as_alice.get(f"/checkout/return/?session_id={order.stripe_session_id}")

    assert home["Location"] == "/library/"
    assert Entitlement.objects.filter(buyer=alice).count() == 3
    order.refresh_from_db()
    assert (order.total_amount, order.discount_amount) == (1699, 99)
    assert order.consented_at
    shares = {item.listing.slug: item.seller_amount for item in order.items.select_related("listing")}
    assert shares == {"letters": 320, "recipes": 800, "songs": 240}
    assert balances()["seller_pending"] == -1360
    assert books_are_balanced()
    assert "Your cart is empty" in page_of(as_alice)


def test_the_api_takes_a_coupon_and_names_the_field_of_a_wrong_one(
    as_alice: Client, alice: User, bob: SellerProfile, listing: Listing, stripe_sandbox: str
) -> None:
    from accounts.models import Scope
    from accounts.services import token_create

    coupon_create(seller=bob, code="ALL", percent=100)
    _row, token = token_create(user=alice, name="t", scopes=[Scope.ORDERS_WRITE])
    headers = {"Authorization": f"Bearer {token}"}
    body = {"items": [{"listing": "letters"}], "coupon": "WRONG", "consent": True}
    wrong = Client().post("/api/v1/orders/", body, "application/json", headers=headers)
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["coupon"])
    body["coupon"] = "all"
    made = Client().post("/api/v1/orders/", body, "application/json", headers=headers)
    assert (made.status_code, made.json()["status"]) == (201, "paid")
    assert made.json()["items"][0]["discount_amount"] == 499


# --- The studio ---------------------------------------------------------------------------------


@pytest.fixture
def as_bob(client: Client, bob: SellerProfile) -> Client:
    client.force_login(bob.user)
    return client


def test_a_seller_makes_stops_and_restarts_a_coupon(as_bob: Client, listing: Listing) -> None:
    form = {
        "code": "spring",
        "percent": "15",
        "listings": ["letters"],
        "max_uses": "5",
        "ends_on": "2099-01-31",
    }
    assert as_bob.post("/sell/promotions/", form).status_code == 303
    page = as_bob.get("/sell/promotions/").content.decode()
    assert "SPRING" in page
    assert "15% off" in page
    for do, is_active in (("stop", False), ("start", True)):
        as_bob.post("/sell/promotions/SPRING/", {"do": do})
        assert Coupon.objects.get(code="SPRING").is_active is is_active


def test_a_form_with_mistakes_keeps_what_was_typed(as_bob: Client) -> None:
    answer = as_bob.post("/sell/promotions/", {"code": "spring", "percent": "15", "amount": "3"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Give either a percentage or an amount." in page
    assert 'value="spring"' in page


def test_nobody_stops_another_sellers_coupon(as_bob: Client) -> None:
    coupon_create(seller=ListingFactory.create().seller, code="HERS", percent=10)
    as_bob.post("/sell/promotions/HERS/", {"do": "stop"})
    assert Coupon.objects.get(code="HERS").is_active
