"""The checks' tasks: beside payments, not before them, and each rule alone at night."""

import threading

import pytest
from celery import current_app
from django.db import connections

from payments import tasks
from payments.locks import single_flight
from payments.models import Finding, Order
from payments.services.invariants import INVARIANTS
from tests.payments.disputing import bought
from tests.payments.waiting import until

NAME = "paid_orders_are_delivered"


@pytest.mark.parametrize(
    "task", ["reconcile", "invariants_check", "invariants_check_all", "invariant_check_all"]
)
def test_comparing_books_does_not_stand_before_a_payment(task):
    route = current_app.amqp.router.route({}, f"payments.{task}")
    assert route["queue"].name == "default"
    assert current_app.amqp.router.route({}, "payments.stripe_event_handle")["queue"].name == "payments"


@pytest.mark.django_db(transaction=True)
def test_at_night_every_rule_is_held_by_the_worker(celery_worker_process, stripe_sandbox):
    order = bought()
    Order.objects.filter(pk=order.pk).update(delivered_at=None, paid_at=order.paid_at.replace(year=2020))
    tasks.invariants_check_all()
    assert until(lambda: Finding.objects.filter(kind=NAME, alarmed_at__isnull=False).exists())
    assert NAME in INVARIANTS


@pytest.mark.django_db(transaction=True)
def test_a_rule_that_is_being_held_is_not_held_twice(stripe_sandbox):
    Order.objects.filter(pk=bought().pk).update(delivered_at=None)
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with single_flight(f"invariant {NAME}"):
            entered.set()
            leave.wait(20)
        connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    assert entered.wait(20)
    tasks.invariant_check_all(NAME)
    assert not Finding.objects.exists()
    leave.set()
    holder.join()
    tasks.invariant_check_all(NAME)
    assert Finding.objects.get().kind == NAME
