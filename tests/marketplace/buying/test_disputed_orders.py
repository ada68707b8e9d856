"""What a buyer is told, and may do, while a bank decides about a payment and after it has."""

import pytest
from django.test import Client

from accounts.models import User
from listings.models import Listing
from payments.models import Entitlement, Order, Refund
from payments.services import checkout_return, order_create
from tests.payments.disputing import bank, disputed
from tests.payments.support import pay


@pytest.fixture
def paid(stripe_sandbox: str, alice: User, listing: Listing) -> Order:
    order = order_create(buyer=alice, listing_slugs=[listing.slug])
    pay(order)
    return checkout_return(session_id=order.stripe_session_id or "", buyer=alice)


def page(client: Client, order: Order, part: str = "") -> str:
    answer = client.get(f"/account/orders/{order.pk}/{part}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_order_says_that_the_bank_is_deciding_and_offers_no_refund(paid: Order, as_alice: Client) -> None:
    disputed(paid)
    shown = page(as_alice, paid)
    assert "The bank is deciding about this payment" in shown
    assert "Ask for a refund" not in shown
    assert f"/library/{Entitlement.objects.get().pk}/" in shown
    assert "Disputed" in as_alice.get("/account/orders/").content.decode()


def test_the_refund_page_says_so_and_asking_all_the_same_changes_nothing(
    paid: Order, as_alice: Client
) -> None:
    disputed(paid, amount=100)
    shown = page(as_alice, paid, "refund/")
    assert "The bank is deciding about this payment" in shown
    assert '<form method="post" data-submit-once' not in shown
    answer = as_alice.post(f"/account/orders/{paid.pk}/refund/", {"note": ""})
    assert answer.status_code == 409
    assert "cannot be refunded now" in answer.content.decode()
    assert not Refund.objects.exists()


def test_an_order_lost_to_the_bank_says_that_the_money_went_back(paid: Order, as_alice: Client) -> None:
    bank(disputed(paid), "close", outcome="lost")
    shown = page(as_alice, paid)
    assert "The bank gave $4.99 back" in shown
    assert "/library/0" not in shown
    assert as_alice.get(f"/library/{Entitlement.objects.get().pk}/").status_code == 404


def test_a_dispute_that_was_won_leaves_the_order_as_it_was(paid: Order, as_alice: Client) -> None:
    before = page(as_alice, paid)
    bank(disputed(paid), "close", outcome="won")
    after = page(as_alice, paid)
    assert "Paid and delivered" in before
    assert "Paid and delivered" in after
    assert "Ask for a refund" in after


def test_an_inquiry_changes_nothing_for_the_buyer(paid: Order, as_alice: Client) -> None:
    disputed(paid, inquiry=True)
    shown = page(as_alice, paid)
    assert "Paid and delivered" in shown
    assert "Ask for a refund" in shown
