"""Payments workers on one database, each a process as in production, and what a round of work takes them."""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Max, QuerySet
from django.utils import timezone

from payments.models import Delivery, Order, StripeEvent
from payments.services import deliveries, events
from tests.bench import machine
from tests.bench.purchases import events_hold, held_tasks_release, leftovers_handle
from tests.support.environment import Slot
from tests.support.processes import Process

COMMAND = (
    *(sys.executable, "-m", "celery", "-A", "config", "worker", "-Q", "payments", "--concurrency", "1"),
    *("--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"),
)
PATIENCE_SECONDS = 180


class Crew:
    """So many workers with a queue of their own."""

    def __init__(self, slot: Slot, name: str, environ: Mapping[str, str], count: int) -> None:
        self.prefix = f"{os.environ['CELERY_PREFIX']}{name}-"
        environ = {**environ, "CELERY_PREFIX": self.prefix}
        self.workers = [
            Process(slot, f"{name}-{number}", [*COMMAND, "--hostname", f"{name}-{number}@%h"], environ)
            for number in range(count)
        ]
        for worker in self.workers:
            worker.wait_until(lambda log=worker.log_path: " ready." in log.read_text(errors="replace"))

    def stop(self) -> None:
        for worker in self.workers:
            worker.stop()

    def round(self, orders: Sequence[Order], stripe_pid: int) -> dict[str, float]:
        """Fulfil these paid orders, all queued before the clock runs.

        Purchases per second until the last is granted, and until the last mail is out; the CPU time of a
        purchase in ms, by who used it; and the share of the machine that others used meanwhile.
        """
        events_hold(orders)
        used = self._used(stripe_pid)
        busy, clock, began = machine.busy_seconds(), time.perf_counter(), timezone.now()
        held_tasks_release(self.prefix)
        self._wait_for(StripeEvent.objects.filter(events.WAITING))
        used_granting = self._used(stripe_pid)
        self._wait_for(Delivery.objects.filter(deliveries.WAITING))
        seconds, busy = time.perf_counter() - clock, machine.busy_seconds() - busy
        used_all = self._used(stripe_pid)
        leftovers_handle()
        ours = sum(used_all.values()) - sum(used.values())
        count = len(orders)
        return {
            "granted_per_second": round(count / self._seconds(began, orders, "granted_at"), 1),
            "finished_per_second": round(count / self._seconds(began, orders, "sellers_notified_at"), 1),
            **{
                f"{name}_ms": round((used_granting[name] - used[name]) / count * 1000, 1)
                for name in ("worker", "postgres", "stripe")
            },
            "others_share": round(max(0.0, busy - ours) / seconds / machine.CORES, 2),
        }

    def _used(self, stripe_pid: int) -> dict[str, float]:
        """CPU seconds so far."""
        return {
            "worker": sum(machine.group_seconds(worker.group) for worker in self.workers),
            "postgres": machine.process_seconds(machine.session_pids()),
            "stripe": machine.process_seconds([stripe_pid]),
            "bench": machine.process_seconds([os.getpid(), machine.own_session_pid()]),
        }

    def _wait_for(self, waiting: QuerySet) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while waiting.exists():
            if time.monotonic() > deadline:
                raise SystemExit(f"{waiting.count()} are left undone:\n{self.workers[0].log[-4000:]}")
            time.sleep(0.03)

    def _seconds(self, began: datetime, orders: Sequence[Order], column: str) -> float:
        last = Delivery.objects.filter(order__in=orders).aggregate(last=Max(column))["last"]
        return (last - began).total_seconds()
