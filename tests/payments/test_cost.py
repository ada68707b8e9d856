"""What a purchase costs the database: so many statements, and none that old orders make slower."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from celery import current_app
from django.conf import settings
from django.db import connection

from common.outbox import message_deliver, waiting_message_ids
from payments.models import Order, OrderItem, StripeEvent
from payments.queries import library_of, orders_of, seller_balance
from payments.services.deliveries import delivery_finish
from payments.services.earnings import earnings_release
from payments.services.events import event_handle, event_store
from tests.factories import UserFactory
from tests.payments.support import ordered, pay, published_listing, stripe_get
from tests.support.statements import Statements

pytestmark = pytest.mark.django_db(transaction=True)

# BEGIN and COMMIT included. docs/performance.md names these figures too.
COST = {
    "order_create": 11,
    "event_store": 1,
    "event_handle": 20,
    "delivery_finish": 6,
    "message_deliver": 15,
    "earnings_release": 11,
}


def bought(listings: int = 1) -> tuple[Order, Statements]:
    """A purchase from order to released earnings, every step watched."""
    statements = Statements()
    buyer, wanted = UserFactory(), [published_listing() for _ in range(listings)]
    with statements.watch("order_create"):
        order = ordered(buyer, *wanted)
    pay(order)
    event = stripe_get("events?type=checkout.session.completed&limit=1")["data"][0]
    with statements.watch("event_store"):
        event_store(event=event, is_connect=False)
    event_pk = StripeEvent.objects.get(handled_at=None).pk
    with statements.watch("event_handle"):
        assert event_handle(event_pk=event_pk)
    with statements.watch("delivery_finish"):
        assert delivery_finish(order_id=order.pk)
    (message,) = waiting_message_ids()
    with statements.watch("message_deliver"):
        assert message_deliver(message)
    item = OrderItem.objects.filter(order=order).first()
    with statements.watch("earnings_release"):
        earnings_release(item_id=item.pk)
    return order, statements


@contextmanager
def tables_read_by_index_where_possible() -> Iterator[None]:
    """The tests' tables are too small for the planner to want an index."""
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        yield
        cursor.execute("RESET enable_seqscan")


def test_a_purchase_takes_so_many_statements(stripe_sandbox):
    _, statements = bought()
    assert statements.counts == COST


def test_an_order_of_three_takes_no_more_statements_than_an_order_of_one(stripe_sandbox):
    _, statements = bought(listings=3)
    assert statements.counts == COST


def test_no_step_of_a_purchase_reads_a_table_from_end_to_end(stripe_sandbox):
    _, statements = bought()
    with tables_read_by_index_where_possible():
        assert statements.sequential_scans() == []


def test_no_sweeper_reads_a_table_from_end_to_end(stripe_sandbox):
    current_app.loader.import_default_modules()
    statements = Statements()
    tasks = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    for task in sorted(tasks):
        if task.startswith(("payments.", "common.")) and task.endswith(("_sweep", "_release")):
            with statements.watch(task):
                current_app.tasks[task]()
    assert len(statements.by_step) >= 10
    with tables_read_by_index_where_possible():
        assert statements.sequential_scans() == []


def test_no_page_of_ones_own_reads_a_table_from_end_to_end(stripe_sandbox):
    order, statements = bought()
    with statements.watch("library"):
        list(library_of(order.buyer)[:20])
    with statements.watch("orders"):
        list(orders_of(order.buyer)[:20])
    with statements.watch("balance"):
        seller_balance(order.items.get().seller)
    with tables_read_by_index_where_possible():
        assert statements.sequential_scans() == []
