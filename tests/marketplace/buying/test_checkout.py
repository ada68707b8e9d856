"""To the payment page and back: who gets there, who is refused, and what each is told."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from accounts.models import SellerProfile, User
from listings.models import Listing, ListingStatus
from payments.models import Entitlement, Order, OrderStatus
from payments.services import order_create
from payments.services.settlement import payment_problem_note
from tests.factories import ListingFactory
from tests.payments.support import pay, sandbox

from .conftest import signed_in

REVIEW = "/checkout/?listing=letters"


@pytest.fixture
def order(stripe_sandbox: str, alice: User, listing: Listing) -> Order:
    """Alice's open order for Bob's letters."""
    return order_create(buyer=alice, listing_slugs=[listing.slug])


@pytest.fixture
def broken_stripe(stripe_sandbox: str) -> Iterator[None]:
    sandbox("faults", {"path": "*checkout/sessions*", "kind": "error", "status": 500, "times": 20})
    yield
    import urllib.request

    urllib.request.urlopen(
        urllib.request.Request(f"{stripe_sandbox}/_sandbox/faults", method="DELETE"), timeout=10
    ).close()


# --- Signing in on the way ---------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_is_signed_out_signs_in_and_lands_on_the_review(
    method: str, client: Client, listing: Listing, alice: User
) -> None:
    response = getattr(client, method)("/checkout/", {"listing": listing.slug})
    assert response["Location"] == "/accounts/login/?next=/checkout/%3Flisting%3Dletters"
    login = client.post(
        response["Location"], {"login": alice.email, "password": "a-good-long-password", "next": REVIEW}
    )
    assert login["Location"] == REVIEW


def test_who_signs_up_on_the_way_lands_on_the_review(client: Client, listing: Listing) -> None:
    login = client.post("/checkout/", {"listing": listing.slug}, follow=True).content.decode()
    signup_url = "/accounts/signup/?next=/checkout/%3Flisting%3Dletters"
    assert signup_url in login.replace("%2F", "/")
    form = {
        "email": "new@example.test",
        "password1": "a-good-long-password",
        "display_name": "New",
        "next": REVIEW,
    }
    response = client.post(signup_url, form, follow=True)
    assert response.redirect_chain[-1][0] == REVIEW
    assert "Letters that land" in response.content.decode()


# --- Reviewing and paying ----------------------------------------------------------------------


def test_the_review_says_what_is_bought_and_orders_nothing(as_alice: Client, listing: Listing) -> None:
    page = as_alice.get(REVIEW).content.decode()
    for part in (
        "Letters that land",
        "Bob&#x27;s Prompts",
        "Personal licence",
        "$4.99",
        "Pay $4.99",
        'name="listing" value="letters"',
    ):
        assert part in page
    assert "Zebrafinch" not in page
    assert not Order.objects.exists()


def test_paying_leads_to_stripe_s_page(
    as_alice: Client, listing: Listing, stripe_sandbox: str, settings: Any
) -> None:
    response = as_alice.post("/checkout/", {"listing": listing.slug})
    order = Order.objects.get()
    assert response.status_code == 303
    assert response["Location"] == order.checkout_url
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(order.checkout_url))
    assert f"form-action 'self' {origin}" in response["Content-Security-Policy"]


def test_pressing_pay_again_opens_the_same_payment_page(
    as_alice: Client, listing: Listing, stripe_sandbox: str
) -> None:
    pages = {as_alice.post("/checkout/", {"listing": listing.slug})["Location"] for _ in range(3)}
    assert len(pages) == 1
    assert Order.objects.count() == 1


def test_a_free_prompt_is_in_the_library_at_once(as_alice: Client, free_listing: Listing) -> None:
    response = as_alice.post("/checkout/", {"listing": free_listing.slug})
    assert response.status_code == 303
    assert response["Location"] == Entitlement.objects.get().get_absolute_url()
    assert "in your library now" in as_alice.get(response["Location"]).content.decode()


# --- Refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "post"])
def test_what_one_owns_leads_to_the_library_item(method: str, as_alice: Client, owned: Entitlement) -> None:
    response = getattr(as_alice, method)("/checkout/", {"listing": owned.listing.slug})
    assert response.status_code == 409
    page = response.content.decode()
    assert "already in your library" in page
    assert f'href="{owned.get_absolute_url()}"' in page


@pytest.mark.parametrize("method", ["get", "post"])
def test_one_s_own_listing_leads_to_the_studio(method: str, bob: SellerProfile, listing: Listing) -> None:
    response = getattr(signed_in(bob.user), method)("/checkout/", {"listing": listing.slug})
    assert response.status_code == 409
    page = response.content.decode()
    assert "your own prompt" in page
    assert 'href="/sell/listings/"' in page


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("slug", ["hidden", "nowhere", "a\0b"])
def test_what_is_not_for_sale_leads_to_browsing(
    method: str, slug: str, as_alice: Client, bob: SellerProfile
) -> None:
    ListingFactory.create(seller=bob, slug="hidden", title="A draft's title", status=ListingStatus.DRAFT)
    response = getattr(as_alice, method)("/checkout/", {"listing": slug})
    assert response.status_code == 409
    page = response.content.decode()
    assert "is not for sale" in page
    assert "draft&#x27;s title" not in page
    assert 'href="/prompts/"' in page
    assert not Order.objects.exists()


def test_when_stripe_is_away_nothing_was_charged_and_trying_again_works(
    as_alice: Client, listing: Listing, broken_stripe: None
) -> None:
    response = as_alice.post("/checkout/", {"listing": listing.slug})
    assert response.status_code == 503
    page = response.content.decode()
    assert "Nothing was charged" in page
    assert 'name="listing" value="letters"' in page
    order = Order.objects.get()
    assert order.status == OrderStatus.PENDING
    assert "could not be opened" in as_alice.get(f"/account/orders/{order.pk}/").content.decode()


def test_without_a_listing_there_is_nothing_to_check_out(as_alice: Client) -> None:
    assert as_alice.get("/checkout/")["Location"] == "/prompts/"


# --- The return --------------------------------------------------------------------------------


def return_url(order: Order) -> str:
    return f"/checkout/return/?session_id={order.stripe_session_id}"


def test_coming_back_paid_leads_to_the_text(as_alice: Client, order: Order) -> None:
    pay(order)
    response = as_alice.get(return_url(order))
    assert response.status_code == 303
    assert response["Location"] == Entitlement.objects.get().get_absolute_url()
    assert "Paid." in as_alice.get(response["Location"]).content.decode()
    assert as_alice.get(return_url(order))["Location"] == response["Location"]


def test_coming_back_before_the_confirmation_waits(as_alice: Client, order: Order) -> None:
    response = as_alice.get(return_url(order))
    page = response.content.decode()
    assert response.status_code == 200
    assert "Waiting for the confirmation" in page
    assert '<noscript><meta http-equiv="refresh" content="2;url=/checkout/return/?session_id=cs_' in page
    assert 'hx-trigger="load delay:1s"' in page
    assert "waited=1" in page


def test_the_waiting_page_goes_on_by_itself_once_paid(as_alice: Client, order: Order) -> None:
    htmx = {"HX-Request": "true"}
    part = as_alice.get(f"{return_url(order)}&waited=1", headers=htmx).content.decode()
    assert "waited=2" in part
    assert "<html" not in part
    pay(order)
    response = as_alice.get(f"{return_url(order)}&waited=2", headers=htmx)
    assert response["HX-Redirect"] == Entitlement.objects.get().get_absolute_url()


def test_after_a_while_the_waiting_page_reassures_and_rests(as_alice: Client, order: Order) -> None:
    page = as_alice.get(f"{return_url(order)}&waited=30").content.decode()
    assert "takes longer than usual" in page
    assert 'http-equiv="refresh"' not in page
    assert "hx-get" not in page


def test_a_payment_by_bank_is_said_to_be_on_its_way(
    as_alice: Client, alice: User, listing: Listing, stripe_sandbox: str
) -> None:
    order = order_create(buyer=alice, listing_slugs=[listing.slug])
    payment_problem_note(order_id=str(order.pk), problem="settling")
    page = as_alice.get(return_url(order), follow=True).content.decode()
    assert "Your payment is on its way" in page
    assert "Cancel the order" not in page
    assert "Open the payment page" not in page


@pytest.mark.parametrize("query", ["", "?session_id=", "?session_id=cs_test_unknown", "?session_id=a%00b"])
def test_an_unknown_session_is_not_found(query: str, as_alice: Client) -> None:
    assert as_alice.get(f"/checkout/return/{query}").status_code == 404


def test_a_stranger_cannot_come_back_with_someone_s_session(as_charlie: Client, order: Order) -> None:
    pay(order)
    assert as_charlie.get(return_url(order)).status_code == 404
    assert not Entitlement.objects.exists()


# --- Leaving without paying --------------------------------------------------------------------


def test_leaving_the_payment_page_charges_nothing_and_keeps_the_way_open(
    as_alice: Client, order: Order
) -> None:
    page = as_alice.get(f"/checkout/canceled/?order={order.pk}").content.decode()
    assert "Nothing was charged" in page
    assert f'href="{order.checkout_url}"' in page
    assert f'action="/account/orders/{order.pk}/cancel/"' in page
    assert 'href="/prompts/letters/"' in page


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("insufficient_funds", "has not enough funds"),
        ("generic_decline", "gave no reason"),
        ("card_declined", "gave no reason"),
        ("lost_card", "gave no reason"),
        ("expired_card", "has expired"),
        ("incorrect_cvc", "security code"),
        ("payment_intent_authentication_failure", "asked you to confirm"),
    ],
)
def test_a_refused_card_is_explained_in_words(code: str, words: str, as_alice: Client, order: Order) -> None:
    payment_problem_note(order_id=str(order.pk), problem=code)
    for url in (f"/checkout/canceled/?order={order.pk}", f"/account/orders/{order.pk}/"):
        page = as_alice.get(url).content.decode()
        assert words in page
        assert "Nothing was charged" in page
        assert f'href="{order.checkout_url}"' in page


@pytest.mark.parametrize("order_id", ["", "nonsense", "0193b6d0-0000-7000-8000-000000000000"])
def test_leaving_an_unknown_order_is_not_found(order_id: str, as_alice: Client) -> None:
    assert as_alice.get(f"/checkout/canceled/?order={order_id}").status_code == 404


def test_the_canceled_page_of_a_paid_order_is_its_receipt(as_alice: Client, order: Order) -> None:
    pay(order)
    as_alice.get(return_url(order))
    response = as_alice.get(f"/checkout/canceled/?order={order.pk}")
    assert response["Location"] == f"/account/orders/{order.pk}/"
