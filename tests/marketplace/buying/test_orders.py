"""Orders and refunds: what buyers see and may do, by role."""

import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import SellerProfile, User
from common import clock
from listings.models import Listing, ListingStatus
from payments.models import Entitlement, Order, OrderStatus, Refund, RefundStatus
from payments.services import checkout_return, order_create
from tests.factories import ListingFactory
from tests.payments.support import pay

from .conftest import signed_in


@pytest.fixture
def order(stripe_sandbox: str, alice: User, listing: Listing) -> Order:
    """Alice's open order for Bob's letters."""
    return order_create(buyer=alice, listing_slugs=[listing.slug])


@pytest.fixture
def paid(order: Order, alice: User) -> Order:
    pay(order)
    return checkout_return(session_id=order.stripe_session_id or "", buyer=alice)


def url(order: Order, page: str = "") -> str:
    return f"/account/orders/{order.pk}/{page}"


# --- Who may see and do what -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "method"), [("", "get"), ("cancel/", "post"), ("refund/", "get"), ("refund/", "post")]
)
def test_an_order_exists_for_its_buyer_alone(
    page: str, method: str, paid: Order, as_charlie: Client, bob: SellerProfile, client: Client
) -> None:
    assert getattr(as_charlie, method)(url(paid, page)).status_code == 404
    assert getattr(signed_in(bob.user), method)(url(paid, page)).status_code == 404
    signed_out = getattr(client, method)(url(paid, page))
    assert signed_out.status_code == 302
    assert signed_out["Location"].startswith("/accounts/login/?next=")
    assert not Refund.objects.exists()


def test_orders_are_stored_by_no_cache(order: Order, as_alice: Client) -> None:
    for page in ("/account/orders/", url(order)):
        assert "no-store" in as_alice.get(page)["Cache-Control"]


@pytest.mark.parametrize("page", ["cancel/", "refund/"])
def test_what_changes_something_needs_the_csrf_token(page: str, paid: Order, alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post(url(paid, page)).status_code == 403


# --- The list ----------------------------------------------------------------------------------


def test_the_list_shows_each_order_with_its_state(paid: Order, as_alice: Client, as_charlie: Client) -> None:
    page = as_alice.get("/account/orders/").content.decode()
    for part in (paid.number, "Letters that land", "$4.99", "Paid"):
        assert part in page
    assert "No orders yet" in as_charlie.get("/account/orders/").content.decode()


def test_more_orders_cost_no_more_queries(alice: User, as_alice: Client, bob: SellerProfile) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert as_alice.get("/account/orders/").status_code == 200
        return len(captured)

    def buy_free() -> None:
        made = ListingFactory.create(seller=bob, price_amount=0, status=ListingStatus.PUBLISHED)
        order_create(buyer=alice, listing_slugs=[made.slug])

    buy_free()
    before = queries()
    for _ in range(4):
        buy_free()
    assert queries() == before


# --- One order ---------------------------------------------------------------------------------


def test_a_paid_order_is_a_receipt(paid: Order, as_alice: Client) -> None:
    page = as_alice.get(url(paid)).content.decode()
    for part in (
        "Receipt",
        paid.number,
        "Paid and delivered",
        "Bob&#x27;s Prompts",
        "Personal licence",
        "$4.99",
        "alice@example.test",
        "Delivered",
        Entitlement.objects.get().get_absolute_url(),
        "Ask for a refund",
    ):
        assert part in page
    assert "Zebrafinch" not in page


def test_an_open_order_leads_to_its_payment_page(order: Order, as_alice: Client) -> None:
    page = as_alice.get(url(order)).content.decode()
    assert "Not paid yet" in page
    assert f'href="{order.checkout_url}"' in page
    assert "Ask for a refund" not in page


@pytest.mark.parametrize("swept", [True, False])
def test_an_order_whose_time_is_over_says_so_and_can_be_bought_again(
    swept: bool, order: Order, as_alice: Client
) -> None:
    Order.objects.filter(pk=order.pk).update(
        expires_at=clock.now() - datetime.timedelta(minutes=1),
        status=OrderStatus.EXPIRED if swept else OrderStatus.PENDING,
    )
    page = as_alice.get(url(order)).content.decode()
    assert "This order has expired" in page
    assert 'href="/checkout/?listing=letters"' in page
    assert order.checkout_url not in page


def test_a_bank_payment_that_failed_later_says_so(order: Order, as_alice: Client) -> None:
    Order.objects.filter(pk=order.pk).update(status=OrderStatus.CANCELED, payment_problem="failed_later")
    assert "The bank did not make the payment" in as_alice.get(url(order)).content.decode()


# --- Canceling ---------------------------------------------------------------------------------


def test_canceling_an_open_order(order: Order, as_alice: Client) -> None:
    response = as_alice.post(url(order, "cancel/"))
    assert (response.status_code, response["Location"]) == (303, url(order))
    order.refresh_from_db()
    assert order.status == OrderStatus.CANCELED
    page = as_alice.get(url(order)).content.decode()
    assert "The order is canceled" in page
    assert "Buy again" in page


def test_a_paid_order_cannot_be_canceled(paid: Order, as_alice: Client) -> None:
    page = as_alice.post(url(paid, "cancel/"), follow=True).content.decode()
    assert "cannot be canceled any more" in page
    paid.refresh_from_db()
    assert paid.status == OrderStatus.PAID


def test_canceling_takes_a_post(order: Order, as_alice: Client) -> None:
    assert as_alice.get(url(order, "cancel/")).status_code == 405


# --- Refunds -----------------------------------------------------------------------------------


def test_what_was_never_opened_is_given_back_on_asking(paid: Order, as_alice: Client) -> None:
    assert "Give me $4.99 back" in as_alice.get(url(paid, "refund/")).content.decode()
    response = as_alice.post(url(paid, "refund/"), {"note": "Bought by mistake"})
    assert response.status_code == 303
    refund = Refund.objects.get()
    assert (refund.amount, refund.note, refund.status) == (499, "Bought by mistake", RefundStatus.REQUESTED)
    page = as_alice.get(url(paid)).content.decode()
    assert "Refund on its way" in page
    assert "is in your library, to keep" not in page
    assert "Ask for a refund" not in page


def test_asking_twice_gives_back_once(paid: Order, as_alice: Client) -> None:
    as_alice.post(url(paid, "refund/"), {"note": ""})
    page = as_alice.post(url(paid, "refund/"), {"note": ""}, follow=True).content.decode()
    assert "nothing left to give back" in page
    assert Refund.objects.count() == 1


def test_what_was_opened_is_asked_for_with_evidence(paid: Order, as_alice: Client) -> None:
    owned = Entitlement.objects.get()
    as_alice.post(f"{owned.get_absolute_url()}open/")
    page = as_alice.get(url(paid)).content.decode()
    assert f"{owned.get_absolute_url()}refund/" in page
    assert "You have not opened it yet" not in page
    response = as_alice.post(url(paid, "refund/"), {"note": ""})
    assert response.status_code == 409
    assert "show what it does not do" in response.content.decode()
    assert not Refund.objects.exists()


def test_a_free_order_has_nothing_to_give_back(alice: User, free_listing: Listing, as_alice: Client) -> None:
    order = order_create(buyer=alice, listing_slugs=[free_listing.slug])
    assert "refund" not in as_alice.get(url(order)).content.decode()
    assert as_alice.get(url(order, "refund/")).status_code == 302
