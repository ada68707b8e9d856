"""Selling to oneself, being paid out, and giving the price back is not paid for by the platform."""

import pytest

from common.errors import Conflict
from payments.models import Order, OrderItem, RefundReason
from payments.services import payouts, refund_cover, refund_request
from payments.services.refund_decisions import sale_refund
from payments.services.refunds import refund_send
from tests.payments.paying_out import asked, available_of, earn, seller_with, sent
from tests.support.races import at_once, lock_skipped, rival_before

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_stripe")]

BUYER, SELLER, MODERATOR = RefundReason.BUYER_REQUEST, RefundReason.SELLER, RefundReason.MODERATOR


@pytest.fixture(autouse=True)
def _no_overdraft(settings):
    settings.SELLER_OVERDRAFT_AMOUNT = 0


def orders_of(seller) -> list[Order]:
    return [item.order for item in OrderItem.objects.filter(seller=seller).order_by("pk")]


def refund_of(order: Order, reason: RefundReason):
    by = {BUYER: order.buyer, SELLER: order.items.get().seller.user}.get(reason)
    return refund_request(order=order, by=by, reason=reason)


@pytest.mark.parametrize(("reason", "code"), [(SELLER, "balance_too_low"), (BUYER, "refund_needs_review")])
def test_what_was_paid_out_is_given_back_by_staff_alone(reason, code):
    seller = seller_with(4800)
    sent(asked(seller))
    [order] = orders_of(seller)
    with pytest.raises(Conflict) as refused:
        refund_of(order, reason)
    assert refused.value.code == code
    refund_send(refund_id=refund_of(order, MODERATOR).pk)
    assert available_of(seller) == -4800


@pytest.mark.parametrize("reason", [SELLER, BUYER])
def test_a_small_refund_is_given_at_once_although_the_seller_was_paid_out(reason, settings):
    settings.SELLER_OVERDRAFT_AMOUNT = 5000
    seller = seller_with(2400)
    earn(seller, 2400)
    earn(seller, 2400)
    sent(asked(seller))
    first, second, third = orders_of(seller)
    refund_send(refund_id=refund_of(first, reason).pk)
    refund_of(second, reason)
    assert available_of(seller) == -2400
    with pytest.raises(Conflict):
        refund_of(third, reason)


@pytest.mark.parametrize("reason", [SELLER, BUYER])
def test_pending_earnings_bear_a_refund_once(reason):
    seller = seller_with(4800)
    sent(asked(seller))
    earn(seller, 4800, is_released=False)
    old, new = orders_of(seller)
    refund_of(old, reason)
    with pytest.raises(Conflict):
        refund_of(new, reason)


def test_a_part_that_the_balance_bears_is_given_back():
    seller = seller_with(4800)
    asked(seller, amount=4000)
    item = OrderItem.objects.get(seller=seller)
    with pytest.raises(Conflict):
        sale_refund(seller=seller, item_id=item.pk, amount=1001)
    assert sale_refund(seller=seller, item_id=item.pk, amount=1000).items.get().seller_amount == 800


def test_what_a_refund_on_its_way_will_take_is_not_paid_out():
    seller = seller_with(4800)
    earn(seller, 2400)
    first, _second = orders_of(seller)
    refund = refund_of(first, SELLER)
    with pytest.raises(Conflict) as refused:
        asked(seller, amount=2401)
    assert refused.value.code == "payout_exceeds_available"
    assert asked(seller).amount == 2400
    refund_send(refund_id=refund.pk)
    assert available_of(seller) == 0


def test_a_refund_of_pending_earnings_leaves_what_is_available_to_be_paid_out():
    seller = seller_with(4800)
    earn(seller, 2400, is_released=False)
    _released, pending = orders_of(seller)
    refund_of(pending, SELLER)
    assert asked(seller).amount == 4800


def test_a_payout_that_is_asked_for_while_a_refund_is_decided_waits_for_it():
    seller = seller_with(4800)
    [order] = orders_of(seller)
    with rival_before('INSERT INTO "payments_refund"', lambda: asked(seller)) as rival:
        refund = refund_of(order, SELLER)
    assert isinstance(rival.outcome, Conflict)
    refund_send(refund_id=refund.pk)
    assert available_of(seller) == 0


def refund_and_payout_at_once(seller) -> list[bool]:
    [order] = orders_of(seller)
    acts = [lambda: refund_of(order, SELLER), lambda: asked(seller)]
    return [not isinstance(outcome, Exception) for outcome in at_once(2, lambda rival: acts[rival]())]


def test_of_a_refund_and_a_payout_at_once_one_gets_the_money():
    assert sorted(refund_and_payout_at_once(seller_with(4800))) == [False, True]


def test_without_the_sellers_lock_both_get_it(monkeypatch):
    seller = seller_with(4800)
    with lock_skipped(payouts, "seller_lock", rivals=2):
        monkeypatch.setattr(refund_cover, "seller_lock", payouts.seller_lock)
        assert refund_and_payout_at_once(seller) == [True, True]
