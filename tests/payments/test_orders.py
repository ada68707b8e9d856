"""Making orders: committed before Stripe is called, one per wish, refused with a reason."""

import pytest

from common.errors import Conflict, InvalidInput
from listings.models import Listing, ListingStatus
from payments import gateway
from payments.models import Delivery, Entitlement, Journal, Order, OrderItem, OrderStatus
from payments.services import order_cancel, order_create
from tests.factories import UserFactory
from tests.payments.support import ordered, published_listing, sandbox, stripe_get
from tests.payments.waiting import until

pytestmark = pytest.mark.django_db


def test_an_order_snapshots_price_version_and_shares(stripe_sandbox):
    listing = published_listing(price_amount=999)
    order = ordered(UserFactory(), listing)
    item = order.items.get()
    assert (item.unit_amount, item.platform_fee_amount, item.seller_amount) == (999, 199, 800)
    assert item.version_id == listing.published_version_id
    assert (order.status, order.total_amount, order.currency) == (OrderStatus.PENDING, 999, "usd")
    assert order.stripe_session_id in order.checkout_url


def test_the_session_asks_for_what_the_order_says(stripe_sandbox):
    order = ordered(UserFactory(), published_listing(price_amount=350), published_listing(price_amount=300))
    session = stripe_get(f"checkout/sessions/{order.stripe_session_id}")
    assert (session["amount_total"], session["currency"]) == (650, "usd")
    assert session["client_reference_id"] == str(order.pk)
    assert session["expires_at"] == int(order.expires_at.timestamp())


@pytest.mark.django_db(transaction=True)
def test_the_order_is_committed_when_stripe_is_down_and_a_retry_uses_it(stripe_sandbox):
    buyer, listing = UserFactory(), published_listing()
    sandbox("faults", {"path": "/v1/checkout/sessions", "status": 500, "times": 2})
    with pytest.raises(gateway.GatewayUnavailable):
        ordered(buyer, listing)
    written = Order.objects.get()
    assert (written.status, written.stripe_session_id) == (OrderStatus.PENDING, None)
    again = ordered(buyer, listing)
    assert again.pk == written.pk
    assert again.stripe_session_id


def test_asking_again_gives_the_open_order_back(stripe_sandbox):
    buyer, listing = UserFactory(), published_listing()
    assert ordered(buyer, listing).pk == ordered(buyer, listing).pk


def test_a_changed_price_makes_a_new_order_and_closes_the_old(stripe_sandbox):
    buyer, listing = UserFactory(), published_listing(price_amount=500)
    old = ordered(buyer, listing)
    Listing.objects.filter(pk=listing.pk).update(price_amount=700)
    new = ordered(buyer, listing)
    old.refresh_from_db()
    assert (new.total_amount, old.status) == (700, OrderStatus.CANCELED)


def test_a_free_prompt_is_granted_at_once_without_stripe():
    buyer, listing = UserFactory(), published_listing(price_amount=0)
    order = ordered(buyer, listing)
    assert (order.status, order.stripe_session_id, order.checkout_url) == (OrderStatus.PAID, None, "")
    assert Entitlement.objects.get(buyer=buyer, listing=listing).is_active
    assert Delivery.objects.filter(order=order).exists()
    assert not Journal.objects.exists()


def test_what_one_owns_already_is_refused(stripe_sandbox):
    buyer, listing = UserFactory(), published_listing(price_amount=0)
    ordered(buyer, listing)
    with pytest.raises(Conflict) as refused:
        ordered(buyer, listing)
    assert refused.value.code == "already_owned"
    assert listing.title in str(refused.value)


def test_ones_own_listing_is_refused():
    listing = published_listing()
    with pytest.raises(Conflict) as refused:
        ordered(listing.seller.user, listing)
    assert refused.value.code == "own_listing"


@pytest.mark.parametrize("status", [s for s in ListingStatus.values if s != ListingStatus.PUBLISHED])
def test_what_is_not_on_sale_is_refused(status):
    listing = published_listing()
    Listing.objects.filter(pk=listing.pk).update(status=status)
    with pytest.raises(Conflict) as refused:
        ordered(UserFactory(), listing)
    assert refused.value.code == "not_for_sale"


def test_an_unknown_listing_is_refused_the_same_way():
    with pytest.raises(Conflict) as refused:
        order_create(buyer=UserFactory(), listing_slugs=["nothing-here"])
    assert refused.value.code == "not_for_sale"


def test_an_order_of_nothing_names_the_field():
    with pytest.raises(InvalidInput) as refused:
        order_create(buyer=UserFactory(), listing_slugs=[])
    assert "items" in refused.value.errors


def test_a_refused_order_leaves_no_row():
    slugs = [published_listing(price_amount=0).slug, "nothing-here"]
    with pytest.raises(Conflict):
        order_create(buyer=UserFactory(), listing_slugs=slugs)
    assert not OrderItem.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_canceled_order_closes_its_payment_page(live_site):
    order = ordered(UserFactory(), published_listing())
    assert order_cancel(order=order).status == OrderStatus.CANCELED
    session = f"checkout/sessions/{order.stripe_session_id}"
    assert until(lambda: stripe_get(session)["status"] == "expired")


def test_an_order_takes_no_move_that_the_table_of_states_lacks(stripe_sandbox):
    order = ordered(UserFactory(), published_listing())
    with pytest.raises(ValueError, match="cannot go from pending to refunded"):
        order.move_to(OrderStatus.REFUNDED)
    assert order.status == OrderStatus.PENDING
