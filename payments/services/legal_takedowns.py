"""A listing that the law takes away: its buyers lose it, and get their money back.

One message per purchase, so that one about which a bank still decides holds up no other.
"""

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import User
from accounts.services import audit_record
from common import clock
from common.errors import Conflict
from common.models import OutboxMessage
from common.outbox import message_publish
from listings.models import Takedown
from payments.locks import order_lock
from payments.models import Entitlement, Order, OrderItem, RefundReason
from payments.services.access import CHANGED_TOPIC
from payments.services.refunds import refund_request

ITEM_TOPIC = "purchase_taken_down"
NOTE = "Taken down for legal reasons"


def purchases_take_down(*, listing_id: int, by_id: int) -> int:
    """Announce the end of every purchase of the listing that can still be read; how many there are.

    In the caller's transaction. What is announced and not done yet is not announced again.
    """
    entitlements = Entitlement.objects.filter(listing=listing_id, revoked_at=None)
    item_ids = list(entitlements.order_by("item_id").values_list("item_id", flat=True))
    unclaimed = OrderItem.objects.filter(
        listing=listing_id, paid_at__isnull=False, order__gift__isnull=False, order__gift__claimed_at=None
    )
    item_ids += unclaimed.order_by("pk").values_list("pk", flat=True)
    waiting = OutboxMessage.objects.filter(topic=ITEM_TOPIC, subject__in=map(str, item_ids), handled_at=None)
    announced = set(waiting.values_list("subject", flat=True))
    for item_id in item_ids:
        if str(item_id) in announced:
            continue
        message_publish(ITEM_TOPIC, subject=item_id, payload={"by": by_id})
    return len(item_ids)


def purchases_missed_take_down() -> None:
    """Announce the end of what was bought of such a listing on a payment page that was still open."""
    readable = Entitlement.objects.filter(listing=OuterRef("listing"), revoked_at=None)
    ended = Takedown.objects.filter(Exists(readable), ends_access=True, decided_by__isnull=False)
    for listing_id, by_id in ended.values_list("listing_id", "decided_by__pk"):
        with transaction.atomic():
            purchases_take_down(listing_id=listing_id, by_id=by_id)


@transaction.atomic
def purchase_take_down(*, item_id: int, by_id: int) -> None:
    """Give one purchase's money back in full, which ends its access; a free one only ends. Locks the order.

    The platform returns its fee, the seller the share; the processing fee stays with the platform. A purchase
    given back before changes nothing. Raises Conflict `disputed` while a bank decides: try again later.
    """
    item = OrderItem.objects.select_related("order").get(pk=item_id)
    order, by = order_lock(item.order_id), User.objects.get(pk=by_id)
    if item.net_amount == 0:
        _free_one_end(item, order, by)
        return
    try:
        refund = refund_request(order=order, by=by, reason=RefundReason.MODERATOR, item=item, note=NOTE)
    except Conflict as error:
        if error.code != "not_refundable":
            raise
        return
    detail = {"refund": str(refund.pk), "amount": refund.amount, "note": NOTE}
    audit_record(actor=by, action="order.refunded", subject=order, detail=detail)


def _free_one_end(item: OrderItem, order: Order, by: User) -> None:
    if Entitlement.objects.filter(item=item, revoked_at=None).update(revoked_at=clock.now()):
        detail = {"item": item.pk, "note": NOTE}
        audit_record(actor=by, action="entitlement.revoked", subject=order, detail=detail)
        message_publish(CHANGED_TOPIC, subject=order.owner_id)
