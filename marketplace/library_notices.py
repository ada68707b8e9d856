"""Saying over Redis whose library has changed, for the MCP server's connected clients.

Hints only: whoever misses one finds the truth at the next listing, so a Redis that is away is not an error.
"""

import json
import logging

from django.conf import settings
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from common.models import OutboxMessage
from common.outbox import handles
from payments.services.access import CHANGED_TOPIC

logger = logging.getLogger(__name__)

CHANNEL = f"{settings.CACHES['default']['KEY_PREFIX']}:library"


@handles("order_paid")
def order_paid(message: OutboxMessage) -> None:
    _say(buyer=message.payload["buyer"])


@handles(CHANGED_TOPIC)
def library_changed(message: OutboxMessage) -> None:
    _say(buyer=int(message.subject))


@handles("listing_published")
def listing_published(message: OutboxMessage) -> None:
    _say(listing=int(message.subject))


def _say(**what: int) -> None:
    try:
        get_redis_connection("default").publish(CHANNEL, json.dumps(what))
    except RedisError as error:
        logger.warning("Could not say that a library has changed (%s)", type(error).__name__)
