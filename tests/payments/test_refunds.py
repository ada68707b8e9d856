"""Giving money back: never more than was paid, booked to the cent, access gone with a full refund."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from common.errors import Conflict, DomainError, InvalidInput, NotFound
from common.models import OutboxMessage
from payments.models import (
    Account,
    Entitlement,
    Order,
    OrderStatus,
    Payment,
    Refund,
    RefundReason,
    RefundStatus,
)
from payments.services import checkout_return, entitlement_open, order_create, refund_request
from payments.services.earnings import earnings_release
from payments.services.refunds import payment_refunds_sync, refund_send
from tests.factories import UserFactory
from tests.payments.support import (
    balances,
    books_are_balanced,
    ordered,
    pay,
    published_listing,
    sandbox,
    stripe_get,
    stripe_post,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stripe_sandbox")]

BUYER_REQUEST, MODERATOR = RefundReason.BUYER_REQUEST, RefundReason.MODERATOR


def paid_order(*prices: int) -> Order:
    buyer = UserFactory()
    order = ordered(buyer, *(published_listing(price_amount=price) for price in prices or (999,)))
    pay(order)
    return checkout_return(session_id=order.stripe_session_id, buyer=buyer)


def refunds_at_stripe(order: Order) -> list[int]:
    intent = Payment.objects.get(order=order).stripe_payment_intent_id
    return [refund["amount"] for refund in stripe_get(f"refunds?payment_intent={intent}")["data"]]


def test_a_full_refund_returns_fee_and_share_and_takes_access_back():
    order = paid_order(999)
    refund = refund_request(order=order, by=order.buyer, reason=BUYER_REQUEST)
    refund_send(refund_id=refund.pk)
    order.refresh_from_db()
    assert order.status == OrderStatus.REFUNDED
    assert not Entitlement.objects.filter(buyer=order.buyer, revoked_at=None).exists()
    # Stripe keeps its 59 cents, and the platform bears them.
    assert balances() == {Account.STRIPE_CLEARING: -59, Account.PROCESSING_FEES: 59}
    assert books_are_balanced()


def test_partial_refunds_keep_access_and_close_to_the_cent():
    order = paid_order(999)
    for amount in (333, 333, 332):
        refund_send(refund_id=refund_request(order=order, by=None, reason=MODERATOR, amount=amount).pk)
    order.refresh_from_db()
    assert order.status == OrderStatus.PARTIALLY_REFUNDED
    assert Entitlement.objects.get(buyer=order.buyer).is_active
    refund_send(refund_id=refund_request(order=order, by=None, reason=MODERATOR).pk)
    order.refresh_from_db()
    assert order.status == OrderStatus.REFUNDED
    assert not Entitlement.objects.get(buyer=order.buyer).is_active
    assert balances() == {Account.STRIPE_CLEARING: -59, Account.PROCESSING_FEES: 59}


def test_one_item_refunded_in_full_is_revoked_and_the_other_stays():
    order = paid_order(300, 700)
    first, second = order.items.order_by("pk")
    refund_send(refund_id=refund_request(order=order, by=None, reason=MODERATOR, item=first).pk)
    order.refresh_from_db()
    assert order.status == OrderStatus.PARTIALLY_REFUNDED
    assert not Entitlement.objects.get(item=first).is_active
    assert Entitlement.objects.get(item=second).is_active


def test_more_than_is_left_is_refused_naming_the_field():
    order = paid_order(999)
    refund_request(order=order, by=None, reason=MODERATOR, amount=900)
    with pytest.raises(InvalidInput) as refused:
        refund_request(order=order, by=None, reason=MODERATOR, amount=100)
    assert "amount" in refused.value.errors


@pytest.mark.django_db(transaction=True)
def test_twenty_refunds_at_once_make_one():
    order = paid_order(999)
    together = threading.Barrier(20)

    def ask(_: int) -> str:
        together.wait()
        try:
            refund = refund_request(order=order, by=order.buyer, reason=BUYER_REQUEST)
            refund_send(refund_id=refund.pk)
            return "made"
        except DomainError as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as askers:
        outcomes = list(askers.map(ask, range(20)))
    assert sorted(outcomes) == ["made"] + ["not_refundable"] * 19
    assert refunds_at_stripe(order) == [999]


def test_a_refund_sent_twice_is_made_once():
    order = paid_order(999)
    refund = refund_request(order=order, by=None, reason=MODERATOR)
    refund_send(refund_id=refund.pk)
    Refund.objects.filter(pk=refund.pk).update(
        status=RefundStatus.REQUESTED, next_attempt_at=refund.created_at, stripe_refund_id=None
    )
    refund_send(refund_id=refund.pk)
    assert refunds_at_stripe(order) == [999]
    assert balances() == {Account.STRIPE_CLEARING: -59, Account.PROCESSING_FEES: 59}


def test_a_buyer_who_opened_the_text_needs_a_person():
    order = paid_order(999)
    entitlement_open(entitlement=Entitlement.objects.get(buyer=order.buyer), via="page", address=None)
    with pytest.raises(Conflict) as refused:
        refund_request(order=order, by=order.buyer, reason=BUYER_REQUEST)
    assert refused.value.code == "refund_needs_review"
    assert refund_request(order=order, by=None, reason=MODERATOR).amount == 999


def test_a_free_or_unpaid_order_has_nothing_to_refund():
    free = ordered(UserFactory(), published_listing(price_amount=0))
    for order in (free, ordered(UserFactory(), published_listing())):
        with pytest.raises(Conflict) as refused:
            refund_request(order=order, by=None, reason=MODERATOR)
        assert refused.value.code == "not_refundable"


def test_a_refund_made_at_stripe_appears_here_spread_over_the_items():
    order = paid_order(300, 700)
    intent = Payment.objects.get().stripe_payment_intent_id
    stripe_post("refunds", f"payment_intent={intent}&amount=101")
    payment_refunds_sync(payment_intent_id=intent)
    payment_refunds_sync(payment_intent_id=intent)
    refund = Refund.objects.get()
    assert (refund.reason, refund.status) == (RefundReason.STRIPE_DASHBOARD, RefundStatus.SUCCEEDED)
    assert [part.amount for part in refund.items.order_by("item_id")] == [30, 71]
    order.refresh_from_db()
    assert order.status == OrderStatus.PARTIALLY_REFUNDED
    assert books_are_balanced()


def test_a_refund_that_overtakes_the_payment_is_found_when_it_settles():
    buyer = UserFactory()
    order = ordered(buyer, published_listing(price_amount=999))
    pay(order)
    intent = stripe_get(f"checkout/sessions/{order.stripe_session_id}")["payment_intent"]
    stripe_post("refunds", f"payment_intent={intent}")
    payment_refunds_sync(payment_intent_id=intent)
    order = checkout_return(session_id=order.stripe_session_id, buyer=buyer)
    assert order.status == OrderStatus.REFUNDED
    assert not Entitlement.objects.filter(buyer=buyer, revoked_at=None).exists()


def test_a_refund_that_fails_later_restores_books_access_and_calls_a_person():
    order = paid_order(999)
    before = balances()
    refund = refund_request(order=order, by=None, reason=MODERATOR)
    refund_send(refund_id=refund.pk)
    refund.refresh_from_db()
    sandbox(f"refunds/{refund.stripe_refund_id}/fail")
    payment_refunds_sync(payment_intent_id=refund.payment.stripe_payment_intent_id)
    payment_refunds_sync(payment_intent_id=refund.payment.stripe_payment_intent_id)
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    assert Entitlement.objects.get(buyer=order.buyer).is_active
    assert balances() == before
    assert OutboxMessage.objects.filter(topic="payments_alarm").count() == 1


def test_a_failed_refund_after_release_goes_to_what_is_available():
    order = paid_order(999)
    refund = refund_request(order=order, by=None, reason=MODERATOR, amount=500)
    refund_send(refund_id=refund.pk)
    earnings_release(item_id=order.items.get().pk)
    refund.refresh_from_db()
    sandbox(f"refunds/{refund.stripe_refund_id}/fail")
    payment_refunds_sync(payment_intent_id=refund.payment.stripe_payment_intent_id)
    assert Account.SELLER_PENDING not in balances()
    assert balances()[Account.SELLER_AVAILABLE] == -800


def test_a_refunded_buyer_can_buy_again():
    order = paid_order(999)
    refund_send(refund_id=refund_request(order=order, by=None, reason=MODERATOR).pk)
    again = order_create(buyer=order.buyer, listing_slugs=[order.items.get().listing.slug])
    pay(again)
    assert checkout_return(session_id=again.stripe_session_id, buyer=order.buyer).status == OrderStatus.PAID
    assert Entitlement.objects.filter(buyer=order.buyer, revoked_at=None).count() == 1


def test_access_ends_when_the_refund_is_decided_not_when_stripe_has_made_it():
    order = paid_order(999)
    entitlement = Entitlement.objects.get(buyer=order.buyer)
    refund_request(order=order, by=order.buyer, reason=BUYER_REQUEST)
    assert not Entitlement.objects.get(buyer=order.buyer).is_active
    with pytest.raises(NotFound):
        entitlement_open(entitlement=entitlement, via="page", address=None)


def test_a_refund_stripe_refuses_gives_access_back():
    order = paid_order(999)
    refund = refund_request(order=order, by=order.buyer, reason=BUYER_REQUEST)
    stripe_post("refunds", f"payment_intent={refund.payment.stripe_payment_intent_id}&amount=500")
    refund_send(refund_id=refund.pk)
    refund.refresh_from_db()
    assert refund.status == RefundStatus.FAILED
    assert Entitlement.objects.get(buyer=order.buyer).is_active


def test_after_a_fault_at_stripe_the_next_try_has_a_new_key():
    order = paid_order(999)
    refund = refund_request(order=order, by=None, reason=MODERATOR)
    sandbox("faults", {"path": "/v1/refunds", "method": "POST", "status": 500, "when": "during", "times": 1})
    refund_send(refund_id=refund.pk)
    refund.refresh_from_db()
    assert (refund.status, refund.stripe_attempt) == (RefundStatus.REQUESTED, 2)
    Refund.objects.update(next_attempt_at=refund.created_at)
    refund_send(refund_id=refund.pk)
    refund.refresh_from_db()
    assert refund.status == RefundStatus.SUCCEEDED
    assert refunds_at_stripe(order) == [999]


def test_a_refund_whose_answer_was_a_fault_is_found_not_made_again():
    order = paid_order(999)
    refund = refund_request(order=order, by=None, reason=MODERATOR, amount=400)
    sandbox("faults", {"path": "/v1/refunds", "method": "POST", "status": 500, "when": "after", "times": 2})
    refund_send(refund_id=refund.pk)
    refund.refresh_from_db()
    assert refund.status == RefundStatus.REQUESTED
    Refund.objects.update(next_attempt_at=refund.created_at)
    refund_send(refund_id=refund.pk)
    refund.refresh_from_db()
    assert refund.status == RefundStatus.SUCCEEDED
    assert refunds_at_stripe(order) == [400]


def test_a_buyer_cannot_ask_for_all_but_a_cent_and_keep_the_text():
    order = paid_order(799)
    with pytest.raises(Conflict) as refused:
        refund_request(order=order, by=order.buyer, reason=BUYER_REQUEST, amount=798)
    assert refused.value.code == "refund_needs_review"
    assert not Refund.objects.exists()
    assert refund_request(order=order, by=order.buyer, reason=BUYER_REQUEST, amount=799).amount == 799


def refund_at_stripe(order: Order, amount: int) -> str:
    """As staff make one in Stripe's dashboard; nothing here has heard of it."""
    intent = Payment.objects.get(order=order, is_surplus=False).stripe_payment_intent_id
    return stripe_post("refunds", f"payment_intent={intent}&amount={amount}")["id"]


def sync(order: Order) -> None:
    intent = Payment.objects.get(order=order, is_surplus=False).stripe_payment_intent_id
    payment_refunds_sync(payment_intent_id=intent)


def test_a_refund_made_at_stripe_is_adopted_though_one_asked_for_here_left_no_room():
    order = paid_order(333, 666)
    asked_for = refund_request(order=order, by=None, reason=MODERATOR)
    refund_at_stripe(order, 600)
    sync(order)
    refund_send(refund_id=asked_for.pk)
    asked_for.refresh_from_db()
    order.refresh_from_db()
    assert (asked_for.status, order.status) == (RefundStatus.FAILED, OrderStatus.PARTIALLY_REFUNDED)
    # A third of 333 and 666 is left, and so is that part of the fees of 66 and 133.
    adopted = order.items.order_by("pk").values_list(
        "refund_items__amount", "refund_items__platform_fee_amount"
    )
    assert (200, 66 * 200 // 333) in adopted
    assert (400, 133 * 400 // 666) in adopted
    assert books_are_balanced()


def test_a_refund_that_no_longer_fits_its_item_takes_what_others_have_left():
    order = paid_order(300, 700)
    first, second = order.items.order_by("pk")
    small = refund_request(order=order, by=None, reason=MODERATOR, item=first, amount=150)
    refund_request(order=order, by=None, reason=MODERATOR, item=first, amount=150)
    refund_at_stripe(order, 800)
    sync(order)
    refund_send(refund_id=small.pk)
    taken = {
        item.pk: sum(part.amount for part in item.refund_items.filter(refund__status="succeeded"))
        for item in (first, second)
    }
    assert taken == {first.pk: 300, second.pk: 650}
    assert books_are_balanced()


def test_a_refund_that_failed_at_stripe_before_it_was_heard_of_takes_nothing():
    order = paid_order(999)
    early = refund_at_stripe(order, 999)
    sandbox(f"refunds/{early}/fail")
    late = refund_request(order=order, by=None, reason=MODERATOR)
    refund_send(refund_id=late.pk)
    sync(order)
    order.refresh_from_db()
    assert order.status == OrderStatus.REFUNDED
    assert Refund.objects.get(stripe_refund_id=early).status == RefundStatus.FAILED
    assert balances() == {Account.STRIPE_CLEARING: -59, Account.PROCESSING_FEES: 59}


def test_a_full_refund_closes_to_the_cent_also_when_an_earlier_one_fails_on_the_way():
    order = paid_order(999)
    early = refund_request(order=order, by=None, reason=MODERATOR, amount=3)
    late = refund_request(order=order, by=None, reason=MODERATOR)
    refund_at_stripe(order, 3)
    refund_send(refund_id=late.pk)
    sync(order)
    refund_send(refund_id=early.pk)
    assert balances() == {Account.STRIPE_CLEARING: -59, Account.PROCESSING_FEES: 59}
