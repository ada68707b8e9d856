"""Ending and restoring the right to read, by what has become of an item's price."""

from collections.abc import Iterable

from common import clock
from payments.models import Entitlement, OrderItem
from payments.services.refund_rows import is_given_back


def access_end(items: Iterable[OrderItem]) -> None:
    """Revoke what was granted for items whose whole price is back with the buyer.

    A refund counts once it is decided, a dispute once it is lost. The caller holds the order's lock.
    """
    for item in items:
        if is_given_back(item):
            Entitlement.objects.filter(item=item, revoked_at=None).update(revoked_at=clock.now())


def access_restore(items: Iterable[OrderItem]) -> None:
    """Give access back to items that are paid for after all, unless the buyer has bought the listing again.

    An item lost in a dispute stays revoked, even if the refund that failed was what had revoked it. The
    caller holds the order's lock.
    """
    for item in items:
        entitlement = Entitlement.objects.filter(item=item, revoked_at__isnull=False).first()
        if entitlement is None or is_given_back(item):
            continue
        again = Entitlement.objects.filter(
            buyer_id=entitlement.buyer_id, listing_id=entitlement.listing_id, revoked_at=None
        )
        if not again.exists():
            Entitlement.objects.filter(pk=entitlement.pk).update(revoked_at=None)
