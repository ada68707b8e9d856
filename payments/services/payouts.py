"""Paying sellers: the money is spoken for first, then one transfer is made, keyed by the payout's row.

What may be sent twice is decided by the row. A key (`stripe_attempt`) is kept while nobody knows what became
of it: Stripe then answers for the first request again. It is given up only when it certainly came to nothing,
or after Stripe has forgotten it and lists no transfer of this payout.
"""

import datetime
import uuid
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import SellerProfile, User
from common import clock
from common.attempts import attempt_failed, row_claim
from common.enqueue import enqueue_on_commit
from common.errors import Conflict, InvalidInput
from common.ids import uuid7
from common.money import MIN_PAYOUT_AMOUNT, format_money
from common.outbox import message_publish
from payments import gateway_connect, ledger
from payments.alarms import alarm_raise
from payments.gateway import GatewayDenied, GatewayRefused, GatewayUnavailable
from payments.gateway_connect import TransferFacts
from payments.locks import payout_lock, seller_lock
from payments.models import ConnectedAccount, Payout, PayoutStatus, PayoutTrigger
from payments.queries import seller_balance
from payments.queries_payouts import connected_account_of, refunds_on_their_way_amount, week_begins
from payments.services.connect import account_sync

WAITING = Q(status=PayoutStatus.REQUESTED)
PAID_TOPIC = "payout_paid"
FAILED_TOPIC = "payout_failed"
# Stripe keeps the answer to a key for so long: https://docs.stripe.com/api/idempotent_requests
KEY_LIFE = datetime.timedelta(hours=24)
FUNDS_NOT_THERE = "balance_insufficient"
ACCOUNT_RESTRICTED = "payout_account_restricted"
RESTRICTED_CODES = (ACCOUNT_RESTRICTED, "insufficient_capabilities_for_transfer", "account_invalid")


def payout_request(
    *,
    seller: SellerProfile,
    by: User | None,
    trigger: PayoutTrigger,
    amount: int | None = None,
    payout_id: uuid.UUID | None = None,
) -> Payout:
    """Speak for `amount` minor units (all that is available, if None) and have them sent. No fee is charged.

    Locks the seller. `payout_id` makes it safe to repeat: asked for again, the same payout is returned.
    Raises Conflict (`payout_account_missing`, `payout_account_restricted`, `payout_below_minimum`,
    `payout_exceeds_available`, `payout_made_this_week`) and InvalidInput (`payout_below_minimum`).
    """
    with transaction.atomic():
        seller = seller_lock(seller.pk)
        if payout_id is not None and (known := Payout.objects.filter(pk=payout_id).first()):
            return _same(known, seller, amount)
        account = _account_to_pay(seller)
        if trigger == PayoutTrigger.WEEKLY:
            _refuse_second_in_week(seller)
        amount = _payable(_available(seller), amount)
        payout = Payout.objects.create(
            id=payout_id or uuid7(),
            seller=seller,
            account=account,
            amount=amount,
            trigger=trigger,
            requested_by=by,
        )
        ledger.payout_book(payout)
        enqueue_on_commit("payments.payout_send", str(payout.pk))
    return payout


def payout_check(*, seller: SellerProfile, amount: int | None = None) -> int:
    """What a payout asked for now would have, in minor units. Writes nothing; refuses as the request does."""
    _account_to_pay(seller)
    return _payable(_available(seller), amount)


def payout_send(*, payout_id: Any) -> None:
    """Have Stripe make a requested payout's transfer. Safe to repeat, at once and at any later time.

    A transfer that is there already is taken as it is. Otherwise the account is asked about first: a
    restricted one fails the payout and returns the funds. Funds that are not there yet make it wait.
    """
    rows = Payout.objects.select_related("account").filter(pk=payout_id)
    payout = row_claim(rows, waiting=WAITING)
    if payout is None:
        return
    try:
        facts = _transfer_listed(payout)
        if facts is None and _is_ready(payout):
            facts = _transfer_make(payout)
    except (GatewayUnavailable, GatewayRefused) as error:
        attempt_failed(Payout, payout_id, error)
        if isinstance(error, GatewayRefused):
            _alarm_waits(payout, error)
        return
    if facts is not None:
        payout_settle(payout_id=payout_id, facts=facts)


def payout_settle(*, payout_id: Any, facts: TransferFacts) -> None:
    """Note that Stripe has made the transfer, and book it. Locks the seller and the payout."""
    with transaction.atomic():
        payout = payout_lock(payout_id)
        if payout.status == PayoutStatus.REQUESTED and _is_of(payout, facts):
            payout.status, payout.settled_at = PayoutStatus.PAID, clock.now()
            payout.stripe_transfer_id, payout.last_error = facts.id, ""
            payout.save(update_fields=["status", "settled_at", "stripe_transfer_id", "last_error"])
            ledger.payout_sent_book(payout)
            message_publish(PAID_TOPIC, subject=payout.pk)
        elif payout.stripe_transfer_id != facts.id:
            alarm_raise(
                "payout_unexpected_transfer",
                subject=f"payout:{payout.pk}",
                detail=f"transfer {facts.id} does not belong to this {payout.status} payout; look at Stripe",
            )


def payout_fail(*, payout_id: Any, attempt: int, code: str, was_sent: bool) -> None:
    """The payout came to nothing for certain: the funds are the seller's again, once. Locks as settling does.

    `attempt` and `was_sent` are what the caller knew: when a rival has gone on meanwhile, its outcome counts.
    """
    with transaction.atomic():
        payout = payout_lock(payout_id)
        is_as_known = payout.stripe_attempt == attempt and (payout.first_sent_at is not None) == was_sent
        if payout.status != PayoutStatus.REQUESTED or not is_as_known:
            return
        payout.status, payout.settled_at = PayoutStatus.FAILED, clock.now()
        payout.failure_code = code[:80]
        payout.save(update_fields=["status", "settled_at", "failure_code"])
        ledger.payout_failed_book(payout)
        message_publish(FAILED_TOPIC, subject=payout.pk)
        if code not in RESTRICTED_CODES:
            alarm_raise("payout_failed", subject=f"payout:{payout.pk}", detail=f"Stripe refused it: {code}")


def _same(known: Payout, seller: SellerProfile, amount: int | None) -> Payout:
    if known.seller_id != seller.pk or amount not in (None, known.amount):
        raise Conflict(_("This was asked for already, and differently. Please begin again."))
    return known


def _account_to_pay(seller: SellerProfile) -> ConnectedAccount:
    account = connected_account_of(seller)
    if account is None or not account.is_at_stripe:
        raise Conflict(_("Set up your payouts with Stripe first."), code="payout_account_missing")
    if not account.can_be_paid:
        raise Conflict(
            _("Stripe does not let this account be paid yet. See what it needs on the payouts page."),
            code=ACCOUNT_RESTRICTED,
        )
    return account


def _refuse_second_in_week(seller: SellerProfile) -> None:
    made = Payout.objects.filter(
        seller=seller, trigger=PayoutTrigger.WEEKLY, created_at__gte=week_begins(clock.now())
    )
    if made.exists():
        raise Conflict(_("This week's payout was made already."), code="payout_made_this_week")


def _available(seller: SellerProfile) -> int:
    """Refunds that Stripe has not made yet are not booked, and must not be paid out before they are."""
    return seller_balance(seller).available_amount - refunds_on_their_way_amount(seller, of_available=True)


def _payable(available: int, amount: int | None) -> int:
    minimum = {"minimum": format_money(MIN_PAYOUT_AMOUNT)}
    if available < MIN_PAYOUT_AMOUNT:
        message = _("Payouts start at %(minimum)s, and you have less available.") % minimum
        raise Conflict(message, code="payout_below_minimum", errors={"amount": [message]})
    amount = available if amount is None else amount
    if amount < MIN_PAYOUT_AMOUNT:
        raise InvalidInput.of(
            "amount", _("A payout is at least %(minimum)s.") % minimum, code="payout_below_minimum"
        )
    if amount > available:
        message = _("You have %(available)s available.") % {"available": format_money(available)}
        raise Conflict(message, code="payout_exceeds_available", errors={"amount": [message]})
    return amount


def _transfer_listed(payout: Payout) -> TransferFacts | None:
    for facts in gateway_connect.transfers_of_group(str(payout.pk)):
        if facts.payout_row_id == str(payout.pk):
            return facts
    return None


def _is_ready(payout: Payout) -> bool:
    """Whether to ask Stripe for the transfer now. Stripe lists none yet.

    Once a key was used and its outcome is unknown, the account's state decides nothing any more: only
    Stripe's answer to that key does. The key's use is written down before it is used.
    """
    if payout.first_sent_at is not None and clock.now() - payout.first_sent_at >= KEY_LIFE:
        if not _key_give_up(payout):
            return False
        payout.stripe_attempt, payout.first_sent_at = payout.stripe_attempt + 1, None
    if payout.first_sent_at is not None:
        return True
    is_shut_out = User.objects.filter(seller_profile=payout.seller_id, is_active=False).exists()
    if is_shut_out or not account_sync(account=payout.account).can_be_paid:
        payout_fail(
            payout_id=payout.pk, attempt=payout.stripe_attempt, code=ACCOUNT_RESTRICTED, was_sent=False
        )
        return False
    return bool(_as_known(payout).update(first_sent_at=clock.now()))


def _transfer_make(payout: Payout) -> TransferFacts | None:
    """Ask for the transfer; None if Stripe certainly did not make it. Else raises why nobody knows."""
    try:
        return gateway_connect.transfer_create(
            destination=payout.account.stripe_account_id or "",
            amount=payout.amount,
            currency=payout.currency,
            transfer_group=str(payout.pk),
            payout_row_id=str(payout.pk),
            attempt=payout.stripe_attempt,
        )
    except GatewayRefused as error:
        if isinstance(error, GatewayDenied):
            raise  # it says nothing about what an earlier request with this key came to
        attempt_failed(Payout, payout.pk, error)
        if error.code == FUNDS_NOT_THERE:
            # Stripe would replay this refusal for a day, also once the funds are there.
            _key_give_up(payout)
            _alarm_waits(payout, error)
        else:
            payout_fail(
                payout_id=payout.pk,
                attempt=payout.stripe_attempt,
                code=error.code or "refused",
                was_sent=True,
            )
        return None


def _key_give_up(payout: Payout) -> bool:
    """Go on to the next key, unless a rival did; for a key that came to nothing only."""
    rows = Payout.objects.filter(WAITING, pk=payout.pk, stripe_attempt=payout.stripe_attempt)
    return bool(rows.update(stripe_attempt=payout.stripe_attempt + 1, first_sent_at=None))


def _as_known(payout: Payout) -> Any:
    return Payout.objects.filter(
        WAITING, pk=payout.pk, stripe_attempt=payout.stripe_attempt, first_sent_at=payout.first_sent_at
    )


def _is_of(payout: Payout, facts: TransferFacts) -> bool:
    sent = (facts.amount, facts.currency, facts.destination)
    return sent == (payout.amount, payout.currency, payout.account.stripe_account_id)


def _alarm_waits(payout: Payout, error: GatewayRefused) -> None:
    alarm_raise(
        "payout_waits",
        subject=f"payout:{payout.pk}",
        detail=f"Stripe does not send it: {error.code or error}",
    )
