"""Check 7, at the same moment: an order that the database has lost is rebuilt once, by however many."""

import pytest

from payments.models import Order, OrderItem, OrderStatus
from payments.services.checkout import session_check
from tests.factories import UserFactory
from tests.payments.checks.outcome import outcome_of
from tests.payments.support import ordered, pay, published_listing
from tests.support.races import at_once


@pytest.mark.django_db(transaction=True)
def test_check_07_an_order_that_ten_rebuild_at_once_is_rebuilt_once(alone):
    order = ordered(UserFactory(), published_listing())
    OrderItem.objects.all().delete()
    Order.objects.all().delete()
    pay(order)
    outcomes = at_once(10, lambda _: session_check(session_id=str(order.stripe_session_id)).status)
    assert outcomes == [OrderStatus.PAID] * 10
    found = outcome_of(order)
    assert (found.payments, found.journals, found.grants) == (1, 2, 1)
