"""Opening what one owns: noted, because it decides whether a refund is automatic, and proves a delivery."""

import datetime

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from common import clock
from common.errors import NotFound
from payments.models import Entitlement, TextAccess
from payments.queries import owned_version

# One statement, so that rivals on the same row count each other.
_COUNT = """
INSERT INTO payments_textaccess (entitlement_id, day, via, address, count, first_at, last_at)
VALUES (%s, %s, %s, %s, 1, %s, %s)
ON CONFLICT (entitlement_id, day, via, address)
DO UPDATE SET count = payments_textaccess.count + 1,
              last_at = greatest(payments_textaccess.last_at, excluded.last_at)
"""


def entitlement_open(*, entitlement: Entitlement, via: str, address: str | None) -> None:
    """Note that a buyer is shown the text, and the first time for good; call it before showing it.

    `via` is the way (`page`, `file`, `api`, `render`, `mcp`) and `address` where the request came from: what
    a bank is told in a dispute. Raises NotFound when a refund of the unopened prompt won the race for it.
    """
    now = clock.now()
    if entitlement.first_read_at is None:
        unopened = Entitlement.objects.filter(pk=entitlement.pk, revoked_at=None, first_read_at=None)
        if not unopened.update(first_read_at=now):
            still_active = Entitlement.objects.filter(pk=entitlement.pk, revoked_at=None)
            if not still_active.exists():
                raise NotFound(_("This prompt is not in your library."), code="not_in_library")
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [entitlement.pk, now.date(), via, address, now, now])


def version_choose(*, entitlement: Entitlement, number: int | None) -> None:
    """Which version opens from now on: this one, or with None always the newest.

    Raises NotFound for a version that the buyer has not.
    """
    pinned = None if number is None else owned_version(entitlement, number)
    if pinned is not None and pinned.pk == entitlement.version_id:
        pinned = None
    entitlement.follows_updates, entitlement.pinned_version = number is None, pinned
    entitlement.save(update_fields=["follows_updates", "pinned_version"])


def accesses_forget() -> int:
    """Delete what is older than ACCESS_LOG_DAYS, when no bank asks any more; returns how many rows."""
    before = clock.now() - datetime.timedelta(days=settings.ACCESS_LOG_DAYS)
    forgotten, _kinds = TextAccess.objects.filter(last_at__lt=before).delete()
    return forgotten
