"""Opening what one owns: noted once, because it decides whether a refund is automatic."""

from django.utils.translation import gettext as _

from common import clock
from common.errors import NotFound
from payments.models import Entitlement


def entitlement_open(*, entitlement: Entitlement) -> None:
    """Note the first time a buyer is shown the text; call it before showing it.

    Raises NotFound when a refund of the unopened prompt won the race for it.
    """
    if entitlement.first_read_at is not None:
        return
    unopened = Entitlement.objects.filter(pk=entitlement.pk, revoked_at=None, first_read_at=None)
    if not unopened.update(first_read_at=clock.now()):
        still_active = Entitlement.objects.filter(pk=entitlement.pk, revoked_at=None)
        if not still_active.exists():
            raise NotFound(_("This prompt is not in your library."), code="not_in_library")
