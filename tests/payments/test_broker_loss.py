"""Redis goes away: a busy worker connects anew and goes on, and nobody else waits for it."""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from common.embedded.paths import Places, make_local
from common.embedded.redis import url as redis_url
from config.settings import celery_url
from payments.models import StripeEvent
from tests.chaos.parts import RedisPart
from tests.payments.waiting import until
from tests.support.environment import Slot
from tests.support.processes import Process

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisPart]:
    """A server that may be killed; the session's own is everybody's."""
    where = Places(checkout=tmp_path, uid=os.getuid())
    make_local(where)
    server = RedisPart(where)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(where.outside)


def event_with_hint(broker: str) -> StripeEvent:
    event = StripeEvent.objects.create(
        stripe_event_id=f"evt_{StripeEvent.objects.count()}",
        type="nobody.handles",
        payload={"data": {"object": {}}},
    )
    with current_app.connection_for_write(celery_url(broker)) as connection:
        current_app.send_task(
            "payments.stripe_event_handle", args=[event.pk], queue="payments", connection=connection
        )
    return event


def waits_for_more(server: RedisPart) -> bool:
    """The worker is back in its blocking read."""
    with redis.Redis(unix_socket_path=str(server.where.redis_socket)) as client:
        return any("b" in each["flags"] for each in client.client_list())


def test_a_worker_that_loses_redis_in_the_middle_of_a_task_connects_anew(
    slot: Slot, process_environment: dict[str, str], own_redis: RedisPart
) -> None:
    broker = redis_url(own_redis.where)
    prefix = current_app.conf.broker_transport_options["global_keyprefix"]
    worker = Process(
        slot,
        "worker-of-lost-redis",
        [
            *(sys.executable, "-m", "celery", "-A", "config", "worker", "-Q", "payments"),
            *("--concurrency", "2", "--loglevel", "INFO", "--without-gossip", "--without-mingle"),
        ],
        {**process_environment, "REDIS_URL": broker, "CELERY_PREFIX": prefix},
    )
    try:
        worker.wait_until(lambda: " ready." in worker.log)
        with transaction.atomic():
            event = event_with_hint(broker)
            StripeEvent.objects.select_for_update().get(pk=event.pk)
            worker.wait_until(lambda: " received" in worker.log and waits_for_more(own_redis))
            own_redis.kill_without_memory()
            worker.wait_until(lambda: "Connection to broker lost" in worker.log)
            own_redis.start()
        worker.wait_until(lambda: worker.log.count("Connected to") == 2)
        later = event_with_hint(broker)
        assert until(lambda: not StripeEvent.objects.filter(pk=later.pk, handled_at=None).exists())
    finally:
        worker.stop()


def test_who_hints_at_work_does_not_wait_for_a_redis_that_is_away(tmp_path: Path) -> None:
    nowhere = celery_url(f"unix://{tmp_path}/redis.sock?db=0")
    began = time.monotonic()
    with current_app.connection_for_write(nowhere) as connection, pytest.raises(OperationalError):
        _ = connection.default_channel
    assert time.monotonic() - began < 2
