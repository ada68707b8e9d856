"""Taking money of a payout back, by staff or in Stripe's dashboard: it is available to the seller again."""

from typing import Any

from django.db import transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import audit_record
from common import clock
from common.attempts import attempt_failed, row_claim
from common.enqueue import enqueue_on_commit
from common.errors import Conflict, InvalidInput, NotFound
from common.ids import is_uuid
from common.money import format_money
from payments import gateway_connect, ledger
from payments.alarms import alarm_raise
from payments.gateway import GatewayDenied, GatewayRefused, GatewayUnavailable
from payments.gateway_connect import ReversalFacts, TransferFacts
from payments.locks import payout_lock
from payments.models import Payout, PayoutReversal, PayoutReversalStatus, PayoutStatus
from payments.services.payouts import KEY_LIFE, payout_settle

WAITING = Q(status=PayoutReversalStatus.REQUESTED)


def payout_reverse(
    *, payout: Payout, amount: int, by: User, note: str, seen_left: int | None = None
) -> PayoutReversal:
    """Staff take `amount` minor units of a payout back from the seller's account at Stripe.

    Locks the seller and the payout. The account must hold the money, or Stripe refuses. No fee. Audited.
    `seen_left` is what could still be taken back when it was decided: a second click is refused.
    Raises NotFound to others than staff, Conflict (`payout_not_paid`, `payout_changed`) and InvalidInput
    (`amount`).
    """
    if not by.is_staff:
        raise NotFound(_("There is no such payout."), code="payout_not_found")
    with transaction.atomic():
        payout = payout_lock(payout.pk)
        if payout.status != PayoutStatus.PAID:
            raise Conflict(_("Only what was paid out can be taken back."), code="payout_not_paid")
        left = reversible_amount(payout)
        if seen_left not in (None, left):
            raise Conflict(
                _("A part was taken back meanwhile. Look again at what is left."), code="payout_changed"
            )
        if not 0 < amount <= left:
            limits = {"least": format_money(1), "most": format_money(left)}
            raise InvalidInput.of("amount", _("The amount must be from %(least)s to %(most)s.") % limits)
        reversal = PayoutReversal.objects.create(payout=payout, amount=amount, requested_by=by, note=note)
        audit_record(
            actor=by, action="payout.taken_back", subject=payout, detail={"amount": amount, "note": note}
        )
        enqueue_on_commit("payments.payout_reversal_send", str(reversal.pk))
    return reversal


def reversible_amount(payout: Payout) -> int:
    """What can still be taken back of a payout, in minor units."""
    taken = payout.reversals.exclude(status=PayoutReversalStatus.FAILED).aggregate(total=Sum("amount"))
    return payout.amount - (taken["total"] or 0)


def payout_reversal_send(*, reversal_id: Any) -> None:
    """Have Stripe take it back. Safe to repeat; keys are kept and given up as for payouts."""
    rows = PayoutReversal.objects.select_related("payout").filter(pk=reversal_id)
    reversal = row_claim(rows, waiting=WAITING)
    if reversal is None:
        return
    transfer_id = reversal.payout.stripe_transfer_id or ""
    try:
        facts = _reversal_listed(reversal, gateway_connect.transfer_retrieve(transfer_id))
        if facts is None and _key_is_good(reversal):
            facts = _reversal_make(reversal, transfer_id)
    except (GatewayUnavailable, GatewayRefused) as error:
        attempt_failed(PayoutReversal, reversal_id, error)
        return
    if facts is not None:
        with transaction.atomic():
            _settle(payout_lock(reversal.payout_id), reversal.pk, facts)


def payout_sync(*, transfer_id: str) -> None:
    """Bring a payout to what Stripe says of its transfer, reversals made in its dashboard included.

    Transfers that are not a payout of ours are ignored.
    """
    facts = gateway_connect.transfer_retrieve(transfer_id)
    payout = _payout_of(facts)
    if payout is None:
        return
    payout_settle(payout_id=payout.pk, facts=facts)
    for reversal_facts in facts.reversals:
        with transaction.atomic():
            locked = payout_lock(payout.pk)
            if locked.stripe_transfer_id == facts.id:
                _settle(locked, _row_of(locked, reversal_facts).pk, reversal_facts)


def _settle(payout: Payout, reversal_id: Any, facts: ReversalFacts) -> None:
    """Note and book what Stripe has taken back. The caller holds the payout's lock."""
    reversal = PayoutReversal.objects.get(pk=reversal_id)
    if reversal.status == PayoutReversalStatus.SUCCEEDED:
        return
    reversal.payout = payout
    reversal.status, reversal.settled_at = PayoutReversalStatus.SUCCEEDED, clock.now()
    reversal.stripe_reversal_id, reversal.last_error = facts.id, ""
    reversal.save(update_fields=["status", "settled_at", "stripe_reversal_id", "last_error"])
    payout.reversed_amount += reversal.amount
    if payout.reversed_amount == payout.amount:
        payout.status = PayoutStatus.REVERSED
    payout.save(update_fields=["reversed_amount", "status"])
    ledger.payout_reversed_book(reversal)


def _fail(reversal: PayoutReversal, error: GatewayRefused) -> None:
    """Stripe refused, most often because the account no longer holds the money. Nothing was booked."""
    with transaction.atomic():
        payout_lock(reversal.payout_id)
        rows = PayoutReversal.objects.filter(WAITING, pk=reversal.pk, stripe_attempt=reversal.stripe_attempt)
        if rows.update(status=PayoutReversalStatus.FAILED, settled_at=clock.now()):
            alarm_raise(
                "payout_reversal_failed",
                subject=f"reversal:{reversal.pk}",
                detail=f"payout {reversal.payout_id}: {error.code or error}",
            )


def _reversal_make(reversal: PayoutReversal, transfer_id: str) -> ReversalFacts | None:
    try:
        return gateway_connect.transfer_reverse(
            transfer_id=transfer_id,
            amount=reversal.amount,
            reversal_row_id=str(reversal.pk),
            attempt=reversal.stripe_attempt,
        )
    except GatewayRefused as error:
        if isinstance(error, GatewayDenied):
            raise
        attempt_failed(PayoutReversal, reversal.pk, error)
        _fail(reversal, error)
        return None


def _key_is_good(reversal: PayoutReversal) -> bool:
    """Whether to ask Stripe now, with the row's key; a day after its first use the next one is taken."""
    now = clock.now()
    known = PayoutReversal.objects.filter(WAITING, pk=reversal.pk, stripe_attempt=reversal.stripe_attempt)
    if reversal.first_sent_at is None:
        return bool(known.filter(first_sent_at=None).update(first_sent_at=now))
    if now - reversal.first_sent_at < KEY_LIFE:
        return True
    reversal.stripe_attempt += 1
    return bool(known.update(stripe_attempt=reversal.stripe_attempt, first_sent_at=now))


def _reversal_listed(reversal: PayoutReversal, facts: TransferFacts) -> ReversalFacts | None:
    return next((each for each in facts.reversals if each.reversal_row_id == str(reversal.pk)), None)


def _payout_of(facts: TransferFacts) -> Payout | None:
    ours = Q(stripe_transfer_id=facts.id)
    if is_uuid(facts.payout_row_id):
        ours |= Q(pk=facts.payout_row_id)
    return Payout.objects.filter(ours).first()


def _row_of(payout: Payout, facts: ReversalFacts) -> PayoutReversal:
    """Our row of a reversal; one made in Stripe's dashboard gets a row now."""
    ours = Q(stripe_reversal_id=facts.id)
    if is_uuid(facts.reversal_row_id):
        ours |= Q(pk=facts.reversal_row_id)
    known = PayoutReversal.objects.filter(ours, payout=payout).first()
    return known or PayoutReversal.objects.create(
        payout=payout, amount=facts.amount, stripe_reversal_id=facts.id
    )
