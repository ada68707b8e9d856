"""Webhooks that never came are asked for, as far back as Stripe tells."""

import datetime

import pytest

from common import clock
from common.models import OutboxMessage
from payments.models import StripeCursor, StripeEvent
from payments.services import events as webhooks
from payments.services.events import event_store
from tests.factories import UserFactory
from tests.payments.disputing import bought
from tests.payments.reconciliation.support import reconcile
from tests.payments.support import ordered, pay, published_listing, stripe_get

pytestmark = pytest.mark.django_db


def events_at_stripe() -> list[str]:
    found = stripe_get("events?limit=100")["data"]
    return [event["id"] for event in found if event["type"] in webhooks.HANDLED_TYPES]


def stored() -> list[str]:
    return sorted(StripeEvent.objects.values_list("stripe_event_id", flat=True))


def test_missed_events_are_stored_as_a_webhook_would_and_await_handling():
    pay(ordered(UserFactory(), published_listing()))
    run = reconcile()
    assert stored() == sorted(events_at_stripe())
    assert run.events_recovered == len(stored())
    event = StripeEvent.objects.get(type="checkout.session.completed")
    assert (event.is_connect, event.handled_at) == (False, None)
    assert event.payload["data"]["object"]["object"] == "checkout.session"


def test_what_came_by_webhook_is_left_alone():
    pay(ordered(UserFactory(), published_listing()))
    for event in stripe_get("events?limit=100")["data"]:
        event_store(event=event, is_connect=False)
    before = StripeEvent.objects.count()
    run = reconcile()
    assert run.events_recovered == 0
    assert StripeEvent.objects.count() == before


def test_what_is_too_young_is_left_to_its_webhook():
    pay(ordered(UserFactory(), published_listing()))
    assert reconcile(minutes_later=1).events_recovered == 0
    assert reconcile().events_recovered > 0


def test_an_event_that_stripe_lists_late_is_not_missed():
    pay(ordered(UserFactory(), published_listing()))
    reconcile()
    StripeEvent.objects.filter(type="checkout.session.completed").delete()
    assert reconcile(minutes_later=20).events_recovered == 1


def test_the_cursor_stays_where_it_was_when_storing_fails(monkeypatch):
    bought()
    reconcile(minutes_later=0)
    before = StripeCursor.objects.get(name="events").position
    pay(ordered(UserFactory(), published_listing()))

    def fails(**_kwargs: object) -> None:
        raise RuntimeError("the database is full")

    with monkeypatch.context() as patch:
        patch.setattr("payments.services.reconciliation.events.event_store", fails)
        with pytest.raises(RuntimeError):
            reconcile()
    assert StripeCursor.objects.get(name="events").position == before
    reconcile()
    assert stored() == sorted(events_at_stripe())


def test_events_that_stripe_lists_no_more_are_said_to_be_out_of_reach():
    bought()
    reconcile()
    StripeCursor.objects.filter(name="events").update(position=clock.now() - datetime.timedelta(days=31))
    said: list[str] = []
    reconcile(minutes_later=15, say=said.append)
    assert any("30 days" in line for line in said)
    [alarm] = OutboxMessage.objects.filter(topic="payments_alarm")
    assert alarm.payload["kind"] == "events_out_of_reach"


def test_a_first_run_on_old_books_says_no_such_thing():
    order = bought()
    type(order).objects.update(created_at=clock.now() - datetime.timedelta(days=90))
    reconcile()
    assert not OutboxMessage.objects.filter(topic="payments_alarm").exists()
