"""Rate limits by token, and by address for those without one: a counter per minute in the cache.

When the cache is away the API answers without limits: the cache fails open (see config.settings.CACHES).
"""

import time
from typing import TYPE_CHECKING

from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from accounts.models import ApiToken

if TYPE_CHECKING:
    from rest_framework.views import APIView

PERIODS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class CountingThrottle(BaseThrottle):
    """Fixed windows: two small commands to Redis whatever the limit, where DRF's keep a list per client."""

    scope = ""

    def __init__(self) -> None:
        number, _slash, period = str(api_settings.DEFAULT_THROTTLE_RATES[self.scope]).partition("/")
        self.limit, self.period = int(number), PERIODS[period[0]]

    def ident(self, request: Request) -> str | None:
        raise NotImplementedError

    def allow_request(self, request: Request, view: "APIView") -> bool:
        ident = self.ident(request)
        return ident is None or self.admits(ident)

    def admits(self, ident: str) -> bool:
        """Count one more request of `ident`; false once there are too many in this window."""
        key = f"api-rate:{self.scope}:{ident}:{int(time.time()) // self.period}"
        if cache.add(key, 1, timeout=self.period + 1):
            return True
        try:
            count = cache.incr(key)
        except ValueError:  # expired in between
            return True
        return count is None or count <= self.limit

    def wait(self) -> float:
        return self.period - time.time() % self.period


class TokenThrottle(CountingThrottle):
    scope = "user"

    def ident(self, request: Request) -> str | None:
        return str(request.auth.pk) if isinstance(request.auth, ApiToken) else None


class AddressThrottle(CountingThrottle):
    scope = "anon"

    def ident(self, request: Request) -> str | None:
        return None if isinstance(request.auth, ApiToken) else self.get_ident(request)
