"""Views as they wait in Redis, so that a page view writes no row.

A visitor is counted once a day per listing. Kept of a visitor is a hash with a key that is made anew each
day and lives in Redis alone, folded into a HyperLogLog: nobody can be found in it. About one new visitor in a
hundred is taken for one who was there before.

Views gather in one hash per day. A drain renames that to a batch with a name of its own, books the batch in
one transaction together with its name, and deletes it: see listings.services.counting. Lost are, at worst,
the views not drained yet when Redis loses its memory, and those that no drain comes for in KEPT_SECONDS.
"""

import datetime
import logging
import secrets
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from common import clock

DAY_SECONDS = 86_400
KEPT_SECONDS = 3 * DAY_SECONDS
# How long pages do without counting once Redis did not answer: each try could cost a page a second.
PAUSE_SECONDS = 5

_NOTE = """
if redis.call('PFADD', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('HINCRBY', KEYS[2], ARGV[2], 1)
redis.call('EXPIRE', KEYS[2], ARGV[4])
redis.call('SADD', KEYS[3], ARGV[5])
return 1
"""
_TAKE = """
redis.call('SREM', KEYS[3], ARGV[1])
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('RENAME', KEYS[1], KEYS[2])
redis.call('EXPIRE', KEYS[2], ARGV[3])
redis.call('SADD', KEYS[4], ARGV[2])
return 1
"""

logger = logging.getLogger(__name__)
_paused_until = 0.0


@dataclass(frozen=True, slots=True)
class Batch:
    """Views taken out of the gathering: how many by (listing id, source), all of one day."""

    id: uuid.UUID
    day: datetime.date
    views: dict[tuple[int, str], int]


def view_note(*, listing_id: int, visitor: str, source: str) -> None:
    """Count a view unless this visitor was counted for the listing today. Redis away: it is not counted.

    `visitor` is whatever tells visitors apart; only its hash leaves this process.
    """
    global _paused_until
    if time.monotonic() < _paused_until:
        return
    today = clock.now().date()
    try:
        mark = blake2b(visitor.encode(), key=_key_of_the_day(today), digest_size=8).digest()
        keys = [_name("seen", today, listing_id), _name("pending", today), _name("days")]
        arguments = [mark, f"{listing_id}:{source}", DAY_SECONDS, KEPT_SECONDS, today.isoformat()]
        _redis().eval(_NOTE, len(keys), *keys, *arguments)
    except RedisError as error:
        _paused_until = time.monotonic() + PAUSE_SECONDS
        logger.warning("A view was not counted: %s", type(error).__name__)


def batches_take() -> Iterator[Batch]:
    """Every batch not yet forgotten: those an earlier drain left, and what has gathered since."""
    redis = _redis()
    for day in sorted(_texts(redis.smembers(_name("days")))):
        name = f"{day}:{uuid.uuid4()}"
        keys = [_name("pending", day), _name("batch", name), _name("days"), _name("batches")]
        redis.eval(_TAKE, len(keys), *keys, day, name, KEPT_SECONDS)
    for name in sorted(_texts(redis.smembers(_name("batches")))):
        day, _, batch_id = name.partition(":")
        counted = redis.hgetall(_name("batch", name))
        views = {_field(field): int(count) for field, count in counted.items()}
        yield Batch(uuid.UUID(batch_id), datetime.date.fromisoformat(day), views)


def batch_forget(batch: Batch) -> None:
    name = f"{batch.day.isoformat()}:{batch.id}"
    with _redis().pipeline() as pipeline:
        pipeline.delete(_name("batch", name)).srem(_name("batches"), name).execute()


@lru_cache(maxsize=2)
def _key_of_the_day(day: datetime.date) -> bytes:
    """The same for every process, made by the first that asks, gone with the day."""
    with _redis().pipeline() as pipeline:
        pipeline.set(_name("key", day), secrets.token_bytes(32), nx=True, ex=DAY_SECONDS)
        pipeline.get(_name("key", day))
        return bytes(pipeline.execute()[1])


def _redis() -> Any:
    return get_redis_connection("default")


def _name(*parts: object) -> str:
    prefix = str(settings.CACHES["default"]["KEY_PREFIX"])
    return ":".join([prefix, "views", *map(str, parts)])


def _field(field: bytes) -> tuple[int, str]:
    listing_id, _, source = field.decode().partition(":")
    return int(listing_id), source


def _texts(members: set[bytes]) -> list[str]:
    return [member.decode() for member in members]
