"""Ending and restoring the right to read, by what has become of an item's price.

The caller holds the order's lock, and so the buyer's: one order of a buyer at a time grants a listing.
"""

from collections.abc import Iterable

from django.db.models import Q

from common import clock
from common.outbox import message_publish
from listings.models import Takedown
from payments.models import Entitlement, OrderItem
from payments.services.refund_rows import is_given_back

# Told of by the buyer's id: what the buyer may read has changed.
CHANGED_TOPIC = "library_changed"


def access_end(items: Iterable[OrderItem]) -> None:
    """Revoke what was granted for items whose whole price is back with the buyer.

    A refund counts once it is decided, a dispute once it is lost. A buyer who has paid for the listing by
    another order as well, and did not get that back, reads on by that one.
    """
    for item in items:
        if not is_given_back(item):
            continue
        if Entitlement.objects.filter(item=item, revoked_at=None).update(revoked_at=clock.now()):
            owner_id = item.order.owner_id
            own = Q(order__buyer=owner_id, order__is_gift=False) | Q(order__gift__claimed_by=owner_id)
            paid_otherwise = OrderItem.objects.filter(own, listing=item.listing_id, paid_at__isnull=False)
            again = paid_otherwise.exclude(pk=item.pk).select_related("order")
            access_restore(again.order_by("paid_at", "pk"))
            message_publish(CHANGED_TOPIC, subject=owner_id)


def access_restore(items: Iterable[OrderItem]) -> None:
    """Give access to items that are paid for after all, unless the buyer has the listing by another order.

    An item lost in a dispute stays revoked, even if the refund that failed was what had revoked it. One that
    was paid twice was never granted: it is now, if its money did not go back and the other's did. What a
    legal takedown has ended stays so, even if its money could not be given back: a person is told of that.
    A gift that nobody has claimed gives access to nobody.
    """
    for item in items:
        buyer_id = item.order.owner_id
        if buyer_id is None:
            continue
        again = Entitlement.objects.filter(buyer=buyer_id, listing=item.listing_id, revoked_at=None)
        is_forbidden = Takedown.objects.filter(listing=item.listing_id, ends_access=True)
        if not is_given_back(item) and not again.exists() and not is_forbidden.exists():
            Entitlement.objects.update_or_create(
                item=item,
                defaults={"revoked_at": None},
                create_defaults={
                    "buyer_id": buyer_id,
                    "listing_id": item.listing_id,
                    "version_id": item.version_id,
                },
            )
            message_publish(CHANGED_TOPIC, subject=buyer_id)
