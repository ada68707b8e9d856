"""Check 10: a mismatch of amount, currency, mode or session is never delivered, and raises an alarm."""

import dataclasses
from urllib.parse import urlencode

import pytest
from django.core import mail

from common.outbox import message_deliver, waiting_message_ids
from payments import gateway
from payments.models import Entitlement, Order, OrderStatus, Payment, Refund
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
    sandbox,
    stripe_post,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alone")]


@pytest.fixture
def order() -> Order:
    return ordered(UserFactory(), published_listing(price_amount=999))


def alarm_mail(settings) -> str:
    """What a superuser reads of the alarms so far."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    UserFactory(is_superuser=True)
    for message_id in waiting_message_ids():
        message_deliver(message_id)
    return "\n".join(f"{message.subject} {message.body}" for message in mail.outbox)


def pay_another_session(order: Order, *, amount: int, currency: str) -> None:
    """A session that names our order and asks for something else, paid, and told to us."""
    params = {
        "mode": "payment",
        "client_reference_id": order.pk,
        "metadata[order_id]": order.pk,
        "success_url": "https://promptfair.test/",
        "line_items[0][quantity]": 1,
        "line_items[0][price_data][currency]": currency,
        "line_items[0][price_data][unit_amount]": amount,
        "line_items[0][price_data][product_data][name]": "Something",
    }
    session = stripe_post("checkout/sessions", urlencode(params))
    sandbox(f"checkout/{session['id']}/pay", {"card": "4242424242424242"})
    hear(order, "checkout.session.completed")


@pytest.mark.parametrize(
    ("field", "amount", "currency"),
    [("amount_total", 998, "usd"), ("amount_total", 1000, "usd"), ("currency", 999, "eur")],
)
def test_check_10_another_amount_or_currency_is_not_delivered(order, settings, field, amount, currency):
    pay_another_session(order, amount=amount, currency=currency)
    nothing_was_delivered(order)
    assert not Payment.objects.exists()
    told = alarm_mail(settings)
    assert "payment_mismatch" in told
    assert field in told


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mode", "subscription"),
        ("mode", "setup"),
        ("currency", "USD "),
        ("amount_total", 1),
        ("payment_intent_id", None),
    ],
)
def test_check_10_whatever_the_answer_lacks_it_is_not_delivered(order, settings, field, value):
    pay(order)
    facts = gateway.session_retrieve(str(order.stripe_session_id))
    session_settle(dataclasses.replace(facts, **{field: value}))
    nothing_was_delivered(order)
    assert "payment_mismatch" in alarm_mail(settings)


def test_check_10_a_payment_through_another_session_goes_back(order, settings):
    pay_another_session(order, amount=999, currency="usd")
    nothing_was_delivered(order)
    refund_send(refund_id=Refund.objects.get().pk)
    assert refunds_at_stripe(order) == [999]
    assert "not the order's; the money goes back" in alarm_mail(settings)
    assert books_are_balanced()


def nothing_was_delivered(order: Order) -> None:
    order.refresh_from_db()
    assert (order.status, order.delivered_at) == (OrderStatus.PENDING, None)
    assert not Entitlement.objects.exists()
