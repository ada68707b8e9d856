"""Writing the intent to refund, and what it means for each item. Nothing here speaks to Stripe."""

from collections.abc import Sequence

from django.db.models import Sum

from accounts.models import User
from common.enqueue import enqueue_on_commit
from common.money import spread
from payments.models import (
    DisputeItem,
    DisputeMovement,
    DisputeStatus,
    OrderItem,
    Payment,
    Refund,
    RefundItem,
    RefundReason,
    RefundStatus,
)

NOT_FAILED: dict[str, object] = {"refund__status__in": [RefundStatus.REQUESTED, RefundStatus.SUCCEEDED]}


def refund_write(
    *,
    payment: Payment,
    amount: int,
    reason: RefundReason,
    parts: Sequence[tuple[OrderItem, int]],
    by: User | None = None,
    note: str = "",
    stripe_refund_id: str | None = None,
) -> Refund:
    """Write a refund of `amount` minor units and its parts per item, and have it sent after the commit.

    The caller holds the order's lock and has checked what is refundable. The platform returns its fee
    and the seller the share, each cumulatively, so that rounding closes at a full refund.
    """
    refund = Refund.objects.create(
        payment=payment,
        amount=amount,
        currency=payment.currency,
        reason=reason,
        note=note,
        requested_by=by,
        stripe_refund_id=stripe_refund_id,
    )
    RefundItem.objects.bulk_create(_part(refund, item, part) for item, part in parts if part)
    if stripe_refund_id is None:
        enqueue_on_commit("payments.refund_send", str(refund.pk))
    return refund


def refund_parts_settle(refund: Refund) -> None:
    """Fix what a refund that Stripe has made takes of each item, and how much of that is fee.

    The split is cumulative over what is booked, so it closes whatever became of refunds asked for meanwhile.
    A part that fits no more, for a refund made in Stripe's dashboard was quicker, moves to items with room.
    Call it under the order's lock, before the refund is marked as succeeded.
    """
    items = list(refund.payment.order.items.order_by("pk"))
    parts = {part.item_id: part for part in refund.items.all()}
    booked = [_refunded_sums(item, refund__status=RefundStatus.SUCCEEDED) for item in items]
    rooms = [item.net_amount - given for item, (given, _) in zip(items, booked, strict=True)]
    asked = [parts[item.pk].amount if item.pk in parts else 0 for item in items]
    for item, amount, before in zip(items, _fitted(asked, rooms, refund.amount), booked, strict=True):
        if amount or item.pk in parts:
            part = parts.get(item.pk) or RefundItem(refund=refund, item=item)
            _part_write(part, amount, before)
            part.save()


def _fitted(asked: Sequence[int], rooms: Sequence[int], total: int) -> list[int]:
    """`total` as asked for where there is room, and the rest where room is left."""
    kept = [min(amount, room) for amount, room in zip(asked, rooms, strict=True)]
    left = [room - amount for room, amount in zip(rooms, kept, strict=True)]
    moved = spread(total - sum(kept), left)
    return [amount + more for amount, more in zip(kept, moved, strict=True)]


def refunded_amount(item: OrderItem) -> int:
    """What has been given back of an item, or is on its way, in minor units."""
    return _refunded_sums(item, **NOT_FAILED)[0]


def refundable_amount(payment: Payment) -> int:
    """What can still be given back of a payment, in minor units: what disputes hold or took is gone."""
    given = payment.refunds.exclude(status=RefundStatus.FAILED).aggregate(total=Sum("amount"))["total"]
    moved = DisputeMovement.objects.filter(dispute__payment=payment).aggregate(total=Sum("amount"))["total"]
    return payment.amount - (given or 0) + min(moved or 0, 0)


def item_left_amount(item: OrderItem) -> int:
    """What neither refunds nor disputes have taken of an item, in minor units."""
    return max(item.net_amount - refunded_amount(item) - _disputed_amount(item), 0)


def refund_split(item: OrderItem, amount: int) -> tuple[int, int]:
    """What giving `amount` of an item back would take now: of the platform's fee, and of the share."""
    part = RefundItem(item=item)
    _part_write(part, amount, _refunded_sums(item, **NOT_FAILED))
    return part.platform_fee_amount, part.seller_amount


def is_given_back(item: OrderItem) -> bool:
    """Whether the whole price of an item is back with its buyer: by refunds decided on, and disputes lost."""
    lost = _disputed_amount(item, dispute__status=DisputeStatus.LOST)
    return 0 < item.net_amount <= refunded_amount(item) + lost


def spread_over_items(items: Sequence[OrderItem], amount: int) -> list[tuple[OrderItem, int]]:
    """A refund that names no item, spread over what refunds have left of each by the largest remainder.

    Disputes are left aside: a refund that Stripe has made is spread alike, whichever was heard of first.
    Where it leaves no room for refunds that are still on their way, these are left aside too: Stripe will
    refuse what is too much of them.
    """
    left = [item.net_amount - refunded_amount(item) for item in items]
    if amount > sum(left):
        booked = [_refunded_sums(item, refund__status=RefundStatus.SUCCEEDED) for item in items]
        left = [item.net_amount - given for item, (given, _) in zip(items, booked, strict=True)]
    return list(zip(items, spread(amount, left), strict=True))


def _part(refund: Refund, item: OrderItem, amount: int) -> RefundItem:
    part = RefundItem(refund=refund, item=item)
    _part_write(part, amount, _refunded_sums(item, **NOT_FAILED))
    return part


def _part_write(part: RefundItem, amount: int, before: tuple[int, int]) -> None:
    """Split `amount` cumulatively over what was given before, and which part of that was fee."""
    given, fee_given = before
    fee_due = part.item.platform_fee_amount * (given + amount) // part.item.net_amount
    part.amount, part.platform_fee_amount = amount, fee_due - fee_given
    part.seller_amount = amount - part.platform_fee_amount


def _refunded_sums(item: OrderItem, **which: object) -> tuple[int, int]:
    sums = item.refund_items.filter(**which).aggregate(amount=Sum("amount"), fee=Sum("platform_fee_amount"))
    return sums["amount"] or 0, sums["fee"] or 0


def _disputed_amount(item: OrderItem, **which: object) -> int:
    parts = DisputeItem.objects.filter(item=item, **which)
    return parts.aggregate(total=Sum("amount"))["total"] or 0


def seller_refunded_amount(item: OrderItem) -> int:
    """What the seller has given back of an item in booked refunds, in minor units."""
    booked = item.refund_items.filter(refund__status=RefundStatus.SUCCEEDED)
    return booked.aggregate(total=Sum("seller_amount"))["total"] or 0


def seller_disputed_amount(item: OrderItem) -> int:
    """What the seller bears of disputes of an item now, in minor units."""
    return DisputeItem.objects.filter(item=item).aggregate(total=Sum("seller_amount"))["total"] or 0
