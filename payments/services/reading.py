"""Opening what one owns: noted once, because it decides whether a refund is automatic."""

from common import clock
from payments.models import Entitlement


def entitlement_open(*, entitlement: Entitlement) -> None:
    """Note the first time a buyer was shown the text."""
    if entitlement.first_read_at is None:
        Entitlement.objects.filter(pk=entitlement.pk, first_read_at=None).update(first_read_at=clock.now())
