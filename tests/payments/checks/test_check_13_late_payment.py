"""Check 13: a late payment on an expired or canceled order is delivered or refunded, never silently kept."""

import pytest

from payments import gateway
from payments.models import Entitlement, Order, OrderStatus, Payment, Refund
from payments.services import order_cancel
from payments.services.refunds import refund_send
from payments.services.settlement import session_settle
from tests.factories import UserFactory
from tests.payments.support import (
    books_are_balanced,
    hear,
    ordered,
    pay,
    published_listing,
    refunds_at_stripe,
)
from tests.support.races import rival_before

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alone")]


def cancel(order: Order) -> None:
    order_cancel(order=order)


def expire(order: Order) -> None:
    order.move_to(OrderStatus.EXPIRED)
    order.save()


@pytest.fixture(params=[cancel, expire])
def ended(request):
    """How the order ended while its payment was on the way."""
    return request.param


def test_check_13_a_late_payment_is_delivered(ended):
    buyer = UserFactory()
    order = ordered(buyer, published_listing())
    pay(order)
    ended(order)
    hear(order, "checkout.session.completed")
    order.refresh_from_db()
    assert (order.status, order.closed_at) == (OrderStatus.PAID, None)
    assert Entitlement.objects.get(buyer=buyer).is_active
    assert not Refund.objects.exists()
    assert books_are_balanced()


def test_check_13_a_late_payment_for_what_was_bought_again_goes_back(ended):
    buyer, listing = UserFactory(), published_listing()
    late = ordered(buyer, listing)
    pay(late)
    ended(late)
    again = ordered(buyer, listing)
    assert again.pk != late.pk
    pay(again)
    hear(again, "checkout.session.completed")

    hear(late, "checkout.session.completed")

    refund_send(refund_id=Refund.objects.get().pk)
    late.refresh_from_db()
    assert late.status == OrderStatus.REFUNDED
    assert (refunds_at_stripe(late), refunds_at_stripe(again)) == ([late.total_amount], [])
    assert Payment.objects.count() == 2
    assert Entitlement.objects.get(buyer=buyer, revoked_at=None).item.order == again
    assert books_are_balanced()


@pytest.mark.django_db(transaction=True)
def test_check_13_an_order_that_is_paid_while_it_is_canceled_ends_paid():
    order = ordered(UserFactory(), published_listing())
    pay(order)
    facts = gateway.session_retrieve(str(order.stripe_session_id))
    with rival_before('UPDATE "payments_order" SET "status"', lambda: session_settle(facts).status) as rival:
        order_cancel(order=order)
    assert rival.outcome == OrderStatus.PAID
    order.refresh_from_db()
    assert (order.status, order.closed_at) == (OrderStatus.PAID, None)
    assert Entitlement.objects.get(buyer=order.buyer).is_active


def test_check_13_what_was_got_for_nothing_meanwhile_is_not_paid_back_and_the_rest_is_delivered(ended):
    buyer, free, paid = UserFactory(), published_listing(price_amount=0), published_listing(price_amount=999)
    mixed = ordered(buyer, free, paid)
    pay(mixed)
    ended(mixed)
    ordered(buyer, free)
    hear(mixed, "checkout.session.completed")
    mixed.refresh_from_db()
    assert mixed.status == OrderStatus.PAID
    assert set(Entitlement.objects.filter(buyer=buyer).values_list("listing", flat=True)) == {
        free.pk,
        paid.pk,
    }
    assert not Refund.objects.exists()
    assert books_are_balanced()
