"""Celery's entry points: each hints at a row, may run twice or late, and has a sweeper behind it."""

import datetime
import logging
from collections.abc import Callable, Iterable
from typing import Any

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded

from common import clock
from common.attempts import due_ids
from common.enqueue import enqueue
from common.errors import DomainError
from payments import gateway
from payments.locks import single_flight
from payments.models import (
    Delivery,
    DisputeEvidence,
    Payment,
    Payout,
    PayoutReversal,
    Refund,
    StripeEvent,
)
from payments.services import (
    checkout,
    connect,
    deliveries,
    disputes,
    earnings,
    events,
    evidence,
    gift_mails,
    invariants,
    legal_takedowns,
    payout_reversals,
    payouts,
    payouts_weekly,
    reading,
    refund_claims,
    refunds,
    rollups,
    settlement,
)
from payments.services.reconciliation import reconciliation_run

logger = logging.getLogger(__name__)

# Below CELERY_TASK_SOFT_TIME_LIMIT, so that a run ends where the next can go on.
RECONCILIATION_SECONDS = 200
INVARIANTS_LOOK_BACK = datetime.timedelta(days=2)


def _each(rows: Iterable[Any], act: Callable[[Any], object]) -> None:
    """One that fails, however unforeseen, must not keep the others waiting: it would at every sweep."""
    for row in rows:
        try:
            act(row)
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            logger.exception("A sweep failed at %s", row)


@shared_task(name="payments.stripe_event_handle")
def stripe_event_handle(event_pk: int) -> None:
    events.event_handle(event_pk=event_pk)


@shared_task(name="payments.stripe_events_sweep")
def stripe_events_sweep() -> None:
    """Events that were stored and whose task was lost or failed."""
    for event_pk in due_ids(StripeEvent, waiting=events.WAITING):
        events.event_handle(event_pk=event_pk)


@shared_task(name="payments.delivery_finish")
def delivery_finish(order_id: str) -> None:
    deliveries.delivery_finish(order_id=order_id)


@shared_task(name="payments.deliveries_sweep")
def deliveries_sweep() -> None:
    """Deliveries that were begun and not finished."""
    for pk in due_ids(Delivery, waiting=deliveries.WAITING):
        deliveries.delivery_finish(order_id=Delivery.objects.values_list("order_id", flat=True).get(pk=pk))


@shared_task(name="payments.gift_send")
def gift_send(gift_id: str) -> None:
    gift_mails.gift_send(gift_id=gift_id)


@shared_task(name="payments.gifts_sweep")
def gifts_sweep() -> None:
    """Gifts whose day has come, and givers to be told that nobody claimed theirs."""
    for gift_id in gift_mails.gifts_waiting():
        gift_mails.gift_send(gift_id=gift_id)


@shared_task(name="payments.refund_send")
def refund_send(refund_id: str) -> None:
    refunds.refund_send(refund_id=refund_id)


@shared_task(name="payments.refunds_sweep")
def refunds_sweep() -> None:
    """Refunds that were asked for and not yet made, or that a legal takedown has yet to ask for."""
    legal_takedowns.purchases_missed_take_down()
    for refund_id in due_ids(Refund, waiting=refunds.WAITING):
        refunds.refund_send(refund_id=refund_id)


@shared_task(name="payments.refund_claims_sweep")
def refund_claims_sweep() -> None:
    """Claims whose seller was silent, and those whose money went back another way."""
    _each(refund_claims.claims_overdue(), lambda pk: refund_claims.refund_claim_expire(claim_id=pk))
    _each(refund_claims.claims_settled_otherwise(), lambda pk: refund_claims.refund_claim_settle(claim_id=pk))


@shared_task(name="payments.orders_sweep")
def orders_sweep() -> None:
    """Ask Stripe about open orders that heard nothing."""
    _each(checkout.orders_to_check(), lambda order_id: checkout.open_order_check(order_id=order_id))


@shared_task(name="payments.processing_fees_sweep")
def processing_fees_sweep() -> None:
    """Ask Stripe for fees that were not known when their payment was settled, newest first."""
    for payment in Payment.objects.filter(processing_fee_amount=None).order_by("-succeeded_at")[:100]:
        try:
            amount = gateway.processing_fee_amount(payment.stripe_payment_intent_id)
        except (DomainError, gateway.GatewayRefused):
            logger.exception("The fee of payment %s could not be asked for", payment.pk)
            continue
        if amount is not None:
            settlement.processing_fee_note(payment=payment, amount=amount)


@shared_task(name="payments.checkout_close")
def checkout_close(session_id: str) -> None:
    """Close the payment page of an order that was canceled. If lost, the page closes by itself."""
    gateway.session_expire(session_id)


@shared_task(name="payments.earnings_release")
def earnings_release() -> None:
    """Earnings whose holding time is over."""
    _each(earnings.items_to_release(), lambda item_id: earnings.earnings_release(item_id=item_id))


@shared_task(name="payments.payout_send")
def payout_send(payout_id: str) -> None:
    payouts.payout_send(payout_id=payout_id)


@shared_task(name="payments.payouts_sweep")
def payouts_sweep() -> None:
    """Payouts that were asked for and whose transfer is not made."""
    for payout_id in due_ids(Payout, waiting=payouts.WAITING):
        payouts.payout_send(payout_id=payout_id)


@shared_task(name="payments.payout_reversal_send")
def payout_reversal_send(reversal_id: str) -> None:
    payout_reversals.payout_reversal_send(reversal_id=reversal_id)


@shared_task(name="payments.payout_reversals_sweep")
def payout_reversals_sweep() -> None:
    """What staff want back and Stripe has not taken yet."""
    for reversal_id in due_ids(PayoutReversal, waiting=payout_reversals.WAITING):
        payout_reversals.payout_reversal_send(reversal_id=reversal_id)


@shared_task(name="payments.payouts_weekly")
def payouts_weekly_make() -> None:
    """This week's payouts, unless they were made."""
    payouts_weekly.weekly_payouts_make()


@shared_task(name="payments.accounts_sweep")
def accounts_sweep() -> None:
    """Sellers' accounts of which nothing was heard for a day."""
    for account_id in connect.accounts_to_refresh():
        connect.account_refresh(account_id=account_id)


@shared_task(name="payments.dispute_sync")
def dispute_sync(dispute_id: str) -> None:
    disputes.dispute_sync(dispute_id=dispute_id)


@shared_task(name="payments.disputes_sweep")
def disputes_sweep() -> None:
    """Ask about disputes that may have changed unheard, draft what has no answer, and send what falls due."""
    _each(disputes.disputes_to_ask(), lambda dispute_id: disputes.dispute_sync(dispute_id=dispute_id))
    _each(evidence.disputes_to_draft(), lambda pk: evidence.evidence_draft(dispute_pk=pk))
    _each(evidence.disputes_to_answer_now(), lambda pk: evidence.evidence_send_in_time(dispute_pk=pk))


@shared_task(name="payments.evidence_draft")
def evidence_draft(dispute_pk: int) -> None:
    evidence.evidence_draft(dispute_pk=dispute_pk)


@shared_task(name="payments.evidence_submit")
def evidence_submit(evidence_pk: int) -> None:
    evidence.evidence_submit(evidence_pk=evidence_pk)


@shared_task(name="payments.evidence_sweep")
def evidence_sweep() -> None:
    """Evidence that is to go to a bank and has not gone."""
    for evidence_pk in due_ids(DisputeEvidence, waiting=evidence.WAITING):
        evidence.evidence_submit(evidence_pk=evidence_pk)


@shared_task(name="payments.accesses_forget")
def accesses_forget() -> None:
    """The access log, kept no longer than a bank may ask for it."""
    reading.accesses_forget()


@shared_task(name="payments.days_roll", time_limit=1800, soft_time_limit=1700)
def days_roll() -> None:
    """Sellers' days that anything happened on since the last run."""
    _alone("roll-ups", rollups.days_roll)


@shared_task(name="payments.days_sweep", time_limit=1800, soft_time_limit=1700)
def days_sweep() -> None:
    """Sellers' last days once more, whatever a run may have missed."""
    _alone("roll-ups", rollups.days_roll_lately)


@shared_task(name="payments.days_mend", time_limit=3600, soft_time_limit=3500)
def days_mend() -> None:
    """Each day of a seller that differs from the ledger."""
    _alone("roll-ups", rollups.days_mend)


def _alone(name: str, act: Callable[[], object]) -> None:
    with single_flight(name) as is_alone:
        if is_alone:
            act()


@shared_task(name="payments.reconcile")
def reconcile() -> None:
    """Compare the books with Stripe. A run that does not get through is gone on with by the next one."""
    reconciliation_run(seconds=RECONCILIATION_SECONDS)


@shared_task(name="payments.invariants_check")
def invariants_check() -> None:
    """Hold every rule of the books against what was touched lately."""
    invariants.invariants_check(since=clock.now() - INVARIANTS_LOOK_BACK)


@shared_task(name="payments.invariants_check_all")
def invariants_check_all() -> None:
    """Hold every rule against all rows, each in a task of its own. A lost one is held the next night."""
    for name in invariants.INVARIANTS:
        enqueue("payments.invariant_check_all", name)


@shared_task(name="payments.invariant_check_all", time_limit=3600, soft_time_limit=3500)
def invariant_check_all(name: str) -> None:
    """One rule against all rows, which may take longer than the broker waits: a second one ends at once."""
    with single_flight(f"invariant {name}") as is_alone:
        if is_alone:
            invariants.invariant_check(name=name, since=None)
