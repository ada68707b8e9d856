"""Stripe's webhooks, after they were stored: what each type means. Every handler may run twice or late."""

import contextlib
import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Q

from common import clock
from common.attempts import attempt_claim, attempt_failed
from common.enqueue import enqueue_on_commit
from common.errors import NotFound
from common.ids import is_uuid
from common.inserting import insert_once
from payments.models import StripeEvent
from payments.services.bank_payouts import bank_payout_changed
from payments.services.checkout import payment_check, session_check
from payments.services.connect import account_changed
from payments.services.disputes import dispute_sync
from payments.services.payout_reversals import payout_sync
from payments.services.refunds import payment_refunds_sync
from payments.services.settlement import payment_problem_note

logger = logging.getLogger(__name__)

WAITING = Q(handled_at=None)


def event_store(*, event: Mapping[str, Any], is_connect: bool) -> None:
    """Keep a verified event once and have it handled.

    An event that is here already but not handled is hinted at again, for its first hint may be lost.
    """
    row = StripeEvent(
        stripe_event_id=str(event["id"]),
        type=str(event.get("type", ""))[:80],
        payload=event,
        is_connect=is_connect,
    )
    if insert_once(row):
        enqueue_on_commit("payments.stripe_event_handle", row.pk)
        return
    waiting = StripeEvent.objects.filter(WAITING, stripe_event_id=row.stripe_event_id)
    for pk in waiting.values_list("pk", flat=True):
        enqueue_on_commit("payments.stripe_event_handle", pk)


def event_handle(*, event_pk: int) -> bool:
    """Handle one stored event; a failure is noted and tried again later. True if it is done now."""
    event = attempt_claim(StripeEvent, event_pk, waiting=WAITING)
    if event is None:
        return False
    try:
        _dispatch(event)
    except Exception as error:
        logger.exception("Stripe event %s (%s) failed", event.stripe_event_id, event.type)
        attempt_failed(StripeEvent, event_pk, error)
        return False
    StripeEvent.objects.filter(pk=event_pk).update(handled_at=clock.now(), last_error="")
    return True


def _dispatch(event: StripeEvent) -> None:
    """By type and by whose it is: an event that came to the wrong endpoint means nothing."""
    account_id, stripe_object = event.payload.get("account"), event.payload["data"]["object"]
    if event.is_connect:
        if account_id and (connect_handler := _CONNECT_HANDLERS.get(event.type)):
            connect_handler(account_id, stripe_object)
    elif not account_id and (handler := _HANDLERS.get(event.type)):
        handler(stripe_object)


def _session_changed(session: Mapping[str, Any]) -> None:
    if _is_ours(session):
        session_check(session_id=session["id"])


def _payment_declined(payment_intent: Mapping[str, Any]) -> None:
    if _is_ours(payment_intent):
        error = payment_intent.get("last_payment_error") or {}
        problem = error.get("decline_code") or error.get("code") or "declined"
        with contextlib.suppress(NotFound):  # gone with a restored backup, and nothing was paid for it
            payment_problem_note(order_id=payment_intent["metadata"]["order_id"], problem=problem)


def _refund_changed(refund_or_charge: Mapping[str, Any]) -> None:
    if payment_intent_id := refund_or_charge.get("payment_intent"):
        payment_refunds_sync(payment_intent_id=payment_intent_id)


def _transfer_changed(transfer: Mapping[str, Any]) -> None:
    payout_sync(transfer_id=transfer["id"])


def _account_changed(account_id: str, _account: Mapping[str, Any]) -> None:
    account_changed(stripe_account_id=account_id)


def _bank_payout_changed(account_id: str, payout: Mapping[str, Any]) -> None:
    bank_payout_changed(stripe_account_id=account_id, stripe_payout_id=payout["id"])


def _dispute_changed(dispute: Mapping[str, Any]) -> None:
    """A dispute may be heard of before its payment, which is settled first then. Of others' it is ignored."""
    payment_intent_id = dispute.get("payment_intent")
    if payment_intent_id and payment_check(payment_intent_id=payment_intent_id):
        dispute_sync(dispute_id=dispute["id"])


def _is_ours(stripe_object: Mapping[str, Any]) -> bool:
    """The Stripe account may serve other programs; ours put an order's id on all they make."""
    return is_uuid((stripe_object.get("metadata") or {}).get("order_id"))


_HANDLERS: dict[str, Callable[[Mapping[str, Any]], None]] = {
    "checkout.session.completed": _session_changed,
    "checkout.session.async_payment_succeeded": _session_changed,
    "checkout.session.async_payment_failed": _session_changed,
    "checkout.session.expired": _session_changed,
    "payment_intent.payment_failed": _payment_declined,
    "charge.refunded": _refund_changed,
    "refund.created": _refund_changed,
    "refund.updated": _refund_changed,
    "refund.failed": _refund_changed,
    "charge.dispute.created": _dispute_changed,
    "charge.dispute.updated": _dispute_changed,
    "charge.dispute.closed": _dispute_changed,
    "charge.dispute.funds_withdrawn": _dispute_changed,
    "charge.dispute.funds_reinstated": _dispute_changed,
    "transfer.created": _transfer_changed,
    "transfer.updated": _transfer_changed,
    "transfer.reversed": _transfer_changed,
}
HANDLED_TYPES = tuple(_HANDLERS)

# Of sellers' connected accounts: Stripe names the account beside the object.
_CONNECT_HANDLERS: dict[str, Callable[[str, Mapping[str, Any]], None]] = {
    "account.updated": _account_changed,
    "account.application.deauthorized": _account_changed,
    "payout.created": _bank_payout_changed,
    "payout.updated": _bank_payout_changed,
    "payout.paid": _bank_payout_changed,
    "payout.failed": _bank_payout_changed,
    "payout.canceled": _bank_payout_changed,
}
HANDLED_CONNECT_TYPES = tuple(_CONNECT_HANDLERS)
