"""An order that a restored database lost is rebuilt from what its Checkout Session keeps of it."""

import datetime

import pytest

from accounts.models import User
from common import clock
from common.ids import uuid7
from listings.models import Listing, PromptVersion
from payments.models import Entitlement, JournalKind, LedgerEntry, Order, OrderItem, OrderStatus
from payments.services import order_cancel
from payments.services.checkout import session_check
from payments.services.keeping import LONGEST_VALUE
from payments.services.order_restore import OrderNotRestorable, order_metadata
from tests.factories import UserFactory
from tests.payments.support import (
    books_are_balanced,
    ordered,
    pay,
    published_listing,
    sandbox,
    stripe_get,
    stripe_post,
)

pytestmark = pytest.mark.django_db


def forget(order: Order) -> None:
    """What restoring an older database does to an order whose payment was not booked yet."""
    OrderItem.objects.filter(order=order).delete()
    Order.objects.filter(pk=order.pk).delete()


def facts_of(order: Order) -> tuple[object, ...]:
    order.refresh_from_db()
    items = order.items.order_by("listing_id").values_list(
        "listing_id", "version_id", "seller_id", "title", "license", "unit_amount", "discount_amount",
        "platform_fee_amount", "seller_amount",
    )  # fmt: skip
    return (order.pk, order.number, order.buyer_id, order.created_at, order.total_amount, list(items))


def test_a_lost_order_comes_back_as_it_was_and_is_delivered(stripe_sandbox, settings):
    listings = [published_listing(price_amount=999, license="commercial"), published_listing()]
    order = ordered(UserFactory(), *listings)
    before = facts_of(order)
    pay(order)
    forget(order)
    settings.PLATFORM_FEE_BPS = 3000
    Listing.objects.update(price_amount=1999)

    restored = session_check(session_id=str(order.stripe_session_id))

    assert restored is not None
    assert facts_of(restored) == before
    assert restored.status == OrderStatus.PAID
    assert Entitlement.objects.filter(revoked_at=None, item__order=restored).count() == 2
    sale = LedgerEntry.objects.filter(journal__kind=JournalKind.SALE, account="platform_revenue")
    assert sorted(sale.values_list("amount", flat=True)) == [-199, -99]
    assert books_are_balanced()


def test_restoring_again_changes_nothing(stripe_sandbox):
    order = ordered(UserFactory(), published_listing())
    pay(order)
    forget(order)
    for _ in range(3):
        session_check(session_id=str(order.stripe_session_id))
    assert (Order.objects.count(), OrderItem.objects.count(), Entitlement.objects.count()) == (1, 1, 1)


def test_a_delayed_payment_of_a_lost_order_is_waited_for(stripe_sandbox):
    order = ordered(UserFactory(), published_listing())
    sandbox(f"checkout/{order.stripe_session_id}/pay", {"bank_account": "000123456789"})
    forget(order)
    session_check(session_id=str(order.stripe_session_id))
    assert Order.objects.get().payment_problem == "settling"
    sandbox(f"checkout/{order.stripe_session_id}/settle", {"outcome": "succeeded"})
    session_check(session_id=str(order.stripe_session_id))
    assert Order.objects.get().status == OrderStatus.PAID


def test_a_lost_order_that_nobody_paid_is_no_loss(stripe_sandbox):
    order = ordered(UserFactory(), published_listing())
    order_cancel(order=order)
    forget(order)
    assert session_check(session_id=str(order.stripe_session_id)) is None
    assert not Order.objects.exists()


@pytest.mark.parametrize("lost", ["buyer", "listing", "version"])
def test_what_was_made_after_the_backup_too_is_said(stripe_sandbox, lost):
    order = ordered(UserFactory(), published_listing())
    item = order.items.get()
    listing, version = item.listing_id, item.version_id
    pay(order)
    forget(order)
    told = {
        "buyer": ("buyer", "1000000"),
        "listing": ("items_1", f"1000000:{version}:499:0:99:personal"),
        "version": ("items_1", f"{listing}:1000000:499:0:99:personal"),
    }
    key, value = told[lost]
    stripe_post(f"checkout/sessions/{order.stripe_session_id}", f"metadata[{key}]={value}")
    with pytest.raises(OrderNotRestorable, match=f"{order.number}.*{lost} 1000000"):
        session_check(session_id=str(order.stripe_session_id))
    assert not Order.objects.exists()


@pytest.mark.parametrize("table", ["buyer", "listing", "version"])
def test_a_row_that_took_a_lost_ones_number_is_not_mistaken_for_it(stripe_sandbox, table):
    order = ordered(UserFactory(), published_listing())
    item = order.items.get()
    pay(order)
    forget(order)
    after_the_restore = order.created_at + datetime.timedelta(seconds=1)
    if table == "buyer":
        User.objects.filter(pk=order.buyer_id).update(joined_at=after_the_restore)
    elif table == "listing":
        Listing.objects.filter(pk=item.listing_id).update(created_at=after_the_restore)
    else:
        PromptVersion.objects.filter(pk=item.version_id).update(published_at=after_the_restore)
    with pytest.raises(OrderNotRestorable, match=f"{table} [0-9]+ (of [0-9]+ )?is not here"):
        session_check(session_id=str(order.stripe_session_id))
    assert not Entitlement.objects.exists()


@pytest.mark.parametrize("items", ["", "nonsense", "1:2:3"])
def test_a_session_that_tells_too_little_is_not_guessed_at(stripe_sandbox, items):
    order = ordered(UserFactory(), published_listing())
    pay(order)
    forget(order)
    stripe_post(f"checkout/sessions/{order.stripe_session_id}", f"metadata[items_1]={items}")
    with pytest.raises(OrderNotRestorable, match="does not tell what was ordered"):
        session_check(session_id=str(order.stripe_session_id))


def test_a_session_whose_items_do_not_sum_to_what_was_asked_for_is_not_believed(stripe_sandbox):
    order = ordered(UserFactory(), published_listing())
    item = order.items.get()
    pay(order)
    forget(order)
    cheaper = f"{item.listing_id}:{item.version_id}:399:0:79:personal"
    stripe_post(f"checkout/sessions/{order.stripe_session_id}", f"metadata[items_1]={cheaper}")
    with pytest.raises(OrderNotRestorable, match="sum to 399, and 499 was asked for"):
        session_check(session_id=str(order.stripe_session_id))


def test_a_session_that_names_an_order_of_another_is_not_believed(stripe_sandbox):
    order = ordered(UserFactory(), published_listing())
    pay(order)
    forget(order)
    stripe_post(f"checkout/sessions/{order.stripe_session_id}", f"metadata[order_id]={uuid7()}")
    with pytest.raises(OrderNotRestorable, match="another program's"):
        session_check(session_id=str(order.stripe_session_id))


def test_metadata_of_a_hundred_items_keeps_to_stripes_limits():
    order = Order(buyer_id=10**9, created_at=clock.now())
    items = [
        OrderItem(
            listing_id=10**9 + number,
            version_id=10**9 + number,
            unit_amount=100_000,
            discount_amount=50_000,
            platform_fee_amount=10_000,
            seller_amount=40_000,
            license="commercial",
        )
        for number in range(100)
    ]
    metadata = order_metadata(order, items)
    assert len(metadata) <= 48
    assert max(map(len, metadata.values())) <= LONGEST_VALUE
    assert sum(text.count(":commercial") for text in metadata.values()) == 100
    assert order_metadata(order, items) == metadata


def test_an_order_of_forty_items_survives(stripe_sandbox):
    order = ordered(UserFactory(), *(published_listing() for _ in range(41)))
    before = facts_of(order)
    pay(order)
    forget(order)
    restored = session_check(session_id=str(order.stripe_session_id))
    assert restored is not None
    assert facts_of(restored) == before


def test_the_session_names_nobody_and_holds_no_text(stripe_sandbox):
    buyer = UserFactory()
    listing = published_listing(text="The secret text about {{topic}}.")
    order = ordered(buyer, listing)
    metadata = stripe_get(f"checkout/sessions/{order.stripe_session_id}")["metadata"]
    assert sorted(metadata) == ["buyer", "created", "items_1", "order_id", "order_number"]
    assert not any(word in str(metadata) for word in (buyer.email, buyer.handle, "secret"))
