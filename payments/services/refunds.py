"""Giving money back: intent row first, then Stripe keyed by the row, then books and access."""

import logging
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from accounts.models import User
from common import clock
from common.attempts import attempt_claim, attempt_failed
from common.errors import Conflict, InvalidInput, NotFound
from common.ids import is_uuid
from common.money import format_money, spread
from common.outbox import message_publish
from payments import gateway, ledger
from payments.alarms import alarm_raise
from payments.locks import entitlements_lock, order_items_lock, order_lock, payment_of_order, refund_lock
from payments.models import (
    Order,
    OrderItem,
    OrderStatus,
    Payment,
    Refund,
    RefundReason,
    RefundStatus,
)
from payments.models.dispute import FREEZING_STATUSES
from payments.services.access import access_end, access_restore
from payments.services.dispute_rows import dispute_shares_refresh
from payments.services.refund_cover import sellers_can_bear
from payments.services.refund_limits import had_enough_at_once
from payments.services.refund_restore import parts_kept, reason_kept, refund_metadata
from payments.services.refund_rows import (
    item_left_amount,
    refund_parts_settle,
    refund_write,
    refundable_amount,
    spread_over_items,
)

logger = logging.getLogger(__name__)

WAITING = Q(status=RefundStatus.REQUESTED)
SUCCEEDED_TOPIC = "refund_succeeded"
# Without staff: what these take, the sellers' balances must bear.
DECIDED_ALONE = (RefundReason.BUYER_REQUEST, RefundReason.SELLER, RefundReason.CLAIM)
FAILED_AT_STRIPE = ("failed", "canceled")
# Stripe's word for a payment that a bank has taken back, or is deciding about.
CHARGE_DISPUTED = "charge_disputed"
_DISPUTED = (
    "the buyer's bank disputes this payment, so Stripe gives nothing back; the buyer has access again. "
    "Once the bank has decided for us, refund it again; if it decides for the buyer, nothing is left to do"
)


def refund_request(
    *,
    order: Order,
    by: User | None,
    reason: RefundReason,
    item: OrderItem | None = None,
    amount: int | None = None,
    note: str = "",
    seen_refundable: int | None = None,
) -> Refund:
    """Ask for `amount` minor units (all that is left, if None) of an item or of the whole order.

    `seen_refundable` is what could be given back of the payment when the asker looked: the second of two
    clicks is refused.

    Locks the order. A buyer is refunded at once, and in full, while the text was never opened; otherwise a
    moderator decides, for a part given back at once would be a discount for the asking.
    While a bank decides a dispute of the payment nothing is refunded: the buyer could be paid twice. An
    inquiry does not stand in the way; a full refund ends it.
    A buyer who had many at once this month needs a moderator too (see refund_limits).
    What buyer or seller ask for, or a seller's silence gives, the sellers' balances must bear (see
    refund_cover); their locks come last.
    Raises Conflict (`disputed`, `not_refundable`, `refund_changed`, `refund_needs_review`, `balance_too_low`)
    and InvalidInput (`amount`).
    """
    with transaction.atomic():
        order = order_lock(order.pk)
        payment = payment_of_order(order)
        if payment is None or not order.is_paid:
            raise Conflict(_("Nothing was paid for this order."), code="not_refundable")
        _refuse_if_disputed(payment)
        items = [line for line in order_items_lock(order) if item is None or line.pk == item.pk]
        if not items:
            raise NotFound(_("This order has no such item."), code="item_not_found")
        if reason == RefundReason.BUYER_REQUEST:
            _refuse_if_opened(items)
            if had_enough_at_once(order.buyer):
                raise _needs_review(_("You have had many refunds this month, so a person must look at it."))
        lefts = [item_left_amount(line) for line in items]
        refundable = refundable_amount(payment)
        left = min(sum(lefts), refundable)
        if left <= 0:
            raise Conflict(_("All of it has been refunded already."), code="not_refundable")
        if seen_refundable not in (None, refundable):
            raise refund_changed()
        amount = left if amount is None else amount
        if not 0 < amount <= left:
            limits = {"least": format_money(1), "most": format_money(left)}
            raise InvalidInput.of("amount", _("The amount must be from %(least)s to %(most)s.") % limits)
        if reason == RefundReason.BUYER_REQUEST and amount < left:
            raise _needs_review(_("Part of a price is given back only after a person has looked at it."))
        parts = list(zip(items, spread(amount, lefts), strict=True))
        if reason in DECIDED_ALONE and not sellers_can_bear(parts):
            raise _cannot_bear(reason)
        refund = refund_write(payment=payment, amount=amount, reason=reason, parts=parts, by=by, note=note)
        access_end(items)
        return refund


def refund_changed() -> Conflict:
    return Conflict(_("A part was given back meanwhile. Look again at what is left."), code="refund_changed")


def refund_send(*, refund_id: Any) -> None:
    """Have Stripe make a requested refund. Safe to repeat: the key is the row, and the row is claimed."""
    if not attempt_claim(Refund, refund_id, waiting=WAITING):
        return
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    payment_intent_id = refund.payment.stripe_payment_intent_id
    try:
        listed = gateway.refunds_of_payment(payment_intent_id)
        known = [facts for facts in listed if facts.refund_row_id == str(refund.pk)]
        facts = (
            known[0]
            if known
            else gateway.refund_create(
                payment_intent_id=payment_intent_id,
                amount=refund.amount,
                refund_row_id=str(refund.pk),
                metadata=refund_metadata(refund),
                attempt=refund.stripe_attempt,
            )
        )
    except (gateway.GatewayUnavailable, gateway.GatewayDenied) as error:
        if isinstance(error, gateway.GatewayFault):
            Refund.objects.filter(pk=refund_id).update(stripe_attempt=refund.stripe_attempt + 1)
        attempt_failed(Refund, refund_id, error)
        return
    except gateway.GatewayRefused as error:
        attempt_failed(Refund, refund_id, error)
        refund_fail(refund_id=refund_id, why=_DISPUTED if error.code == CHARGE_DISPUTED else str(error))
        return
    # The others first: one that failed meanwhile, say, has made the room that this one takes.
    _refunds_note(refund.payment, listed)
    refund_settle(refund_id=refund_id, facts=facts)


def refund_settle(*, refund_id: Any, facts: gateway.RefundFacts) -> None:
    """Book what Stripe says of a refund and take back access to items refunded in full. Locks the order."""
    if facts.status in FAILED_AT_STRIPE:
        refund_fail(refund_id=refund_id, stripe_refund_id=facts.id)
        return
    with transaction.atomic():
        order, refund = refund_lock(refund_id)
        if refund.status != RefundStatus.REQUESTED:
            return
        if not refund.payment.is_surplus:
            refund_parts_settle(refund)
        refund.status, refund.settled_at = RefundStatus.SUCCEEDED, clock.now()
        refund.stripe_refund_id = facts.id
        refund.save(update_fields=["status", "settled_at", "stripe_refund_id"])
        ledger.refund_book(refund)
        dispute_shares_refresh(refund.payment)
        if not refund.payment.is_surplus:
            _order_status_refresh(order, refund.payment)
            access_end(_items_of(refund))
            message_publish(SUCCEEDED_TOPIC, subject=refund.pk)


def refund_fail(*, refund_id: Any, stripe_refund_id: str | None = None, why: str = "") -> None:
    """Stripe could not give it back: restore the books and the access, and tell a person. Locks the order.

    What a dispute has taken of the items is worked out again, and an item lost to it stays without access.
    """
    with transaction.atomic():
        order, refund = refund_lock(refund_id)
        if refund.status == RefundStatus.FAILED:
            return
        was_booked = refund.status == RefundStatus.SUCCEEDED
        refund.status, refund.settled_at = RefundStatus.FAILED, clock.now()
        refund.stripe_refund_id = stripe_refund_id or refund.stripe_refund_id
        refund.save(update_fields=["status", "settled_at", "stripe_refund_id"])
        if was_booked:
            ledger.refund_restore_book(refund)
            dispute_shares_refresh(refund.payment)
        if not refund.payment.is_surplus:
            _order_status_refresh(order, refund.payment)
            access_restore(_items_of(refund))
        detail = f"order {order.number}: {why}" if why else f"order {order.number}"
        alarm_raise("refund_failed", subject=f"refund:{refund.pk}", detail=detail)


def payment_refunds_sync(*, payment_intent_id: str) -> None:
    """Bring our refunds of a payment to what Stripe lists, those made in its dashboard included."""
    payment = Payment.objects.filter(stripe_payment_intent_id=payment_intent_id).first()
    if payment is None:
        return  # Not settled yet: settling it will find its refunds.
    _refunds_note(payment, gateway.refunds_of_payment(payment_intent_id))


def _refunds_note(payment: Payment, listed: Sequence[gateway.RefundFacts]) -> None:
    """Book what Stripe lists of a payment's refunds, oldest first."""
    for facts in listed:
        refund = _row_of(payment, facts)
        if refund is None:
            with transaction.atomic():
                refund = _adopt(payment, facts)
        if facts.status in FAILED_AT_STRIPE:
            refund_fail(refund_id=refund.pk, stripe_refund_id=facts.id)
        else:
            refund_settle(refund_id=refund.pk, facts=facts)


def _row_of(payment: Payment, facts: gateway.RefundFacts) -> Refund | None:
    ours = Q(stripe_refund_id=facts.id)
    if is_uuid(facts.refund_row_id):
        ours |= Q(pk=facts.refund_row_id)
    return Refund.objects.filter(ours, payment=payment).first()


def _adopt(payment: Payment, facts: gateway.RefundFacts) -> Refund:
    """A refund that Stripe made and we have no row of. Locks the order.

    One of ours, whose row a restored database lost, tells its parts. One made in Stripe's dashboard is spread
    over the items by the largest remainder. One that has failed already took nothing of any item.
    """
    order = order_lock(payment.order_id)
    if known := _row_of(payment, facts):
        return known
    takes_nothing = payment.is_surplus or facts.status in FAILED_AT_STRIPE
    parts: list[tuple[OrderItem, int]] = []
    if not takes_nothing:
        items = order_items_lock(order)
        parts = parts_kept(facts.metadata, items, facts.amount) or spread_over_items(items, facts.amount)
    return refund_write(
        payment=payment,
        amount=facts.amount,
        reason=reason_kept(facts.metadata),
        parts=parts,
        stripe_refund_id=facts.id,
    )


def _refuse_if_disputed(payment: Payment) -> None:
    if payment.disputes.filter(status__in=FREEZING_STATUSES).exists():
        raise Conflict(
            _(
                "The buyer's bank is deciding a dispute of this payment, so it cannot be refunded now. "
                "Wait for the bank, or withdraw the dispute there, and then ask again."
            ),
            code="disputed",
        )


def _refuse_if_opened(items: list[OrderItem]) -> None:
    if any(entitlement.first_read_at for entitlement in entitlements_lock(items)):
        raise Conflict(
            _("You have opened this prompt. Ask in your library, and show what it does not do."),
            code="refund_needs_review",
        )


def _cannot_bear(reason: RefundReason) -> Conflict:
    if reason == RefundReason.BUYER_REQUEST:
        return _needs_review(_("A person must look at this refund."))
    return Conflict(
        _(
            "Your balance does not bear this refund: what you earned was paid out or given back. "
            "Wait for more sales, or write to us."
        ),
        code="balance_too_low",
    )


def _needs_review(why: str) -> Conflict:
    what_to_do = _("Write to us with the order number.")
    return Conflict(f"{why} {what_to_do}", code="refund_needs_review")


def _items_of(refund: Refund) -> list[OrderItem]:
    return [part.item for part in refund.items.select_related("item")]


def _order_status_refresh(order: Order, payment: Payment) -> None:
    given = payment.refunds.filter(status=RefundStatus.SUCCEEDED).aggregate(total=Sum("amount"))["total"] or 0
    if given == 0:
        order.move_to(OrderStatus.PAID)
    elif given < order.total_amount:
        order.move_to(OrderStatus.PARTIALLY_REFUNDED)
    else:
        order.move_to(OrderStatus.REFUNDED)
    order.save(update_fields=["status"])
