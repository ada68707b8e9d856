"""The one source of the current time, so that tests and the demo can move it.

The offset is a row, shared by every process, and is refused unless the Stripe sandbox is in use:
moving the clock of a marketplace with real money would release earnings early.
"""

import datetime
import time

from django.conf import settings
from django.db import OperationalError, ProgrammingError
from django.utils import timezone

_CACHE_SECONDS = 1.0
_cached: tuple[float, datetime.timedelta] | None = None


def now() -> datetime.datetime:
    """The current time in UTC, moved by the offset row where that is allowed."""
    if not settings.USES_STRIPE_SANDBOX:
        return timezone.now()
    return timezone.now() + _offset()


def clock_move(*, offset: datetime.timedelta) -> None:
    """Set how far the clock runs ahead of real time; move the sandbox's clock by the same yourself."""
    from common.models import ClockOffset

    if not settings.USES_STRIPE_SANDBOX:
        raise RuntimeError("The clock moves only when STRIPE_API_BASE is the local sandbox.")
    ClockOffset.objects.update_or_create(pk=1, defaults={"offset": offset})
    forget_offset()


def forget_offset() -> None:
    global _cached
    _cached = None


def _offset() -> datetime.timedelta:
    from common.models import ClockOffset

    global _cached
    if _cached is None or time.monotonic() - _cached[0] > _CACHE_SECONDS:
        try:
            row = ClockOffset.objects.filter(pk=1).values_list("offset", flat=True).first()
        except (OperationalError, ProgrammingError):
            # No database or no table yet: system checks make model instances before the first migration.
            return datetime.timedelta()
        _cached = (time.monotonic(), row or datetime.timedelta())
    return _cached[1]
