"""The official MCP client, as a person's AI program runs it, and the people who run it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from django.db import connections
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

from accounts.models import Scope, User
from accounts.services import token_create
from listings.models import Listing
from payments.models import Entitlement
from payments.services import checkout_return
from tests.payments.support import ordered, pay

BUYER_SCOPES = (Scope.LIBRARY_READ, Scope.ORDERS_WRITE)


def token_of(user: User, *scopes: Scope) -> str:
    return token_create(user=user, name="Assistant", scopes=scopes or BUYER_SCOPES)[1]


@asynccontextmanager
async def connected(url: str, token: str, **options: Any) -> AsyncIterator[Client]:
    """A client that has introduced itself; `mode="legacy"` speaks the protocol of before 2026."""
    async with create_mcp_http_client(headers={"Authorization": f"Bearer {token}"}) as http:
        transport = streamable_http_client(url, http_client=http)
        async with Client(transport, cache=None, **options) as client:
            yield client


def run(work: Callable[[], Awaitable[Any]]) -> Any:
    """Run it in a thread of its own: Playwright keeps an event loop in the tests'."""
    outcome: list[Any] = []

    def body() -> None:
        try:
            outcome.append((asyncio.run(work()), None))  # type: ignore[arg-type]
        except BaseException as error:
            outcome.append((None, error))
        finally:
            connections.close_all()

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    result, error = outcome[0]
    if error is not None:
        raise error
    return result


def bought(buyer: User, listing: Listing) -> Entitlement:
    order = ordered(buyer, listing)
    if order.total_amount:
        pay(order)
        checkout_return(session_id=str(order.stripe_session_id), buyer=buyer)
    return Entitlement.objects.get(buyer=buyer, listing=listing, revoked_at=None)
