"""Every kind of work that is a row: which rows wait, and how one is tried. For metrics, checks and staff."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from common import outbox
from common.attempts import Attempted
from common.models import OutboxMessage
from payments.models import Delivery, DisputeEvidence, Gift, Payout, PayoutReversal, Refund, StripeEvent
from payments.services import deliveries, events, evidence, gift_mails, payout_reversals, payouts, refunds

# By then some twenty minutes have gone by. It is still tried every hour.
DEAD_AFTER_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Work:
    """`attempt` tries the row with this primary key once, if it is due; whether it worked, the row says."""

    name: str
    model: type[Attempted]
    waiting: Q
    attempt: Callable[[Any], object]


def _delivery_attempt(pk: Any) -> object:
    return deliveries.delivery_finish(order_id=Delivery.objects.values_list("order_id", flat=True).get(pk=pk))


WORK = (
    Work("stripe_events", StripeEvent, events.WAITING, lambda pk: events.event_handle(event_pk=pk)),
    Work("deliveries", Delivery, deliveries.WAITING, _delivery_attempt),
    Work("gifts", Gift, gift_mails.WAITING, lambda pk: gift_mails.gift_send(gift_id=pk)),
    Work("refunds", Refund, refunds.WAITING, lambda pk: refunds.refund_send(refund_id=pk)),
    Work("payouts", Payout, payouts.WAITING, lambda pk: payouts.payout_send(payout_id=pk)),
    Work(
        "payout_reversals",
        PayoutReversal,
        payout_reversals.WAITING,
        lambda pk: payout_reversals.payout_reversal_send(reversal_id=pk),
    ),
    Work(
        "dispute_evidence",
        DisputeEvidence,
        evidence.WAITING,
        lambda pk: evidence.evidence_submit(evidence_pk=pk),
    ),
    Work("outbox", OutboxMessage, outbox.WAITING, outbox.message_deliver),
)


def work_of(model: type[Any]) -> Work:
    return next(work for work in WORK if work.model is model)
