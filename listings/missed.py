"""Searches that found nothing, counted in Redis so that sellers learn what is missing.

What is typed can name a person. So a search is told only once MIN_PEOPLE different visitors made it in one
week, what looks like an address or a long number is not kept at all, and of visitors nothing is kept but a
hash under a key that is gone with its week, folded into a HyperLogLog.
"""

import datetime
import logging
import re
import secrets
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from common import clock

MIN_PEOPLE = 5
SHOWN = 20
SHORTEST, LONGEST = 3, 60
WEEKS_TOLD = 4
# A flood of searches made up must not fill the memory: those asked for least are forgotten first.
MOST_KEPT = 5000
_KEPT_SECONDS = 35 * 86_400
_WEEK_SECONDS = 8 * 86_400
_PRIVATE = re.compile(r"@|https?:|\d{5,}")

_NOTE = """
if redis.call('PFADD', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('ZINCRBY', KEYS[2], 1, ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[4])
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -(tonumber(ARGV[5]) + 1))
return 1
"""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MissedSearch:
    """What was searched for and not found, and by how many in their best week."""

    text: str
    people_count: int


def search_missed(*, text: str, visitor: str) -> None:
    """Note that a search found nothing; once per visitor and week. Redis away: it is not noted."""
    text = " ".join(text.lower().split())
    if not SHORTEST <= len(text) <= LONGEST or _PRIVATE.search(text):
        return
    week = _week(clock.now().date())
    try:
        key = _key_of(week)
        mark = blake2b(visitor.encode(), key=key, digest_size=8).digest()
        seen = blake2b(text.encode(), key=key, digest_size=8).hexdigest()
        keys = [_name(week, "seen", seen), _name(week, "texts")]
        arguments = [mark, text, _WEEK_SECONDS, _KEPT_SECONDS, MOST_KEPT]
        _redis().eval(_NOTE, len(keys), *keys, *arguments)
    except RedisError as error:
        logger.warning("A search that found nothing was not noted: %s", type(error).__name__)


def missed_searches() -> list[MissedSearch]:
    """What at least MIN_PEOPLE searched for in one of the last weeks, the most wanted first."""
    today, found = clock.now().date(), dict[str, int]()
    try:
        for ago in range(WEEKS_TOLD):
            week = _week(today - datetime.timedelta(weeks=ago))
            rows = _redis().zrevrangebyscore(_name(week, "texts"), "+inf", MIN_PEOPLE, 0, SHOWN, True)
            for text, people in rows:
                found[text.decode()] = max(found.get(text.decode(), 0), int(people))
    except RedisError as error:
        logger.warning("Missed searches could not be read: %s", type(error).__name__)
    most = sorted(found.items(), key=lambda row: (-row[1], row[0]))
    return [MissedSearch(text, people) for text, people in most[:SHOWN]]


def _key_of(week: str) -> bytes:
    with _redis().pipeline() as pipeline:
        pipeline.set(_name(week, "key"), secrets.token_bytes(32), nx=True, ex=_WEEK_SECONDS)
        pipeline.get(_name(week, "key"))
        return bytes(pipeline.execute()[1])


def _week(day: datetime.date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-{week}"


def _redis() -> Any:
    return get_redis_connection("default")


def _name(*parts: str) -> str:
    prefix = str(settings.CACHES["default"]["KEY_PREFIX"])
    return ":".join([prefix, "missed", *parts])
