"""What has become of a gift, for its giver."""

from enum import StrEnum

from common import clock
from payments.models import Gift, Order, OrderStatus


class GiftState(StrEnum):
    NO_ADDRESS = "no_address"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    SENT = "sent"
    CLAIMED = "claimed"
    TAKEN_BACK = "taken_back"


def gift_of(order: Order) -> Gift | None:
    """The gift that a paid order is; without a query where it came with the order."""
    return order.gift if order.is_gift and order.is_paid else None


def gift_state(gift: Gift) -> GiftState:
    if gift.order.status == OrderStatus.REFUNDED:
        return GiftState.TAKEN_BACK
    if gift.claimed_at:
        return GiftState.CLAIMED
    if not gift.email:
        return GiftState.NO_ADDRESS
    if gift.sent_at:
        return GiftState.SENT
    return GiftState.SCHEDULED if gift.due_at and gift.due_at > clock.now() else GiftState.SENDING
