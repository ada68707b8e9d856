"""Where blocking work of the event loop's process is done: the database, the cache, Stripe."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import close_old_connections

P = ParamSpec("P")
R = TypeVar("R")

# Each thread keeps a database session of its own.
_reading = ThreadPoolExecutor(max_workers=6, thread_name_prefix="mcp")
# Stripe may take seconds to answer; those who read do not wait behind those who buy.
_buying = ThreadPoolExecutor(max_workers=2, thread_name_prefix="mcp-buying")


async def in_thread(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `work`, which may use the database, without stopping the event loop."""
    return await _run(_reading, lambda: work(*args, **kwargs))


async def in_buying_thread(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """As in_thread, for work that asks Stripe."""
    return await _run(_buying, lambda: work(*args, **kwargs))


async def _run(pool: ThreadPoolExecutor, work: Callable[[], R]) -> R:
    return await asyncio.get_running_loop().run_in_executor(pool, _with_session, work)


def _with_session(work: Callable[[], R]) -> R:
    """As around a request: a session that is broken or too old gives way to a new one."""
    close_old_connections()
    try:
        return work()
    finally:
        close_old_connections()
