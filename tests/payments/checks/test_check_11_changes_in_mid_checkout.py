"""Check 11: price edited or prompt unpublished in mid-checkout: what was shown is paid, and given."""

import pytest
from django.test import Client

from common import clock
from listings.models import Listing, ListingStatus
from payments.models import Entitlement, OrderStatus, Payment
from tests.factories import PromptVersionFactory, UserFactory
from tests.payments.support import balances, hear, ordered, pay, published_listing, stripe_get

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alone")]


def raise_the_price(listing: Listing) -> None:
    Listing.objects.filter(pk=listing.pk).update(price_amount=900)


def unlist(listing: Listing) -> None:
    Listing.objects.filter(pk=listing.pk).update(status=ListingStatus.UNLISTED)


def remove(listing: Listing) -> None:
    Listing.objects.filter(pk=listing.pk).update(status=ListingStatus.REMOVED)


def publish_a_new_version(listing: Listing) -> None:
    now = clock.now()
    newer = PromptVersionFactory(listing=listing, text="The newer words.", sealed_at=now, published_at=now)
    Listing.objects.filter(pk=listing.pk).update(published_version=newer)


@pytest.mark.parametrize("change", [raise_the_price, unlist, remove, publish_a_new_version])
def test_check_11_the_buyer_pays_the_price_shown_and_gets_the_version_bought(change):
    buyer, listing = UserFactory(), published_listing(price_amount=500, text="The words that were sold.")
    bought = listing.published_version
    order = ordered(buyer, listing)
    assert stripe_get(f"checkout/sessions/{order.stripe_session_id}")["amount_total"] == 500

    change(listing)
    pay(order)
    hear(order, "checkout.session.completed")

    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    assert Payment.objects.get().amount == 500
    assert (balances()["seller_pending"], balances()["platform_revenue"]) == (-400, -100)
    entitlement = Entitlement.objects.get(buyer=buyer)
    assert entitlement.version_id == bought.pk
    client = Client()
    client.force_login(buyer)
    page = client.post(f"/library/{entitlement.pk}/open/", follow=True).content.decode()
    assert "The words that were sold." in page
    assert "The newer words." not in page
