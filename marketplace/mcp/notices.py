"""Telling connected clients that what they may list has changed, after a purchase, a refund, a new version.

Workers say so over Redis (marketplace.library_notices); each server process hears all of it and tells its own
connections. A notice is a hint without content: a client that missed one lists again and is right.
"""

import asyncio
import contextlib
import json
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from typing import Any

import redis.asyncio
from django.conf import settings
from mcp.server import Server
from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp.server.subscriptions import ListenHandler, PromptsListChanged, ResourcesListChanged, ServerEvent
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INTERNAL_ERROR,
    NotificationParams,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
)
from redis.exceptions import RedisError

from marketplace.library_notices import CHANNEL
from marketplace.mcp.callers import caller_of
from marketplace.mcp.threads import in_thread
from payments.models import Entitlement

logger = logging.getLogger(__name__)

STREAMS_PER_USER = 20
RECONNECT_SECONDS = 2.0
# A client that does not read must not keep the others waiting.
PATIENCE_SECONDS = 2.0
CHANGED: tuple[ServerEvent, ...] = (PromptsListChanged(), ResourcesListChanged())

Listener = Callable[[ServerEvent], None]


class Notices:
    """Who is connected: sessions of the older protocol, and streams that ask for notices in the newer one."""

    def __init__(self) -> None:
        self.sessions: dict[int, set[Connection]] = defaultdict(set)
        self.streams: dict[int, set[Listener]] = defaultdict(set)
        self._telling: set[asyncio.Task[None]] = set()

    async def session_begins(self, ctx: ServerRequestContext[Any, Any], params: NotificationParams) -> None:
        """A client of the older protocol has finished its handshake; it is told over its GET stream."""
        user_id = caller_of(ctx).user.pk
        # The SDK hands handlers a session per request; the connection that outlives it has no public name.
        connection = ctx.session._connection
        self.sessions[user_id].add(connection)
        connection.exit_stack.callback(_forget, self.sessions, user_id, connection)

    async def listen(
        self, ctx: ServerRequestContext[Any, Any], params: SubscriptionsListenRequestParams
    ) -> SubscriptionsListenResult:
        """A client of the newer protocol asks to be told, for as long as this request lasts."""
        user_id = caller_of(ctx).user.pk
        if len(self.streams[user_id]) >= STREAMS_PER_USER:
            raise MCPError(INTERNAL_ERROR, "Too many streams are open for this user.")
        return await ListenHandler(_UserBus(self, user_id))(ctx, params)

    @contextlib.asynccontextmanager
    async def heard(self, _server: Server[None]) -> AsyncIterator[None]:
        """The server's lifespan: hear what the workers say until the process ends."""
        hearing = asyncio.create_task(self._hear())
        try:
            yield
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, *self._telling, return_exceptions=True)

    async def _hear(self) -> None:
        while True:
            try:
                client = redis.asyncio.Redis.from_url(settings.REDIS_URL)
                async with client, client.pubsub() as pubsub:
                    await pubsub.subscribe(CHANNEL)
                    self.tell({*self.sessions, *self.streams})  # what was said while nobody listened
                    async for message in pubsub.listen():
                        if message["type"] == "message":
                            self.tell(await self._concerned(json.loads(message["data"])))
            except (RedisError, OSError) as error:
                logger.warning("Cannot hear of changed libraries (%s); trying again", type(error).__name__)
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _concerned(self, said: dict[str, int]) -> set[int]:
        """The connected users whose list it changes: one buyer, or all owners of a listing."""
        connected = {*self.sessions, *self.streams}
        if "listing" in said and connected:
            return await in_thread(_owners, said["listing"], connected)
        return connected & {said.get("buyer", 0)}

    def tell(self, user_ids: Iterable[int]) -> None:
        """Send both notices to every connection of these users, none waiting for another."""
        for user_id in user_ids:
            for listener in list(self.streams.get(user_id, ())):
                for event in CHANGED:
                    listener(event)
            for connection in list(self.sessions.get(user_id, ())):
                self._begin(_tell_session(connection))

    def _begin(self, telling: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(telling)
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)


class _UserBus:
    """The SDK's SubscriptionBus, for one user's notices."""

    def __init__(self, notices: Notices, user_id: int) -> None:
        self._notices, self._user_id = notices, user_id

    async def publish(self, event: ServerEvent) -> None:
        for listener in list(self._notices.streams.get(self._user_id, ())):
            listener(event)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        self._notices.streams[self._user_id].add(listener)
        return lambda: _forget(self._notices.streams, self._user_id, listener)


def _forget(known: dict[int, set[Any]], user_id: int, one: Any) -> None:
    known[user_id].discard(one)
    if not known[user_id]:
        del known[user_id]


async def _tell_session(connection: Connection) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            await connection.send_prompt_list_changed()
            await connection.send_resource_list_changed()


def _owners(listing_id: int, among: set[int]) -> set[int]:
    owners = Entitlement.objects.filter(listing=listing_id, buyer__in=among, revoked_at=None)
    return set(owners.values_list("buyer_id", flat=True))
