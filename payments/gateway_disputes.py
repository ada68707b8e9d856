"""Disputes at Stripe: what is true of one now, and our answer to it."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from payments.gateway import call, client, id_of, listed


@dataclass(frozen=True, slots=True)
class MovementFacts:
    """One balance transaction of a dispute, in minor units; the amount is negative when funds left."""

    id: str
    amount: int
    fee_amount: int


@dataclass(frozen=True, slots=True)
class DisputeFacts:
    id: str
    payment_intent_id: str | None
    amount: int
    currency: str
    reason: str
    status: str
    opened_at: datetime.datetime
    evidence_due_at: datetime.datetime | None
    is_answered: bool
    movements: tuple[MovementFacts, ...]


def dispute_retrieve(dispute_id: str) -> DisputeFacts:
    """Stripe's own word on a dispute, with the money it has moved."""
    return _facts(call(client().v1.disputes.retrieve, dispute_id))


def disputes_of_payment(payment_intent_id: str) -> list[DisputeFacts]:
    """Every dispute of a payment, oldest first."""
    found = listed(client().v1.disputes.list, {"payment_intent": payment_intent_id, "limit": 100})
    return [_facts(dispute) for dispute in reversed(found)]


def evidence_submit(
    *, dispute_id: str, fields: Mapping[str, str], evidence_row_id: str, attempt: int
) -> None:
    """Answer a dispute, keyed by our row and its attempt. It is final: the bank gets it."""
    params: Any = {"evidence": dict(fields), "submit": True}
    options: Any = {"idempotency_key": f"evidence-{evidence_row_id}-{attempt}"}
    call(client().v1.disputes.update, dispute_id, params, options)


def _facts(dispute: Any) -> DisputeFacts:
    due_by = dispute.evidence_details.due_by
    return DisputeFacts(
        id=dispute.id,
        payment_intent_id=id_of(dispute.payment_intent),
        amount=dispute.amount,
        currency=dispute.currency,
        reason=dispute.reason,
        status=dispute.status,
        opened_at=_time(dispute.created),
        evidence_due_at=_time(due_by) if due_by else None,
        is_answered=dispute.evidence_details.submission_count > 0,
        movements=tuple(
            MovementFacts(id=each.id, amount=each.amount, fee_amount=each.fee)
            for each in dispute.balance_transactions
        ),
    )


def _time(stamp: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(stamp, tz=datetime.UTC)
