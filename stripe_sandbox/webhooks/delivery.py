"""Deliveries: rows that say which event still has to reach which endpoint, and the thread that sends them.

A row is written in the transaction that makes the event; the thread finds it after the commit, and again
after a restart. Anything but 2xx is tried again with growing delays. Real time rules here, never the
sandbox's clock: a moved clock must not hold back a retry.
"""

import json
import random
import sqlite3
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from ..jsontypes import Json
from ..recording import Recorder
from ..store import Store
from .sending import post_event

MODES = ("normal", "hold", "drop")
ORDERS = ("fifo", "reverse", "random")
_PARALLEL = 8
_IDLE_SECONDS = 0.5


class Deliveries:
    """The queue of deliveries and its thread."""

    def __init__(self, store: Store, recorder: Recorder) -> None:
        self._store = store
        self._recorder = recorder
        self._wake = threading.Event()
        self._stopping = False
        self._running: set[int] = set()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(_PARALLEL, thread_name_prefix="webhook")
        self._thread = threading.Thread(target=self._loop, name="webhook-dispatcher", daemon=True)
        self.retry_delays: Sequence[float] = (0.5, 1, 2, 4, 8, 15, 30, 60, 120)
        self.mode = "normal"
        self.order = "fifo"
        self.delay_seconds = 0.0

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what is being sent and end the thread."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def enqueue(self, event_id: str, endpoint_id: str) -> None:
        """Write the row for one event and endpoint; call it inside the transaction that makes the event."""
        state = "dropped" if self.mode == "drop" else "pending"
        with self._store.transaction() as connection:
            connection.execute(
                "INSERT INTO deliveries (event, endpoint, state, due) VALUES (?, ?, ?, ?)",
                (event_id, endpoint_id, state, time.time() + self.delay_seconds),
            )
        self._store.on_commit(self._wake.set)

    def configure(self, *, mode: str, order: str, delay_seconds: float) -> None:
        """Change how deliveries leave; those held are let go when `mode` is normal again."""
        self.mode, self.order, self.delay_seconds = mode, order, delay_seconds
        self._wake.set()

    def wake(self) -> None:
        """Look at the queue now."""
        self._wake.set()

    def settle(self, timeout: float) -> bool:
        """Wait until nothing is due or being sent; say whether that came about in time."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            with self._store.transaction() as connection:
                waiting = connection.execute(
                    "SELECT 1 FROM deliveries WHERE state = 'pending' LIMIT 1"
                ).fetchone()
            if not waiting and not self._running:
                return True
            time.sleep(0.02)
        return False

    def send_now(self, event: Json, *, times: int, parallel: bool) -> list[int | None]:
        """Send an event again to every endpoint that would get it; answer the HTTP statuses, None for no
        answer.
        """
        endpoints = self._endpoints_of(event["id"])
        jobs = [endpoint for endpoint in endpoints for _ in range(times)]
        if not parallel:
            return [self._post(event, endpoint) for endpoint in jobs]
        with ThreadPoolExecutor(max(1, min(len(jobs), 64))) as pool:
            return list(pool.map(lambda endpoint: self._post(event, endpoint), jobs))

    def _endpoints_of(self, event_id: str) -> list[str]:
        with self._store.transaction() as connection:
            rows = connection.execute(
                "SELECT DISTINCT endpoint FROM deliveries WHERE event = ? ORDER BY endpoint", (event_id,)
            ).fetchall()
        return [row["endpoint"] for row in rows]

    def _loop(self) -> None:
        while not self._stopping:
            self._wake.clear()
            for row in self._due():
                if self._stopping:
                    return
                if self.order == "fifo":
                    self._submit(row)
                else:
                    self._deliver(row)
            self._wake.wait(self._pause())

    def _due(self) -> list[sqlite3.Row]:
        if self.mode == "hold":
            return []
        with self._store.transaction() as connection:
            rows = connection.execute(
                "SELECT * FROM deliveries WHERE state = 'pending' AND due <= ? ORDER BY due, id LIMIT 200",
                (time.time(),),
            ).fetchall()
        with self._lock:
            rows = [row for row in rows if row["id"] not in self._running]
            self._running.update(row["id"] for row in rows)
        if self.order == "reverse":
            rows.reverse()
        elif self.order == "random":
            random.shuffle(rows)
        return rows

    def _pause(self) -> float:
        with self._store.transaction() as connection:
            soonest = connection.execute(
                "SELECT min(due) FROM deliveries WHERE state = 'pending' AND due > ?", (time.time(),)
            ).fetchone()[0]
        return _IDLE_SECONDS if soonest is None else min(_IDLE_SECONDS, max(0.005, soonest - time.time()))

    def _submit(self, row: sqlite3.Row) -> None:
        future: Future[None] = self._pool.submit(self._deliver, row)
        future.add_done_callback(lambda _: self._wake.set())

    def _deliver(self, row: sqlite3.Row) -> None:
        try:
            event = self._store.get("event", row["event"])
            status = self._post(event, row["endpoint"]) if event else None
            self._note(row, status)
        finally:
            with self._lock:
                self._running.discard(row["id"])

    def _post(self, event: Json, endpoint_id: str) -> int | None:
        endpoint = self._store.get("webhook_endpoint", endpoint_id)
        if endpoint is None or endpoint["status"] != "enabled":
            return None
        secret = self._store.private(endpoint_id)["secret"]
        body = json.dumps(event | {"pending_webhooks": 1}, separators=(",", ":")).encode()
        status = post_event(endpoint["url"], body, secret=secret)
        self._recorder.event(event | {"pending_webhooks": 1}, endpoint=endpoint_id, status=status)
        return status

    def _note(self, row: sqlite3.Row, status: int | None) -> None:
        attempts = row["attempts"] + 1
        if status is not None and 200 <= status < 300:
            state, due = "delivered", row["due"]
        elif attempts > len(self.retry_delays):
            state, due = "failed", row["due"]
        else:
            state, due = "pending", time.time() + self.retry_delays[attempts - 1]
        with self._store.transaction() as connection:
            connection.execute(
                "UPDATE deliveries SET state = ?, attempts = ?, due = ?, last_status = ? WHERE id = ?",
                (state, attempts, due, status, row["id"]),
            )
