"""Movements at Stripe that our books lack: whoever should have booked them is asked to do it now."""

import logging
from collections.abc import Callable

from django.db import transaction

from common.errors import DomainError
from common.money import CURRENCIES
from payments import gateway, gateway_connect, gateway_lists, ledger
from payments.gateway_lists import SourceFacts, TransactionFacts
from payments.models import Payment
from payments.services.checkout import payment_check
from payments.services.disputes import dispute_sync
from payments.services.payout_restore import payout_restore
from payments.services.payout_reversals import payout_sync
from payments.services.reconciliation.walk import UNFORESEEN
from payments.services.refunds import payment_refunds_sync
from payments.services.settlement import processing_fee_note

logger = logging.getLogger(__name__)

# Stripe's words for what it takes beside payments: https://docs.stripe.com/reports/balance-transaction-types
REFUNDS = ("refund", "payment_refund", "refund_failure")
FEES = ("stripe_fee", "stripe_fx_fee", "tax_fee", "network_cost")


def transaction_heal(facts: TransactionFacts) -> None:
    """Have a movement booked by its own service. Safe to repeat; what cannot be booked stays as it is.

    Raises GatewayUnavailable when Stripe does not answer.
    """
    heal = _HEALERS.get(facts.type)
    if heal is None or facts.currency not in CURRENCIES:
        return
    try:
        heal(facts)
    except gateway.GatewayUnavailable:
        raise
    except (DomainError, gateway.GatewayRefused) as error:
        logger.warning("Movement %s (%s) could not be booked: %s", facts.id, facts.type, error)
    except UNFORESEEN:
        logger.exception("Movement %s (%s) could not be booked", facts.id, facts.type)


def _payment(facts: TransactionFacts) -> None:
    intent = _source(facts).payment_intent_id
    if intent is None:
        return
    payment_check(payment_intent_id=intent)
    Payment.objects.filter(stripe_payment_intent_id=intent, stripe_charge_id="").update(
        stripe_charge_id=facts.source_id
    )
    for payment in Payment.objects.filter(stripe_charge_id=facts.source_id, processing_fee_amount=None):
        processing_fee_note(payment=payment, amount=facts.fee_amount)


def _refund(facts: TransactionFacts) -> None:
    if intent := _source(facts).payment_intent_id:
        payment_refunds_sync(payment_intent_id=intent)


def _dispute(facts: TransactionFacts) -> None:
    source = _source(facts)
    if source.kind == "dispute" and source.id:
        dispute_sync(dispute_id=source.id)


def _transfer(facts: TransactionFacts) -> None:
    source = _source(facts)
    transfer_id = source.transfer_id or source.id
    if transfer_id:
        payout_restore(facts=gateway_connect.transfer_retrieve(transfer_id))
        payout_sync(transfer_id=transfer_id)


def _platform_payout(facts: TransactionFacts) -> None:
    with transaction.atomic():
        ledger.platform_payout_book(transaction_id=facts.id, net_amount=facts.amount, currency=facts.currency)
        ledger.stripe_fee_book(transaction_id=facts.id, net_amount=-facts.fee_amount, currency=facts.currency)


def _fee(facts: TransactionFacts) -> None:
    with transaction.atomic():
        ledger.stripe_fee_book(transaction_id=facts.id, net_amount=facts.net_amount, currency=facts.currency)


def _source(facts: TransactionFacts) -> SourceFacts:
    return gateway_lists.transaction_source(facts.id)


_HEALERS: dict[str, Callable[[TransactionFacts], None]] = {
    "charge": _payment,
    "payment": _payment,
    "adjustment": _dispute,
    "transfer": _transfer,
    "transfer_refund": _transfer,
    "payout": _platform_payout,
    "payout_failure": _platform_payout,
    "payout_cancel": _platform_payout,
    **dict.fromkeys(REFUNDS, _refund),
    **dict.fromkeys(FEES, _fee),
}
