"""Rate limits by token, and by address for those without one: a counter per minute in the cache.

When the cache is away the API answers without limits: the cache fails open (see config.settings.CACHES).
"""

import contextlib
import time
from typing import TYPE_CHECKING

from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from accounts.access import Access

if TYPE_CHECKING:
    from rest_framework.views import APIView

PERIODS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class CountingThrottle(BaseThrottle):
    """Fixed windows: two small commands to Redis whatever the limit, where DRF's keep a list per client."""

    scope = ""

    def __init__(self) -> None:
        number, _slash, period = str(api_settings.DEFAULT_THROTTLE_RATES[self.scope]).partition("/")
        self.limit, self.period = int(number), PERIODS[period[0]]
        self.remaining: int | None = None

    def ident(self, request: Request) -> str | None:
        raise NotImplementedError

    def allow_request(self, request: Request, view: "APIView") -> bool:
        ident = self.ident(request)
        return ident is None or self.admits(ident)

    def admits(self, ident: str) -> bool:
        """Count one more request of `ident`; false once there are too many in this window."""
        key = f"api-rate:{self.scope}:{ident}:{int(time.time()) // self.period}"
        count: int | None = 1
        if not cache.add(key, 1, timeout=self.period + 1):
            with contextlib.suppress(ValueError):  # expired in between
                count = cache.incr(key)
        if count is not None:
            self.remaining = max(0, self.limit - count)
        return count is None or count <= self.limit

    @property
    def headers(self) -> dict[str, str]:
        """What is left, for programs (draft-ietf-httpapi-ratelimit-headers); nothing while nobody counts."""
        if self.remaining is None:
            return {}
        return {
            "RateLimit-Policy": f'"{self.scope}";q={self.limit};w={self.period}',
            "RateLimit": f'"{self.scope}";r={self.remaining};t={max(1, int(self.wait()))}',
        }

    def wait(self) -> float:
        return self.period - time.time() % self.period


class TokenThrottle(CountingThrottle):
    scope = "user"

    def ident(self, request: Request) -> str | None:
        return request.auth.ident if isinstance(request.auth, Access) else None


class PictureThrottle(TokenThrottle):
    """Making a picture anew takes a second of a processor."""

    scope = "pictures"


class AddressThrottle(CountingThrottle):
    scope = "anon"

    def ident(self, request: Request) -> str | None:
        return None if isinstance(request.auth, Access) else self.get_ident(request)
