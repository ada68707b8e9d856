"""Paid sessions whose orders do not know it."""

import pytest

from accounts.models import User
from payments.models import Finding, Order, OrderItem, OrderStatus, Payment, Refund
from payments.services import checkout_return
from payments.services.orders import order_cancel
from tests.factories import UserFactory
from tests.payments.reconciliation.support import found, reconcile
from tests.payments.support import ordered, pay, published_listing, sandbox, stripe_post

pytestmark = pytest.mark.django_db


def lost(order: Order) -> str:
    OrderItem.objects.filter(order=order).delete()
    Order.objects.filter(pk=order.pk).delete()
    return f"session:{order.stripe_session_id}"


@pytest.mark.parametrize("state", ["pending", "canceled"])
def test_an_order_that_was_paid_unheard_is_delivered(state):
    order = ordered(UserFactory(), published_listing())
    pay(order)
    if state == "canceled":
        order_cancel(order=order)
    run = reconcile()
    order.refresh_from_db()
    assert (order.status, run.orders_recovered) == (OrderStatus.PAID, 1)


def test_an_order_that_is_not_here_is_rebuilt():
    order = ordered(UserFactory(), published_listing())
    pay(order)
    lost(order)
    assert reconcile().orders_recovered == 1
    assert Order.objects.get(pk=order.pk).status == OrderStatus.PAID


def test_one_that_cannot_be_rebuilt_is_found_until_it_was_refunded_at_stripe():
    order = ordered(buyer := UserFactory(), published_listing())
    session = pay(order)
    subject = lost(order)
    User.objects.filter(pk=buyer.pk).update(
        joined_at=order.created_at.replace(year=order.created_at.year + 1)
    )
    ordered(UserFactory(), published_listing())
    reconcile()
    assert ("order_not_restorable", subject) in found()
    assert order.number in Finding.objects.get(subject=subject).detail
    reconcile(minutes_later=60 * 24)
    assert ("order_not_restorable", subject) in found(), "it is looked at again though its time was read"
    stripe_post("refunds", f"payment_intent={session['payment_intent']}")
    reconcile(minutes_later=60 * 24 + 10)
    assert ("order_not_restorable", subject) not in found()


def test_a_payment_that_does_not_fit_its_order_is_never_delivered_and_found():
    order = ordered(UserFactory(), published_listing())
    pay(order)
    Order.objects.filter(pk=order.pk).update(subtotal_amount=600, total_amount=600)
    reconcile()
    order.refresh_from_db()
    assert order.status == OrderStatus.PENDING
    assert [kind for kind, _ in found()] == ["transaction_unexplained"]


def test_a_second_session_that_was_paid_as_well_goes_back():
    order = ordered(buyer := UserFactory(), published_listing())
    pay(order)
    checkout_return(session_id=str(order.stripe_session_id), buyer=buyer)
    again = stripe_post(
        "checkout/sessions",
        f"mode=payment&success_url=https://example.com/&client_reference_id={order.pk}"
        f"&metadata[order_id]={order.pk}&line_items[0][quantity]=1"
        "&line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=499"
        "&line_items[0][price_data][product_data][name]=Again",
    )
    sandbox(f"checkout/{again['id']}/pay", {"card": "4242424242424242"})
    reconcile()
    assert Payment.objects.get(is_surplus=True).order == order
    assert Refund.objects.get().reason == "surplus_payment"


def test_sessions_of_other_programs_are_left_alone():
    ordered(UserFactory(), published_listing())
    other = stripe_post(
        "checkout/sessions",
        "mode=payment&success_url=https://example.com/&metadata[order_id]=17&line_items[0][quantity]=1"
        "&line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=499"
        "&line_items[0][price_data][product_data][name]=Other",
    )
    sandbox(f"checkout/{other['id']}/pay", {"card": "4242424242424242"})
    reconcile()
    assert [kind for kind, _ in found()] == ["transaction_unexplained"]
