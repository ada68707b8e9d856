"""Giving money back: never more than was paid, booked to the cent, access gone with a full refund."""

import pytest

from accounts.models import User
from common.errors import Conflict
from listings.models import Listing
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
from payments.services import checkout_return, entitlement_open, order_cancel, order_create, refund_request
from payments.services.earnings import earnings_release
from payments.services.refunds import payment_refunds_sync, refund_send
from tests.factories import UserFactory
from tests.payments.support import (
    balances,
    books_are_balanced,
    ordered,
    paid_order,
    pay,
    published_listing,
    refunds_at_stripe,
    sandbox,
    stripe_get,
    stripe_post,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stripe_sandbox")]

BUYER_REQUEST, MODERATOR = RefundReason.BUYER_REQUEST, RefundReason.MODERATOR


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


def test_one_item_refunded_in_full_is_revoked_and_the_other_stays():
    order = paid_order(300, 700)
    first, second = order.items.order_by("pk")
    refund_send(refund_id=refund_request(order=order, by=None, reason=MODERATOR, item=first).pk)
    order.refresh_from_db()
    assert order.status == OrderStatus.PARTIALLY_REFUNDED
    assert not Entitlement.objects.get(item=first).is_active
    assert Entitlement.objects.get(item=second).is_active


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


def test_a_refund_takes_the_room_of_one_that_failed_unheard():
    order = paid_order(999)
    asked_for = refund_request(order=order, by=None, reason=MODERATOR)
    made_at_stripe = refund_at_stripe(order, 999)
    sync(order)
    sandbox(f"refunds/{made_at_stripe}/fail")
    refund_send(refund_id=asked_for.pk)
    asked_for.refresh_from_db()
    assert asked_for.status == RefundStatus.SUCCEEDED
    assert Refund.objects.get(stripe_refund_id=made_at_stripe).status == RefundStatus.FAILED
    assert balances() == {Account.STRIPE_CLEARING: -59, Account.PROCESSING_FEES: 59}


def bought_again(listing: Listing, buyer: User) -> Order:
    order = ordered(buyer, listing)
    pay(order)
    return checkout_return(session_id=order.stripe_session_id, buyer=buyer)


def test_a_buyer_whose_first_refund_failed_reads_on_by_it_when_the_second_purchase_goes_back():
    first = paid_order(999)
    refund = refund_request(order=first, by=None, reason=MODERATOR)
    refund_send(refund_id=refund.pk)
    second = bought_again(first.items.get().listing, first.buyer)
    sandbox(f"refunds/{Refund.objects.get(pk=refund.pk).stripe_refund_id}/fail")
    sync(first)
    refund_request(order=second, by=None, reason=MODERATOR)
    assert Entitlement.objects.get(revoked_at=None).item.order == first


def test_what_was_paid_twice_and_could_not_go_back_is_delivered_when_the_other_goes_back():
    buyer, listing = UserFactory(), published_listing(price_amount=999)
    late = ordered(buyer, listing)
    order_cancel(order=late)
    first = bought_again(listing, buyer)
    pay(late)
    checkout_return(session_id=late.stripe_session_id, buyer=buyer)
    twice = Refund.objects.get(reason=RefundReason.SURPLUS_PAYMENT)
    refund_send(refund_id=twice.pk)
    sandbox(f"refunds/{Refund.objects.get(pk=twice.pk).stripe_refund_id}/fail")
    sync(late)
    assert Entitlement.objects.get(revoked_at=None).item.order == first
    refund_request(order=first, by=None, reason=MODERATOR)
    assert Entitlement.objects.get(revoked_at=None).item.order == late
