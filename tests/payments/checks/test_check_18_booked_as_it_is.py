"""Check 18: what is booked is what is so at that moment, and nothing is booked where nothing has changed."""

import datetime

import pytest

from common import clock
from payments import gateway
from payments.models import Journal, JournalKind, OrderItem, RefundReason, RefundStatus
from payments.queries import seller_balance
from payments.services import refund_request
from payments.services.disputes import dispute_sync
from payments.services.earnings import earnings_release
from payments.services.refunds import refund_fail, refund_send, refund_settle
from tests.payments.disputing import disputed, intent_of
from tests.payments.support import paid_order, stripe_post
from tests.support.races import rival_before

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("alone", "empty_stripe")]


def test_check_18_a_refund_is_not_booked_while_its_item_s_earnings_are_released():
    item = paid_order(999).items.get()
    OrderItem.objects.update(paid_at=clock.now() - datetime.timedelta(days=8))
    refund = refund_request(order=item.order, by=None, reason=RefundReason.MODERATOR)
    with rival_before("INSERT INTO payments_journal", lambda: refund_send(refund_id=refund.pk)):
        earnings_release(item_id=item.pk)
    balance = seller_balance(item.seller)
    assert (balance.pending_amount, balance.available_amount) == (0, 0)


def test_check_18_a_refund_that_fails_while_it_is_being_booked_ends_failed():
    order = paid_order(999)
    refund = refund_request(order=order, by=None, reason=RefundReason.MODERATOR)
    stripe_post("refunds", f"payment_intent={intent_of(order)}&metadata[refund_id]={refund.pk}")
    [facts] = gateway.refunds_of_payment(intent_of(order))
    with rival_before('UPDATE "payments_refund" SET "status"', lambda: refund_fail(refund_id=refund.pk)):
        refund_settle(refund_id=refund.pk, facts=facts)
    refund.refresh_from_db()
    assert refund.status == RefundStatus.FAILED
    assert seller_balance(order.items.get().seller).pending_amount == 800


def test_check_18_a_dispute_that_has_not_changed_books_nothing():
    dispute = disputed(paid_order(999))
    for _ in range(2):
        dispute_sync(dispute_id=dispute.stripe_dispute_id)
    assert Journal.objects.filter(kind=JournalKind.DISPUTE_SHARED).count() == 1
