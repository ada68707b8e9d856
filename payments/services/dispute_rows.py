"""Booking who bears a dispute, whenever anything it depends on has changed. Nothing here speaks to Stripe."""

import dataclasses
from collections.abc import Sequence

from django.db.models import Sum

from payments import ledger
from payments.locks import disputes_lock, order_items_lock
from payments.models import (
    Dispute,
    DisputeItem,
    DisputeMovement,
    DisputeStatus,
    OrderItem,
    Payment,
    RefundItem,
    RefundStatus,
)
from payments.services.access import access_end, access_restore
from payments.services.dispute_shares import Claim, ItemStanding, Shares, dispute_shares


def dispute_shares_refresh(payment: Payment) -> None:
    """Bring the booked shares of a payment's disputes to what is true now, by a delta. Safe to repeat.

    Call it in the transaction that changed a dispute, or booked or restored a refund, under the order's
    lock. Items that a lost dispute and refunds cover in full lose their access here; where a refund that
    failed has moved a lost dispute on to other items, those it left have theirs again.
    """
    disputes = disputes_lock(payment)
    if not disputes:
        return
    items = _items_of(payment)
    claims = [_claim(dispute) for dispute in disputes]
    found = dispute_shares(_standings(items), claims, surplus_left=_surplus_left(payment))
    for dispute, shares in zip(disputes, found, strict=True):
        _shares_book(dispute, items, shares)
    if any(claim.is_lost for claim in claims):
        access_end(items)
        access_restore(items)


def seller_stakes(dispute: Dispute) -> dict[int, int]:
    """What each seller bears if this dispute takes all it asks for, in minor units by the seller's id.

    Asked before the money has moved, too. Sellers who stand to lose nothing are left out.
    """
    payment = dispute.payment
    items, disputes = _items_of(payment), disputes_lock(payment)
    claims = [_claim(each) for each in disputes]
    position = disputes.index(dispute)
    asked = max(claims[position].withdrawn_amount, dispute.amount)
    claims[position] = dataclasses.replace(claims[position], withdrawn_amount=asked)
    shares = dispute_shares(_standings(items), claims)[position]
    stakes: dict[int, int] = {}
    for item, amount in zip(items, shares.seller_amounts, strict=True):
        if amount:
            stakes[item.seller_id] = stakes.get(item.seller_id, 0) + amount
    return stakes


def withdrawn_amount(dispute: Dispute) -> int:
    """What a dispute has taken from the balance at Stripe and not given back, in minor units."""
    moved = DisputeMovement.objects.filter(dispute=dispute).aggregate(total=Sum("amount"))["total"]
    return -(moved or 0)


def _items_of(payment: Payment) -> list[OrderItem]:
    return [] if payment.is_surplus else order_items_lock(payment.order)


def _claim(dispute: Dispute) -> Claim:
    return Claim(withdrawn_amount(dispute), is_lost=dispute.status == DisputeStatus.LOST)


def _standings(items: Sequence[OrderItem]) -> list[ItemStanding]:
    booked = RefundItem.objects.filter(item__in=items, refund__status=RefundStatus.SUCCEEDED)
    sums = booked.values("item").annotate(amount=Sum("amount"), seller_amount=Sum("seller_amount"))
    refunded = {each["item"]: each for each in sums}
    nothing = {"amount": 0, "seller_amount": 0}
    return [
        ItemStanding(
            net_amount=item.net_amount,
            platform_fee_amount=item.platform_fee_amount,
            refunded_amount=refunded.get(item.pk, nothing)["amount"],
            seller_refunded_amount=refunded.get(item.pk, nothing)["seller_amount"],
        )
        for item in items
    ]


def _surplus_left(payment: Payment) -> int:
    if not payment.is_surplus:
        return 0
    booked = payment.refunds.filter(status=RefundStatus.SUCCEEDED)
    return payment.amount - (booked.aggregate(total=Sum("amount"))["total"] or 0)


def _shares_book(dispute: Dispute, items: Sequence[OrderItem], shares: Shares) -> None:
    changes = _items_write(dispute, items, shares)
    surplus = shares.surplus_amount - dispute.buyer_surplus_amount
    loss = shares.loss_amount - dispute.platform_loss_amount
    if not (changes or surplus or loss):
        return
    dispute.buyer_surplus_amount, dispute.platform_loss_amount = shares.surplus_amount, shares.loss_amount
    dispute.revision += 1
    dispute.save(update_fields=["buyer_surplus_amount", "platform_loss_amount", "revision"])
    ledger.dispute_shares_book(dispute, sellers=changes, surplus=surplus, loss=loss)


def _items_write(dispute: Dispute, items: Sequence[OrderItem], shares: Shares) -> list[tuple[OrderItem, int]]:
    """Keep what the dispute takes of each item now; returns by how much each seller's debit changes."""
    known = {row.item_id: row for row in dispute.items.all()}
    changes = []
    for item, amount, seller_amount in zip(items, shares.amounts, shares.seller_amounts, strict=True):
        row = known.get(item.pk) or DisputeItem(dispute=dispute, item=item, amount=0, seller_amount=0)
        if (row.amount, row.seller_amount) == (amount, seller_amount):
            continue
        changes.append((item, seller_amount - row.seller_amount))
        row.amount, row.seller_amount = amount, seller_amount
        row.save()
    return changes
