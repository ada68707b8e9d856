"""Check 6: Redis flushed during a hundred purchases loses none; running every task twice changes nothing."""

import dataclasses
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connections

from common.models import OutboxMessage
from common.outbox import message_deliver
from common.tasks import outbox_sweep
from payments.models import Delivery, Order
from tests.factories import UserFactory
from tests.payments.checks.outcome import DELIVERED_ONCE, leases_end, outcome_of
from tests.payments.support import books_are_balanced, ordered, paid_order, pay, published_listing
from tests.payments.waiting import until
from tests.support import processes, queues
from tests.support.environment import Slot
from tests.support.races import rival_before

PURCHASES = 100


@pytest.fixture
def beat(slot: Slot, process_environment: dict[str, str], tmp_path: Path) -> Iterator[None]:
    """Beat for the session's worker, sweeping every second."""
    environ = {"SWEEP_SECONDS": "1", "CELERY_BEAT_SCHEDULE": str(tmp_path / "schedule")}
    command = [sys.executable, "-m", "celery", "-A", "config", "beat", "--pidfile="]
    process = processes.Process(slot, "beat", command, process_environment | environ)
    yield
    process.stop()


@pytest.mark.django_db(transaction=True)
def test_check_06_redis_flushed_during_a_hundred_purchases_loses_none(live_site, beat):
    listing = published_listing()
    buyers = UserFactory.create_batch(PURCHASES)

    def buy(buyer) -> Order:
        try:
            order = ordered(buyer, listing)
            pay(order)
            return order
        finally:
            connections.close_all()

    with Flushing() as flushing, ThreadPoolExecutor(4) as pool:
        orders = list(pool.map(buy, buyers))
    assert flushing.lost, "tasks were waiting in Redis when it was emptied"
    finished = Delivery.objects.filter(receipt_sent_at__isnull=False, sellers_notified_at__isnull=False)
    assert until(lambda: finished.count() == PURCHASES, seconds=60), finished.count()
    assert until(lambda: outcome_of(orders[-1]).counted == PURCHASES)
    once = dataclasses.replace(DELIVERED_ONCE, counted=PURCHASES)
    assert [outcome_of(order) for order in orders] == [once] * PURCHASES
    assert books_are_balanced()


@pytest.mark.django_db(transaction=True)
def test_check_06_a_slow_rival_whose_lease_is_over_does_not_handle_a_message_again(alone):
    order = paid_order()
    message = OutboxMessage.objects.get(topic="order_paid")

    def sweep_after_the_lease() -> None:
        leases_end()
        outbox_sweep()

    with rival_before('SET "handled_at"', sweep_after_the_lease):
        assert not message_deliver(message.pk)
    assert order.items.get().listing.sales_count == 1


class Flushing:
    """Empties the session's Redis again and again."""

    def __init__(self) -> None:
        self.lost = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        redis = queues.session_redis()
        while not self._over.wait(0.1):
            self.lost += sum(
                redis.llen(key) for key in redis.scan_iter("*payments") if redis.type(key) == b"list"
            )
            redis.flushdb()

    def __enter__(self) -> "Flushing":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()
