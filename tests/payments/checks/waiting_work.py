"""For each task: work that waits for it, made with its hint lost, and how to see that it was done."""

import dataclasses
import datetime
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from common import clock
from common.models import OutboxMessage
from marketplace.models import IdempotencyRecord
from payments import gateway
from payments.models import (
    ClaimStatus,
    ConnectedAccount,
    Delivery,
    Dispute,
    DisputeEvidence,
    Entitlement,
    Finding,
    Gift,
    Order,
    OrderItem,
    OrderStatus,
    Payment,
    Payout,
    PayoutReversal,
    PayoutReversalStatus,
    PayoutStatus,
    PayoutTrigger,
    Refund,
    RefundClaim,
    RefundReason,
    RefundStatus,
    TextAccess,
)
from payments.services import entitlement_open, order_cancel, refund_request
from payments.services.evidence import evidence_draft, evidence_request
from payments.services.payout_reversals import payout_reverse
from payments.services.settlement import session_settle
from tests.factories import UserFactory
from tests.payments.claiming import bought_and_read, claim_of
from tests.payments.disputing import disputed
from tests.payments.paying_out import asked, onboard, seller_with, sent
from tests.payments.support import (
    event_of,
    event_stored,
    ordered,
    paid_order,
    pay,
    published_listing,
    sandbox,
    stripe_get,
    stripe_post,
)
from tests.payments.test_gifts import given

# What a task is called with, and whether its work is done.
Waiting = tuple[list[Any], Callable[[], bool]]
MODERATOR = RefundReason.MODERATOR


def paid_at_stripe() -> Order:
    order = ordered(UserFactory(), published_listing())
    pay(order)
    return order


def has(model: Any, **fields: Any) -> Callable[[], bool]:
    return lambda: model.objects.filter(**fields).exists()


def event() -> Waiting:
    row = event_stored(event_of(paid_at_stripe(), "checkout.session.completed"))
    return [row.pk], has(Order, status=OrderStatus.PAID)


def delivery() -> Waiting:
    order = paid_order()
    return [order.pk], has(Delivery, receipt_sent_at__isnull=False, sellers_notified_at__isnull=False)


def refund() -> Waiting:
    row = refund_request(order=paid_order(), by=None, reason=MODERATOR)
    return [row.pk], has(Refund, status=RefundStatus.SUCCEEDED)


def unanswered_claim() -> Waiting:
    claim_of(bought_and_read())
    RefundClaim.objects.update(due_at=clock.now())
    return [], has(RefundClaim, status=ClaimStatus.REFUNDED)


def outbox() -> Waiting:
    order = paid_order()
    message = OutboxMessage.objects.get(topic="order_paid")
    return [message.pk], lambda: order.items.get().listing.sales_count == 1


def open_order() -> Waiting:
    order = paid_at_stripe()
    Order.objects.update(next_check_at=timezone.now())
    return [order.pk], has(Order, status=OrderStatus.PAID)


def canceled_order() -> Waiting:
    order = order_cancel(order=ordered(UserFactory(), published_listing()))
    session = f"checkout/sessions/{order.stripe_session_id}"
    return [order.stripe_session_id], lambda: stripe_get(session)["status"] == "expired"


def unknown_fee() -> Waiting:
    facts = gateway.session_retrieve(str(paid_at_stripe().stripe_session_id))
    session_settle(_without_fee(facts))
    assert Payment.objects.get().processing_fee_amount is None
    return [], has(Payment, processing_fee_amount=44)


def earnings() -> Waiting:
    paid_order()
    OrderItem.objects.update(paid_at=clock.now() - datetime.timedelta(days=8))
    return [], has(OrderItem, earnings_released_at__isnull=False)


def payout() -> Waiting:
    row = asked(seller_with(4800))
    return [row.pk], has(Payout, status=PayoutStatus.PAID)


def payout_reversal() -> Waiting:
    paid = sent(asked(seller_with(4800)))
    row = payout_reverse(payout=paid, amount=1000, by=UserFactory(staff=True), note="A fraud.")
    return [row.pk], has(PayoutReversal, status=PayoutReversalStatus.SUCCEEDED)


def weekly_payouts() -> Waiting:
    seller_with(4800)
    return [], has(Payout, trigger=PayoutTrigger.WEEKLY)


def account() -> Waiting:
    row = onboard(seller_with(1000))
    sandbox(f"accounts/{row.stripe_account_id}/restrict")
    ConnectedAccount.objects.update(
        refreshed_at=timezone.now() - datetime.timedelta(days=2), next_attempt_at=timezone.now()
    )
    return [], has(ConnectedAccount, transfers_active=False)


def dispute() -> Waiting:
    row = disputed(paid_order())
    sandbox(f"disputes/{row.stripe_dispute_id}/close", {"outcome": "lost"})
    return [row.stripe_dispute_id], has(Dispute, status="lost")


def evidence_to_draft() -> Waiting:
    row = disputed(paid_order())
    return [row.pk], has(DisputeEvidence, dispute=row)


def evidence_to_submit() -> Waiting:
    row = disputed(paid_order())
    evidence_draft(dispute_pk=row.pk)
    evidence = evidence_request(dispute_pk=row.pk, by=None)
    return [evidence.pk], has(DisputeEvidence, submitted_at__isnull=False)


def old_access() -> Waiting:
    entitlement = Entitlement.objects.get(item__order=paid_order())
    entitlement_open(entitlement=entitlement, via="page", address=None)
    TextAccess.objects.update(last_at=clock.now() - datetime.timedelta(days=5000))
    return [], lambda: not TextAccess.objects.exists()


def old_idempotency_record() -> Waiting:
    before = clock.now() - datetime.timedelta(days=2)
    IdempotencyRecord.objects.create(user=UserFactory(), key="k", request_hash="h", created_at=before)
    return [], lambda: not IdempotencyRecord.objects.exists()


def refund_unheard_of() -> Waiting:
    """Nothing asks about this payment again but the comparison with Stripe."""
    order = paid_order()
    stripe_post("refunds", f"payment_intent={order.payments.get().stripe_payment_intent_id}")
    clock_ahead = datetime.timedelta(minutes=20)
    sandbox("clock", {"offset_seconds": int(clock_ahead.total_seconds())})
    clock.clock_move(offset=clock_ahead)
    return [], has(Refund, status=RefundStatus.SUCCEEDED)


def wrong_books() -> Waiting:
    order = paid_order()
    Entitlement.objects.filter(item__order=order).update(revoked_at=clock.now())
    return [], has(Finding, kind="paid_items_can_be_read", alarmed_at__isnull=False)


def wrong_books_long_ago() -> Waiting:
    _arguments, is_found = wrong_books()
    return ["paid_items_can_be_read"], is_found


def gift() -> Waiting:
    row = given()
    return [row.pk], has(Gift, sent_at__isnull=False)


def _without_fee(facts: gateway.SessionFacts) -> gateway.SessionFacts:
    return dataclasses.replace(facts, processing_fee_amount=None)


# Started by a hint, and by nobody if that is lost.
HINTED: dict[str, Callable[[], Waiting]] = {
    "payments.stripe_event_handle": event,
    "payments.delivery_finish": delivery,
    "payments.gift_send": gift,
    "payments.refund_send": refund,
    "payments.checkout_close": canceled_order,
    "payments.payout_send": payout,
    "payments.payout_reversal_send": payout_reversal,
    "payments.dispute_sync": dispute,
    "payments.evidence_draft": evidence_to_draft,
    "payments.evidence_submit": evidence_to_submit,
    "payments.invariant_check_all": wrong_books_long_ago,
    "common.outbox_deliver": outbox,
}
# Started by beat, so that it does not matter.
SWEEPERS: dict[str, Callable[[], Waiting]] = {
    "payments.stripe_events_sweep": event,
    "payments.deliveries_sweep": delivery,
    "payments.gifts_sweep": gift,
    "payments.refunds_sweep": refund,
    "payments.refund_claims_sweep": unanswered_claim,
    "payments.orders_sweep": open_order,
    "payments.processing_fees_sweep": unknown_fee,
    "payments.earnings_release": earnings,
    "payments.payouts_sweep": payout,
    "payments.payout_reversals_sweep": payout_reversal,
    "payments.payouts_weekly": weekly_payouts,
    "payments.accounts_sweep": account,
    "payments.disputes_sweep": dispute,
    "payments.evidence_sweep": evidence_to_submit,
    "payments.accesses_forget": old_access,
    "payments.reconcile": refund_unheard_of,
    "payments.invariants_check": wrong_books,
    "common.outbox_sweep": outbox,
    "marketplace.idempotency_records_sweep": old_idempotency_record,
}
