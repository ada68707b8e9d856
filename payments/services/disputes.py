"""Bringing our disputes to what Stripe says of them, in whatever order it is told.

A dispute is state, not a series of events: it is retrieved, what is new is stored, and who bears it is
computed again. So any number of rivals, and any order, end alike.
"""

import logging
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum

from common import clock
from common.enqueue import enqueue_on_commit
from common.errors import NotFound
from common.money import format_money
from common.outbox import message_publish
from payments import gateway_disputes, ledger
from payments.alarms import alarm_raise
from payments.gateway_disputes import DisputeFacts
from payments.locks import order_lock
from payments.models import (
    Dispute,
    DisputeMovement,
    DisputeStatus,
    Order,
    Payment,
    RefundReason,
    RefundStatus,
)
from payments.models.dispute import (
    CLOSED_STATUSES,
    DISPUTE_STATUSES,
    FREEZING_STATUSES,
    INQUIRY_STATUSES,
    OPEN_STATUSES,
)
from payments.services.dispute_rows import dispute_shares_refresh, seller_stakes
from payments.services.evidence import evidence_reopen
from payments.services.refund_rows import item_left_amount, refund_write, refundable_amount

logger = logging.getLogger(__name__)

# An answer of a lower rank than what is known was asked for earlier, and is stale. An inquiry may become a
# dispute, even after it was closed; nothing follows on won or lost.
_RANKS: dict[str, int] = {
    DisputeStatus.WARNING_NEEDS_RESPONSE: 0,
    DisputeStatus.WARNING_UNDER_REVIEW: 1,
    DisputeStatus.WARNING_CLOSED: 2,
    DisputeStatus.NEEDS_RESPONSE: 3,
    DisputeStatus.UNDER_REVIEW: 4,
    DisputeStatus.WON: 5,
    DisputeStatus.LOST: 5,
}


def dispute_sync(*, dispute_id: str) -> Dispute:
    """Ask Stripe about a dispute and act on the answer. Safe to repeat, late, or at the same time.

    Locks the order after Stripe has answered. Sellers bear their shares, the platform the rest and Stripe's
    fee. Raises NotFound while its payment is not settled here: see checkout.payment_check.
    """
    return dispute_note(gateway_disputes.dispute_retrieve(dispute_id))


def payment_disputes_sync(*, payment_intent_id: str) -> None:
    """Bring our disputes of a payment to what Stripe lists. One that is not settled has none here yet."""
    if Payment.objects.filter(stripe_payment_intent_id=payment_intent_id).exists():
        for facts in gateway_disputes.disputes_of_payment(payment_intent_id):
            dispute_note(facts)


def dispute_note(facts: DisputeFacts) -> Dispute:
    """Store what is new in Stripe's word on a dispute, and book it. Locks the order; see dispute_sync."""
    payment = Payment.objects.filter(stripe_payment_intent_id=facts.payment_intent_id or "").first()
    if payment is None:
        raise NotFound(f"Dispute {facts.id} is of a payment that is not settled here.")
    with transaction.atomic():
        order = order_lock(payment.order_id)
        dispute = Dispute.objects.filter(stripe_dispute_id=facts.id).first()
        before = dispute.status if dispute else None
        dispute = _dispute_write(dispute, payment, facts)
        has_moved = _movements_write(dispute, facts)
        dispute_shares_refresh(payment)
        dispute.refresh_from_db()
        if dispute.status != before:
            _status_follow(order, dispute, before)
        if dispute.closed_at and (has_moved or dispute.status != before):
            _owed_refunds_write(payment)
    return dispute


def disputes_to_ask() -> list[str]:
    """Disputes that may change unheard: open ones, and closed ones whose money is not where it must end."""
    moved = Dispute.objects.annotate(moved=Sum("movements__amount"))
    waiting = moved.filter(
        Q(status__in=OPEN_STATUSES)
        | Q(status=DisputeStatus.WON, moved__lt=0)
        | Q(status=DisputeStatus.LOST, moved=None)
    )
    return list(waiting.order_by("opened_at").values_list("stripe_dispute_id", flat=True))


def _dispute_write(dispute: Dispute | None, payment: Payment, facts: DisputeFacts) -> Dispute:
    """The row as Stripe has it now. What is closed stays closed, and a stale answer changes nothing."""
    told = _status_told(facts)
    if dispute is None:
        dispute = Dispute(
            payment=payment, stripe_dispute_id=facts.id, currency=facts.currency, opened_at=facts.opened_at
        )
    elif dispute.status != told and _RANKS[told] <= _RANKS[dispute.status]:
        if _RANKS[told] == _RANKS[dispute.status]:
            _alarm(facts, f"it was {dispute.status} for good, and Stripe says {told}; its money is booked")
        return dispute
    dispute.amount, dispute.reason = facts.amount, facts.reason[:60]
    dispute.status, dispute.evidence_due_at = told, facts.evidence_due_at
    if dispute.status not in CLOSED_STATUSES:
        dispute.closed_at = None
    elif dispute.closed_at is None:
        dispute.closed_at = clock.now()
    dispute.save()
    return dispute


def _status_told(facts: DisputeFacts) -> str:
    """Stripe has more words than we act on, for appeals say. Money is booked whatever the word is."""
    if facts.status in _RANKS:
        return facts.status
    _alarm(facts, f"Stripe calls it {facts.status}, which is unknown here; it is kept as under review")
    return DisputeStatus.UNDER_REVIEW


def _alarm(facts: DisputeFacts, detail: str) -> None:
    alarm_raise("dispute_unclear", subject=facts.id, detail=detail)


def _movements_write(dispute: Dispute, facts: DisputeFacts) -> bool:
    """Movements only grow: each is written and booked once, whatever else the answer says."""
    known = set(dispute.movements.values_list("stripe_balance_transaction_id", flat=True))
    new = [moved for moved in facts.movements if moved.id not in known]
    for moved in new:
        movement = DisputeMovement.objects.create(
            dispute=dispute,
            stripe_balance_transaction_id=moved.id,
            amount=moved.amount,
            fee_amount=moved.fee_amount,
        )
        ledger.dispute_movement_book(movement)
    return bool(new)


def _status_follow(order: Order, dispute: Dispute, before: str | None) -> None:
    """Tell staff and sellers, and have an answer drafted. Once per change, in its transaction."""
    payload = {
        "status": dispute.status,
        "stakes": {str(seller): amount for seller, amount in seller_stakes(dispute).items()},
    }
    if before is None or (dispute.freezes_refunds and not _was_dispute(before)):
        kind = "inquiry_opened" if dispute.status in INQUIRY_STATUSES else "dispute_opened"
        alarm_raise(kind, subject=f"dispute:{dispute.pk}", detail=_in_words(order, dispute))
    if dispute.freezes_refunds and not _was_dispute(before):
        message_publish("dispute_opened", subject=dispute.pk, payload=payload)
        evidence_reopen(dispute)
    if dispute.status in (DisputeStatus.WON, DisputeStatus.LOST):
        message_publish("dispute_closed", subject=dispute.pk, payload=payload)
    if dispute.needs_response:
        enqueue_on_commit("payments.evidence_draft", dispute.pk)


def _was_dispute(status: str | None) -> bool:
    return status in DISPUTE_STATUSES


def _in_words(order: Order, dispute: Dispute) -> str:
    """For staff, in English as all alarms."""
    amount = format_money(dispute.amount, dispute.currency, language="en")
    due = dispute.evidence_due_at
    answer = f"the bank wants an answer by {due:%Y-%m-%d %H:%M} UTC" if due else "no answer is asked for"
    return f"order {order.number}: {amount}, {dispute.reason}, {dispute.get_status_display()}; {answer}"


def _owed_refunds_write(payment: Payment) -> None:
    """What was paid twice goes back after all, once no dispute stands in its way any more."""
    if payment.disputes.filter(status__in=FREEZING_STATUSES).exists():
        return
    failed = payment.refunds.filter(status=RefundStatus.FAILED, reason=RefundReason.SURPLUS_PAYMENT)
    for refund in failed.order_by("created_at"):
        parts: list[tuple[Any, int]] = [(part.item, part.amount) for part in refund.items.all()]
        is_left = refundable_amount(payment) >= refund.amount
        if is_left and all(item_left_amount(item) >= amount for item, amount in parts):
            refund_write(
                payment=payment, amount=refund.amount, reason=RefundReason.SURPLUS_PAYMENT, parts=parts
            )
