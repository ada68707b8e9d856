"""The spine under fire, with real processes: fifty webhooks at once, killed workers, a flushed Redis."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.models import OutboxMessage
from payments.models import Delivery, Entitlement, Journal, Order, OrderStatus, Payment, StripeEvent
from payments.tasks import deliveries_sweep, orders_sweep, refunds_sweep, stripe_events_sweep
from tests.factories import UserFactory
from tests.payments.support import (
    books_are_balanced,
    ordered,
    pay,
    published_listing,
    sandbox,
    stripe_get,
)
from tests.payments.waiting import until
from tests.support import processes, queues
from tests.support.environment import CHECKOUT, Slot

pytestmark = pytest.mark.django_db(transaction=True)

SETTLE = """
from accounts.models import User
from payments.models import Order
from payments.services import checkout_return
for order in Order.objects.filter(status="pending"):
    checkout_return(session_id=order.stripe_session_id, buyer=order.buyer)
"""


def completed_event(order: Order) -> str:
    found = stripe_get("events?type=checkout.session.completed&limit=20")["data"]
    return next(event["id"] for event in found if event["data"]["object"]["id"] == order.stripe_session_id)


def mails(folder: Path) -> list[str]:
    text = "".join(file.read_text(errors="replace") for file in folder.glob("*.log"))
    return [line for line in text.splitlines() if line.startswith("Message-ID:")]


def test_the_same_webhook_fifty_times_at_once_delivers_once(live_site):
    order = ordered(UserFactory(), published_listing())
    pay(order)
    event = completed_event(order)
    answer = sandbox(f"events/{event}/send", {"times": 50, "parallel": True})
    assert answer["statuses"] == [200] * 50
    delivered = Delivery.objects.filter(receipt_sent_at__isnull=False, sellers_notified_at__isnull=False)
    assert until(delivered.exists)
    assert until(lambda: not StripeEvent.objects.filter(handled_at=None).exists())
    assert StripeEvent.objects.filter(stripe_event_id=event).count() == 1
    assert Order.objects.get().status == OrderStatus.PAID
    assert (Entitlement.objects.count(), Payment.objects.count(), Delivery.objects.count()) == (1, 1, 1)
    assert Journal.objects.count() == 2
    sent = mails(Path(os.environ["MAILBOX_DIR"]))
    assert [line for line in sent if str(order.pk) in line and "receipt" in line] == [
        f"Message-ID: <receipt.{order.pk}@mail.promptfair>"
    ]
    assert books_are_balanced()


def test_a_lost_webhook_and_a_closed_tab_are_found_by_asking_stripe(stripe_sandbox):
    order = ordered(UserFactory(), published_listing())
    pay(order)
    orders_sweep()
    order.refresh_from_db()
    assert order.status == OrderStatus.PENDING, "it is not asked about before its time"
    Order.objects.update(next_check_at=order.created_at)
    orders_sweep()
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID


def test_every_sweeper_twice_changes_nothing(stripe_sandbox):
    order = ordered(UserFactory(), published_listing())
    pay(order)
    Order.objects.update(next_check_at=order.created_at)
    for _ in range(2):
        for sweep in (orders_sweep, stripe_events_sweep, deliveries_sweep, refunds_sweep):
            sweep()
    assert (Entitlement.objects.count(), Payment.objects.count(), Journal.objects.count()) == (1, 1, 2)


class Crew:
    """Web, worker and beat of a crash test, on queues of their own, so that no other worker helps out."""

    def __init__(self, slot: Slot, environ: dict[str, str], folder: Path) -> None:
        self.slot, self.folder = slot, folder
        self.mailbox = folder / "mailbox"
        self.mark = folder / "mail-began"
        self.running: list[processes.Process] = []
        self.environ = environ | {
            "CELERY_PREFIX": f"crash-{slot.number}-",
            "CELERY_BEAT_SCHEDULE": str(folder / "schedule"),
            "MAILBOX_DIR": str(self.mailbox),
            "HANGING_MAIL_MARK": str(self.mark),
            "SWEEP_SECONDS": "1",
        }

    def web(self, code: str) -> None:
        """Run `code` in a process of its own, as a web request would, and let it end."""
        command = [sys.executable, "manage.py", "shell", "-v0", "-c", code]
        subprocess.run(command, cwd=CHECKOUT, env=self.environ, check=True, capture_output=True)

    def worker(self, **environ: str) -> processes.Process:
        worker = processes.start_worker(self.slot, self.environ | environ)
        self.running.append(worker)
        return worker

    def beat(self) -> None:
        command = [sys.executable, "-m", "celery", "-A", "config", "beat", "--pidfile="]
        self.running.append(processes.Process(self.slot, "beat", command, self.environ))

    def flush_redis(self) -> int:
        connection = queues.session_redis()
        keys = list(connection.scan_iter(f"crash-{self.slot.number}-*"))
        return connection.delete(*keys) if keys else 0


@pytest.fixture
def crew(slot: Slot, process_environment: dict[str, str], tmp_path: Path) -> Iterator[Crew]:
    crew = Crew(slot, process_environment, tmp_path)
    sandbox("deliveries", {"mode": "drop"})
    yield crew
    sandbox("deliveries", {"mode": "normal"})
    for process in crew.running:
        process.stop()
    crew.flush_redis()


def test_a_worker_killed_in_mid_delivery_delivers_once_within_a_minute(crew):
    order = ordered(UserFactory(), published_listing())
    pay(order)
    worker = crew.worker(EMAIL_BACKEND="tests.support.hanging_mail.HangingBackend")
    crew.web(SETTLE)
    assert until(crew.mark.exists), "the worker began to send the receipt"
    worker.kill()
    crew.worker()
    crew.beat()
    done = Delivery.objects.filter(receipt_sent_at__isnull=False, sellers_notified_at__isnull=False)
    assert until(done.exists, seconds=60)
    assert Entitlement.objects.filter(item__order=order).count() == 1
    assert len(mails(crew.mailbox)) == 2


def test_a_flushed_redis_loses_no_delivery(crew):
    orders = [ordered(UserFactory(), published_listing()) for _ in range(5)]
    for order in orders:
        pay(order)
    crew.web(SETTLE)
    assert crew.flush_redis(), "tasks were waiting in Redis"
    crew.worker()
    crew.beat()
    finished = Delivery.objects.filter(receipt_sent_at__isnull=False, sellers_notified_at__isnull=False)
    assert until(lambda: finished.count() == 5, seconds=60)
    assert until(lambda: not OutboxMessage.objects.filter(handled_at=None).exists(), seconds=60)
    assert len(mails(crew.mailbox)) == 10


def test_an_event_committed_and_never_enqueued_is_handled(crew):
    order = ordered(UserFactory(), published_listing())
    pay(order)
    session = stripe_get(f"checkout/sessions/{order.stripe_session_id}")
    StripeEvent.objects.create(
        stripe_event_id="evt_committed_then_killed",
        type="checkout.session.completed",
        payload={"data": {"object": session}},
    )
    crew.worker()
    crew.beat()
    assert until(lambda: Order.objects.filter(status=OrderStatus.PAID).exists(), seconds=60)
