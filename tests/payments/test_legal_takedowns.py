"""A legal takedown ends what was bought and gives the money back; any other leaves buyers what they have."""

import pytest

from common.models import OutboxMessage
from common.outbox import message_deliver
from listings.models import ListingStatus, Takedown
from listings.services.takedowns import takedown_counter, takedown_make, takedown_uphold
from payments.alarms import TOPIC as ALARM
from payments.models import Entitlement, OrderItem, Refund
from payments.services import checkout_return
from payments.services.invariants import invariants_check
from payments.services.legal_takedowns import purchase_take_down
from payments.services.refunds import refund_fail, refund_send
from payments.tasks import refunds_sweep
from tests.factories import ListingFactory, UserFactory
from tests.payments.support import books_are_balanced, ordered, pay, refunds_at_stripe

pytestmark = pytest.mark.django_db


def bought(listing, buyer):
    order = ordered(buyer, listing)
    if order.total_amount:
        pay(order)
        order = checkout_return(session_id=str(order.stripe_session_id), buyer=buyer)
    return order


def upheld(listing, *, ends_access: bool) -> None:
    takedown = takedown_make(
        listing=listing, moderator=UserFactory(staff=True), kind="copyright", words="A song."
    )
    takedown_counter(takedown=takedown, by=listing.seller.user, text="Mine.")
    boss = UserFactory(staff=True, is_superuser=True)
    takedown_uphold(takedown=Takedown.objects.get(), moderator=boss, ends_access=ends_access)
    for _round in range(2):
        for message in OutboxMessage.objects.filter(
            handled_at=None, topic__in=["listing_access_ended", "purchase_taken_down"]
        ):
            assert message_deliver(message.pk)


def test_without_a_superusers_word_buyers_keep_it(stripe_sandbox):
    listing = ListingFactory(status=ListingStatus.PUBLISHED, price_amount=999)
    bought(listing, UserFactory())
    upheld(listing, ends_access=False)
    assert Entitlement.objects.get().is_active
    assert not Refund.objects.exists()


def test_a_legal_takedown_ends_access_and_gives_the_money_back_once(stripe_sandbox):
    listing = ListingFactory(status=ListingStatus.PUBLISHED, price_amount=999)
    other = ListingFactory(status=ListingStatus.PUBLISHED, price_amount=500)
    buyer = UserFactory()
    order = bought(listing, buyer)
    bought(other, buyer)

    upheld(listing, ends_access=True)

    refund = Refund.objects.get()
    assert (refund.amount, refund.note) == (999, "Taken down for legal reasons")
    purchase_take_down(item_id=OrderItem.objects.get(listing=listing).pk, by_id=refund.requested_by_id)
    assert Refund.objects.count() == 1
    refund_send(refund_id=refund.pk)
    assert refunds_at_stripe(order) == [999]
    assert [one.listing for one in Entitlement.objects.filter(revoked_at=None)] == [other]
    assert books_are_balanced()


def test_what_was_free_only_ends(stripe_sandbox):
    listing = ListingFactory(status=ListingStatus.PUBLISHED, price_amount=0)
    bought(listing, UserFactory())
    upheld(listing, ends_access=True)
    assert not Entitlement.objects.get().is_active
    assert not Refund.objects.exists()
    assert invariants_check(since=None) == []


def test_what_is_paid_for_after_the_takedown_ends_as_well(stripe_sandbox):
    """The payment page was open while the law took the listing away."""
    listing = ListingFactory(status=ListingStatus.PUBLISHED, price_amount=999)
    order = ordered(UserFactory(), listing)
    upheld(listing, ends_access=True)
    pay(order)
    checkout_return(session_id=str(order.stripe_session_id), buyer=order.buyer)
    for _round in range(2):
        refunds_sweep()
    message = OutboxMessage.objects.get(topic="purchase_taken_down")
    assert message_deliver(message.pk)
    refunds_sweep()
    assert refunds_at_stripe(order) == [999]
    assert not Entitlement.objects.get().is_active
    assert OutboxMessage.objects.filter(topic="purchase_taken_down").count() == 1


def test_a_refund_that_fails_gives_no_access_back_to_what_the_law_has_taken(stripe_sandbox):
    listing = ListingFactory(status=ListingStatus.PUBLISHED, price_amount=999)
    bought(listing, UserFactory())
    upheld(listing, ends_access=True)
    refund = Refund.objects.get()
    refund_send(refund_id=refund.pk)
    refund_fail(refund_id=refund.pk)
    refunds_sweep()
    assert not Entitlement.objects.get().is_active
    assert Refund.objects.count() == 1
    assert OutboxMessage.objects.filter(topic=ALARM, subject=f"refund:{refund.pk}").exists()
    assert [found.kind for found in invariants_check(since=None)] == ["paid_items_can_be_read"]
