"""The cache: Redis, and for log-in limits the memory of this process while Redis is away."""

from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django_redis.cache import CONNECTION_INTERRUPTED, RedisCache

_LIMITS = "allauth:rl:"


class RedisOrMemoryCache(RedisCache):  # type: ignore[misc]  # django_redis has no types
    """Everything else fails open, and these must not, either way.

    allauth counts tries here, and takes a cache that keeps nothing for a limit that was reached: nobody could
    log in. With no limit at all, passwords could be tried as fast as the machine allows. So each process
    counts for itself meanwhile.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._memory = LocMemCache("log-in limits", {"OPTIONS": {"MAX_ENTRIES": 10_000}})

    def add(self, key: Any, *args: Any, **named: Any) -> Any:
        done = super().add(key, *args, **named)
        return self._memory.add(key, *args, **named) if done is None and _is_limit(key) else done

    def set(self, key: Any, *args: Any, **named: Any) -> Any:
        done = super().set(key, *args, **named)
        return self._memory.set(key, *args, **named) if done is None and _is_limit(key) else done

    def delete(self, key: Any, *args: Any, **named: Any) -> Any:
        done = super().delete(key, *args, **named)
        return self._memory.delete(key, *args, **named) if done is None and _is_limit(key) else done

    def _get(self, key: Any, default: Any, version: int | None, client: Any) -> Any:
        found = super()._get(key, default, version, client)
        if found is CONNECTION_INTERRUPTED and _is_limit(key):
            return self._memory.get(key, default, version)
        return found


def _is_limit(key: Any) -> bool:
    return str(key).startswith(_LIMITS)
