"""What each step of a purchase costs in this process: waiting for PostgreSQL and Stripe, and its own work."""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import psycopg
import requests

from tests.bench import machine
from tests.bench.purchases import Shop, purchases_walk


def step_costs(shop: Shop, count: int) -> dict[str, dict[str, float]]:
    """Median milliseconds of each step, over `count` purchases one after the other."""
    purchases_walk(shop, 3)
    costs = Costs()
    purchases_walk(shop, count, costs.watch)
    return {step: _medians(times) for step, times in costs.by_step.items()}


class Costs:
    """Seconds of each step, once per time it was watched."""

    def __init__(self) -> None:
        self.by_step: dict[str, list[dict[str, float]]] = {}
        self._waited: dict[str, float] = {}

    @contextmanager
    def watch(self, step: str) -> Iterator[None]:
        self._waited = {"sql": 0.0, "stripe": 0.0}
        session = machine.own_session_pid()
        cpu, postgres, began = time.process_time(), machine.thread_seconds(session), time.perf_counter()
        with self._timed(psycopg.Connection, "wait", "sql"), self._timed(requests.Session, "send", "stripe"):
            yield
        seconds = {
            "wall": time.perf_counter() - began,
            **self._waited,
            "cpu": time.process_time() - cpu,
            "postgres_cpu": machine.thread_seconds(session) - postgres,
        }
        self.by_step.setdefault(step, []).append(seconds)

    @contextmanager
    def _timed(self, owner: type, method: str, name: str) -> Iterator[None]:
        """Count the time in a method through which every question goes, from its sending to its answer."""
        plain = getattr(owner, method)

        def timed(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return plain(*args, **kwargs)
            finally:
                self._waited[name] += time.perf_counter() - began

        with patch.object(owner, method, timed):
            yield


def _medians(times: list[dict[str, float]]) -> dict[str, float]:
    return {name: round(statistics.median(each[name] for each in times) * 1000, 2) for name in times[0]}
