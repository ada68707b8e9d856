"""Look into the test session's Celery queues in Redis."""

import os
import time
import warnings

import redis

QUEUES = ("payments", "default", "webhooks")


def session_redis() -> redis.Redis:
    return redis.Redis.from_url(os.environ["REDIS_URL"])


def wait_until_idle(seconds: float = 10) -> None:
    """Wait until the worker has no task waiting, running or scheduled for later.

    Tasks are acknowledged late, so what runs stands in `unacked`. After `seconds` the queues are emptied and
    a warning names the case: a task that retries for long is not the next test's business.
    """
    prefix = os.environ["CELERY_PREFIX"]
    connection = session_redis()
    deadline = time.monotonic() + seconds
    while _waiting(connection, prefix):
        if time.monotonic() > deadline:
            connection.delete(*(f"{prefix}{queue}" for queue in QUEUES))
            warnings.warn("The worker did not come to rest; its queues were emptied.", stacklevel=2)
            return
        time.sleep(0.02)


def clear_cache() -> None:
    """Only the cache's keys: cache.clear() would take the queues along, they share the Redis database."""
    forget(f"{os.environ['CACHE_PREFIX']}:")


def forget(prefix: str) -> int:
    """Delete everything under a prefix; how many keys there were."""
    connection = session_redis()
    keys = list(connection.scan_iter(f"{prefix}*", count=1000))
    return connection.delete(*keys) if keys else 0


def _waiting(connection: redis.Redis, prefix: str) -> int:
    with connection.pipeline(transaction=True) as pipeline:
        for queue in QUEUES:
            pipeline.llen(f"{prefix}{queue}")
        pipeline.hlen(f"{prefix}unacked")
        return sum(pipeline.execute())
