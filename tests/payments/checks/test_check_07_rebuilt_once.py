"""Check 7, at the same moment: what the database has lost is rebuilt once, by however many."""

import pytest

from common.ids import uuid7
from payments import gateway_connect
from payments.models import Order, OrderItem, OrderStatus, Payout
from payments.services.checkout import session_check
from payments.services.payout_restore import payout_restore
from tests.factories import UserFactory
from tests.payments.checks.outcome import outcome_of
from tests.payments.paying_out import available_of, onboard, seller_with
from tests.payments.support import ordered, pay, published_listing, stripe_post
from tests.support.races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("alone")]


def test_check_07_an_order_that_ten_rebuild_at_once_is_rebuilt_once():
    order = ordered(UserFactory(), published_listing())
    OrderItem.objects.all().delete()
    Order.objects.all().delete()
    pay(order)
    outcomes = at_once(10, lambda _: session_check(session_id=str(order.stripe_session_id)).status)
    assert outcomes == [OrderStatus.PAID] * 10
    found = outcome_of(order)
    assert (found.payments, found.journals, found.grants) == (1, 2, 1)


@pytest.mark.usefixtures("empty_stripe")
def test_check_07_a_payout_that_five_rebuild_at_once_is_rebuilt_once():
    seller = seller_with(4800)
    account = onboard(seller)
    lost = uuid7()
    made = f"amount=4800&currency=usd&destination={account.stripe_account_id}&metadata[payout_id]={lost}"
    transfer = gateway_connect.transfer_retrieve(stripe_post("transfers", made)["id"])
    assert at_once(5, lambda _: payout_restore(facts=transfer)) == [None] * 5
    assert Payout.objects.get().pk == lost
    assert available_of(seller) == 0
