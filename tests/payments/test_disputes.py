"""Disputes: the same end whatever came first, nobody debited twice, refunds frozen while a bank decides."""

from urllib.parse import urlencode

import pytest

from common.errors import Conflict
from payments.models import (
    Account,
    Dispute,
    DisputeItem,
    DisputeStatus,
    Journal,
    JournalKind,
    Order,
    OrderStatus,
    Payment,
    Refund,
    RefundReason,
    RefundStatus,
)
from payments.queries import seller_balance
from payments.services import refund_request
from payments.services.checkout import session_check
from payments.services.disputes import dispute_sync, disputes_to_ask
from payments.services.earnings import earnings_release
from payments.services.refund_rows import refundable_amount
from payments.services.refunds import payment_refunds_sync, refund_send
from payments.tasks import disputes_sweep
from tests.payments.disputing import (
    DISPUTE_FEE,
    alarms,
    bank,
    bank_disputes,
    books_match_stripe,
    bought,
    disputed,
    has_access,
    intent_of,
)
from tests.payments.support import (
    VISA,
    balances,
    sandbox,
    stripe_get,
    stripe_post,
)

MODERATOR = RefundReason.MODERATOR


@pytest.fixture(autouse=True)
def fresh_stripe(stripe_sandbox):
    """So that Stripe's balance is this test's alone."""
    sandbox("reset")


@pytest.fixture(autouse=True)
def books_held_against_stripe(fresh_stripe, db):
    yield
    assert books_match_stripe()


def refunded(order: Order, amount: int | None = None) -> Refund:
    refund = refund_request(order=order, by=None, reason=MODERATOR, amount=amount)
    refund_send(refund_id=refund.pk)
    refund.refresh_from_db()
    return refund


# --- Who bears it --------------------------------------------------------------------------------


def test_an_open_dispute_holds_the_seller_s_share_and_keeps_access():
    order = bought(999)
    dispute = disputed(order)
    assert dispute.status == DisputeStatus.NEEDS_RESPONSE
    # 800 of the seller are held; the platform's 199 are not given up before the bank has decided.
    assert balances() == {
        Account.STRIPE_CLEARING: -59 - DISPUTE_FEE,
        Account.PROCESSING_FEES: 59 + DISPUTE_FEE,
        Account.DISPUTES_HELD: 199,
        Account.PLATFORM_REVENUE: -199,
    }
    assert has_access(order) == [True]


def test_a_lost_dispute_costs_the_seller_the_share_the_platform_its_fee_and_ends_access():
    order = bought(999)
    bank(disputed(order), "close", outcome="lost")
    assert balances() == {
        Account.STRIPE_CLEARING: -59 - DISPUTE_FEE,
        Account.PROCESSING_FEES: 59 + DISPUTE_FEE,
    }
    assert has_access(order) == [False]
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID


def test_a_won_dispute_credits_once_and_leaves_only_stripe_s_fee():
    order = bought(999)
    before = balances()
    dispute = bank(disputed(order), "close", outcome="won")
    for _ in range(3):
        dispute_sync(dispute_id=dispute.stripe_dispute_id)
    assert balances() == before | {
        Account.STRIPE_CLEARING: before[Account.STRIPE_CLEARING] - DISPUTE_FEE,
        Account.PROCESSING_FEES: before[Account.PROCESSING_FEES] + DISPUTE_FEE,
    }
    assert Journal.objects.filter(kind=JournalKind.DISPUTE_REINSTATED).count() == 1
    assert has_access(order) == [True]


def test_a_win_whose_money_comes_later_credits_when_it_comes():
    order = bought(999)
    dispute = bank(disputed(order), "close", outcome="won", reinstate=False)
    seller = order.items.get().seller
    assert (dispute.status, seller_balance(seller).pending_amount) == (DisputeStatus.WON, 0)
    assert disputes_to_ask() == [dispute.stripe_dispute_id]
    sandbox(f"disputes/{dispute.stripe_dispute_id}/reinstate")
    disputes_sweep()
    assert seller_balance(seller).pending_amount == 800
    assert disputes_to_ask() == []


def test_money_withdrawn_after_the_dispute_was_lost_is_borne_then():
    order = bought(999)
    dispute = bank(disputed(order, withdraw=False), "close", outcome="lost")
    seller = order.items.get().seller
    assert seller_balance(seller).pending_amount == 800
    assert disputes_to_ask() == [dispute.stripe_dispute_id]
    sandbox(f"disputes/{dispute.stripe_dispute_id}/withdraw")
    disputes_sweep()
    assert seller_balance(seller).pending_amount == 0
    assert has_access(order) == [False]


def test_an_inquiry_moves_nothing_and_freezes_nothing():
    order = bought(999)
    before = balances()
    dispute = disputed(order, inquiry=True)
    assert (dispute.status, balances()) == (DisputeStatus.WARNING_NEEDS_RESPONSE, before)
    assert refunded(order, 400).status == RefundStatus.SUCCEEDED
    assert bank(dispute, "close").status == DisputeStatus.WARNING_CLOSED
    assert has_access(order) == [True]


def test_a_full_refund_ends_an_inquiry():
    order = bought(999)
    dispute = disputed(order, inquiry=True)
    refunded(order)
    dispute = dispute_sync(dispute_id=dispute.stripe_dispute_id)
    assert (dispute.status, dispute.closed_at is None) == (DisputeStatus.WARNING_CLOSED, False)


def test_an_inquiry_that_becomes_a_dispute_is_one_row():
    order = bought(999)
    dispute = bank(disputed(order, inquiry=True), "escalate")
    assert (dispute.status, Dispute.objects.count()) == (DisputeStatus.NEEDS_RESPONSE, 1)
    assert seller_balance(order.items.get().seller).pending_amount == 0


def test_a_partial_dispute_over_two_sellers_goes_by_price_and_keeps_access():
    order = bought(300, 700)
    first, second = order.items.order_by("pk")
    dispute = bank(disputed(order, amount=101), "close", outcome="lost")
    assert (seller_balance(first.seller).pending_amount, seller_balance(second.seller).pending_amount) == (
        240 - 24,
        560 - 57,
    )
    assert dispute.platform_loss_amount == 20
    assert has_access(order) == [True, True]


def test_a_dispute_takes_what_refunds_have_left_and_the_platform_bears_the_rest():
    order = bought(999)
    refunded(order, 400)
    dispute = bank(disputed(order, amount=999), "close", outcome="lost")
    seller = order.items.get().seller
    assert (seller_balance(seller).pending_amount, has_access(order)) == (0, [False])
    # The bank took $9.99 where $5.99 were left: 120 of our fee on that, and $4.00 that nobody else owes.
    assert dispute.platform_loss_amount == 120 + 400


def test_a_dispute_of_a_refunded_payment_costs_the_seller_nothing_more():
    order = bought(999)
    refunded(order)
    dispute = bank(disputed(order), "close", outcome="lost")
    assert dispute.platform_loss_amount == 999
    assert seller_balance(order.items.get().seller).pending_amount == 0


def test_a_second_dispute_of_a_payment_takes_what_the_first_has_left():
    order = bought(999)
    bank(disputed(order, amount=600), "close", outcome="lost")
    assert has_access(order) == [True]
    bank(disputed(order, amount=600), "close", outcome="lost")
    assert seller_balance(order.items.get().seller).pending_amount == 0
    assert sorted(DisputeItem.objects.values_list("amount", flat=True)) == [399, 600]
    assert has_access(order) == [False]


def test_earnings_released_in_the_middle_of_a_dispute_come_back_as_available():
    order = bought(999)
    item = order.items.get()
    dispute = disputed(order, amount=500)
    earnings_release(item_id=item.pk)
    balance = seller_balance(item.seller)
    assert (balance.pending_amount, balance.available_amount) == (0, 800 - 401)
    bank(dispute, "close", outcome="won")
    balance = seller_balance(item.seller)
    assert (balance.pending_amount, balance.available_amount) == (0, 800)


def test_earnings_released_in_the_middle_of_a_lost_dispute_are_what_is_left():
    order = bought(999)
    item = order.items.get()
    dispute = disputed(order)
    earnings_release(item_id=item.pk)
    bank(dispute, "close", outcome="lost")
    balance = seller_balance(item.seller)
    assert (balance.pending_amount, balance.available_amount) == (0, 0)


def test_a_dispute_after_the_release_is_taken_from_what_is_available():
    order = bought(999)
    item = order.items.get()
    earnings_release(item_id=item.pk)
    bank(disputed(order, amount=500), "close", outcome="lost")
    balance = seller_balance(item.seller)
    assert (balance.pending_amount, balance.available_amount) == (0, 800 - 401)


# --- Refunds -------------------------------------------------------------------------------------


def test_nothing_is_refunded_while_a_bank_decides():
    order = bought(999)
    dispute = disputed(order, amount=400)
    for reason, by in ((MODERATOR, None), (RefundReason.BUYER_REQUEST, order.buyer)):
        with pytest.raises(Conflict) as refused:
            refund_request(order=order, by=by, reason=reason)
        assert refused.value.code == "disputed"
    bank(dispute, "close", outcome="won")
    assert refunded(order).status == RefundStatus.SUCCEEDED


def test_what_a_lost_dispute_took_cannot_be_refunded_again():
    order = bought(300, 700)
    first, second = order.items.order_by("pk")
    bank(disputed(order, amount=500), "close", outcome="lost")
    assert refundable_amount(Payment.objects.get()) == 500
    assert refund_request(order=order, by=None, reason=MODERATOR, item=first).amount == 150
    assert refund_request(order=order, by=None, reason=MODERATOR, item=second).amount == 350
    assert has_access(order) == [False, False]


def test_a_refund_that_stripe_refuses_for_a_dispute_gives_access_back_and_says_why():
    order = bought(999)
    refund = refund_request(order=order, by=None, reason=MODERATOR)
    assert has_access(order) == [False]
    bank_disputes(intent_of(order))
    refund_send(refund_id=refund.pk)
    refund.refresh_from_db()
    assert (refund.status, has_access(order)) == (RefundStatus.FAILED, [True])
    (detail,) = alarms("refund_failed")
    assert order.number in detail
    assert "disputes this payment" in detail
    disputed_now = stripe_get(f"disputes?payment_intent={intent_of(order)}")["data"][0]["id"]
    dispute_sync(dispute_id=disputed_now)


def test_a_refund_that_fails_after_the_dispute_was_lost_does_not_give_access_back():
    order = bought(999)
    refund = refunded(order)
    dispute = bank(disputed(order), "close", outcome="lost")
    assert dispute.platform_loss_amount == 999
    sandbox(f"refunds/{refund.stripe_refund_id}/fail")
    payment_refunds_sync(payment_intent_id=intent_of(order))
    dispute.refresh_from_db()
    # Now it is the dispute that took it: the seller is debited once all the same.
    assert (dispute.platform_loss_amount, has_access(order)) == (199, [False])
    assert seller_balance(order.items.get().seller).pending_amount == 0


def test_a_lost_dispute_that_a_failed_refund_moves_on_gives_access_back_where_it_was():
    order = bought(700, 300)
    first = order.items.earliest("pk")
    refund = refund_request(order=order, by=None, reason=MODERATOR, item=first)
    refund_send(refund_id=refund.pk)
    bank(disputed(order, amount=500), "close", outcome="lost")
    assert has_access(order) == [False, False]
    refund.refresh_from_db()
    sandbox(f"refunds/{refund.stripe_refund_id}/fail")
    payment_refunds_sync(payment_intent_id=intent_of(order))
    assert has_access(order) == [True, True]


def test_a_surplus_payment_that_is_disputed_uses_up_what_is_owed_to_its_buyer():
    order = bought(999)
    surplus = surplus_payment(order)
    dispute = bank(bank_disputes(surplus.stripe_payment_intent_id), "close", outcome="lost")
    assert (dispute.buyer_surplus_amount, dispute.platform_loss_amount) == (999, 0)
    assert Account.BUYER_SURPLUS not in balances()
    assert has_access(order) == [True]


def test_a_surplus_payment_goes_back_once_its_dispute_is_won():
    surplus = surplus_payment(bought(999))
    dispute = dispute_sync(dispute_id=bank_disputes(surplus.stripe_payment_intent_id))
    refund = surplus.refunds.get()
    refund_send(refund_id=refund.pk)
    refund.refresh_from_db()
    assert refund.status == RefundStatus.FAILED
    bank(dispute, "close", outcome="won")
    again = surplus.refunds.get(status=RefundStatus.REQUESTED)
    refund_send(refund_id=again.pk)
    dispute_sync(dispute_id=dispute.stripe_dispute_id)
    assert surplus.refunds.count() == 2
    assert Account.BUYER_SURPLUS not in balances()


def surplus_payment(order: Order) -> Payment:
    """A second payment for a paid order, through a session that is not the order's."""
    terms = {
        "mode": "payment",
        "client_reference_id": order.pk,
        "success_url": "https://example.test/",
        "line_items[0][quantity]": 1,
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][unit_amount]": order.total_amount,
        "line_items[0][price_data][product_data][name]": "Again",
        "metadata[order_id]": order.pk,
    }
    session = stripe_post("checkout/sessions", urlencode(terms))
    sandbox(f"checkout/{session['id']}/pay", {"card": VISA})
    session_check(session_id=session["id"])
    return Payment.objects.get(order=order, is_surplus=True)
