"""A clock that stands, so that a history hangs on its seed alone and not on how quick the machine is.

Each look at it takes a millisecond, and each step of a history begins with a new second, at Stripe as well.
"""

import datetime

from django.utils import timezone

START = datetime.datetime(2027, 3, 3, 11, tzinfo=datetime.UTC)
_LOOK = datetime.timedelta(milliseconds=1)

_now = START


def clock_stop() -> None:
    """Put it in the place of this process's clock. Before models are imported: they keep what they found."""
    timezone.now = _look


def clock_restart() -> None:
    global _now
    _now = START


def second_begin() -> int:
    """Go on to the next whole second, and return it as seconds since the epoch."""
    global _now
    _now = _now.replace(microsecond=0) + datetime.timedelta(seconds=1)
    return int(_now.timestamp())


def _look() -> datetime.datetime:
    global _now
    _now += _LOOK
    return _now
