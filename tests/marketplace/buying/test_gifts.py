"""Giving at the checkout, seeing what became of it, and claiming by the link."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from listings.models import Listing
from payments.models import Entitlement, Gift, Order
from payments.services import checkout_return, order_create
from payments.services.gift_mails import gift_send
from payments.services.gifts import GiftWish, gift_secret
from tests.factories import UserFactory
from tests.payments.support import pay

from .conftest import TEXT, signed_in

pytestmark = pytest.mark.usefixtures("stripe_sandbox")
FORM = {"listing": "letters", "gift": "1", "gift_email": "friend@example.test", "gift_message": "Enjoy"}


@pytest.fixture
def gift(alice: User, listing: Listing) -> Gift:
    """Alice's, of Bob's letters, paid."""
    order = order_create(
        buyer=alice, listing_slugs=[listing.slug], gift=GiftWish("friend@example.test", "For <you>")
    )
    pay(order)
    return checkout_return(session_id=str(order.stripe_session_id), buyer=alice).gift


def link(gift: Gift) -> str:
    return f"/gifts/{gift.pk}/{gift_secret(gift)}/"


def text_of(response: Any) -> str:
    return response.content.decode()


def test_the_review_of_a_gift_asks_for_whom_and_goes_to_the_payment_page(
    as_alice: Client, listing: Listing
) -> None:
    plain = text_of(as_alice.get("/checkout/?listing=letters"))
    assert "/checkout/?listing=letters&amp;gift=1" in plain
    assert "gift_email" not in plain
    assert 'name="gift_email"' in text_of(as_alice.get("/checkout/?listing=letters&gift=1"))

    paying = as_alice.post("/checkout/", FORM)

    order = Order.objects.get()
    assert paying["Location"] == order.checkout_url
    assert (order.gift.email, order.gift.message) == ("friend@example.test", "Enjoy")
    pay(order)
    back = as_alice.get(f"/checkout/return/?session_id={order.stripe_session_id}", follow=True)
    assert "Your present is on its way" in text_of(back)
    assert "friend@example.test" in text_of(back)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"gift_email": "friend@"}, "Type the whole address"),
        ({"gift_email": ""}, "This field is required"),
        ({"gift_on": "2020-01-01"}, "Choose a day from today"),
        ({"gift_on": "soon"}, "Enter a valid date"),
    ],
)
def test_a_slip_says_so_and_loses_nothing(
    as_alice: Client, listing: Listing, typed: dict[str, str], said: str
) -> None:
    response = as_alice.post("/checkout/", FORM | {"gift_message": "My words"} | typed)
    assert response.status_code == 400
    assert said in text_of(response)
    assert "My words" in text_of(response)
    assert not Order.objects.exists()


def test_who_is_signed_out_comes_back_to_the_gift(client: Client, listing: Listing) -> None:
    answer = client.post("/checkout/", FORM)
    assert answer["Location"] == "/accounts/login/?next=/checkout/%3Flisting%3Dletters%26gift%3D1"


def test_the_link_shows_the_gift_to_anybody_and_the_text_to_nobody(client: Client, gift: Gift) -> None:
    page = client.get(link(gift))
    for part in ("Alice has given you this", "For &lt;you&gt;", "Letters that land", "next=/gifts/"):
        assert part in text_of(page)
    assert "Zebrafinch" in TEXT
    assert "Zebrafinch" not in text_of(page)
    assert page["Cache-Control"].startswith("max-age=0, no-cache")
    assert client.get(f"/gifts/{gift.pk}/{'0' * 64}/").status_code == 404
    client.post(link(gift))
    assert not Entitlement.objects.exists()


def test_claimed_it_is_in_the_library_and_the_giver_sees_it(gift: Gift) -> None:
    friend = signed_in(UserFactory(display_name="Friend"))
    assert "Put it into my library" in text_of(friend.get(link(gift)))
    claimed = friend.post(link(gift), follow=True)
    owned = Entitlement.objects.get()
    assert claimed.redirect_chain[-1][0] == owned.get_absolute_url()
    assert "Letters that land" in text_of(claimed)
    assert friend.get(link(gift))["Location"] == "/library/"
    stranger = signed_in(UserFactory())
    refused = stranger.post(link(gift))
    assert (refused.status_code, "has been claimed already" in text_of(refused)) == (409, True)
    giver = signed_in(gift.order.buyer)
    page = text_of(giver.get(f"/account/orders/{gift.order_id}/"))
    assert "Claimed on" in page
    assert "Another address" not in page
    assert giver.get(owned.get_absolute_url()).status_code == 404
    assert friend.get(f"/account/orders/{gift.order_id}/").status_code == 404


def test_the_giver_corrects_the_address_and_sends_again(as_alice: Client, gift: Gift) -> None:
    url = f"/account/orders/{gift.order_id}/"
    wrong = as_alice.post(f"{url}gift/", {"do": "address", "gift_email": "nobody"})
    assert wrong.status_code == 400
    assert re.search(r'value="nobody"[^>]*aria-invalid', text_of(wrong))
    as_alice.post(f"{url}gift/", {"do": "address", "gift_email": "right@example.test"})
    gift.refresh_from_db()
    assert (gift.email, gift.revision) == ("right@example.test", 2)
    gift_send(gift_id=gift.pk)
    page = text_of(as_alice.get(url))
    assert "not claimed yet" in page
    again = as_alice.post(f"{url}gift/", {"do": "send"}, follow=True)
    assert "We wrote only minutes ago" in text_of(again)
    assert as_alice.get(f"{url}gift/").status_code == 405


def test_a_cart_can_be_given(as_alice: Client, listing: Listing) -> None:
    as_alice.post("/cart/change/", {"listing": "letters"})
    cart = text_of(as_alice.get("/cart/"))
    assert "/checkout/?listing=letters&amp;gift=1" in cart
