"""Purchases for measuring: orders by old customers, paid at Stripe, then each step of fulfilling them."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from common import clock
from common.models import OutboxMessage
from common.outbox import message_deliver
from listings.models import Listing
from payments.models import Order, OrderItem, StripeEvent
from payments.services import order_create
from payments.services.deliveries import delivery_finish
from payments.services.earnings import earnings_release
from payments.services.events import event_handle, event_store
from tests.bench.history import ORDERS_PER_BUYER, Market
from tests.payments.support import pay, sandbox, stripe_get
from tests.support.queues import session_redis

HELD = f"{os.environ['CELERY_PREFIX']}payments"
Watch = Callable[[str], AbstractContextManager[Any]]


class Shop:
    """The buyers of one database and what each buys next: never what they own already."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self._sold = 0

    def wishes(self, count: int) -> list[tuple[User, str]]:
        """Buyers with the slug of a listing for each, spread over all: neighbours would share index pages."""
        return [self._wish(number) for number in range(self._sold, self._sold + count)]

    def _wish(self, number: int) -> tuple[User, str]:
        self._sold += 1
        buyer_number = number * 7_919 % self.market.buyers
        nth = ORDERS_PER_BUYER + number // self.market.buyers
        listing = Listing.objects.get(pk=self.market.listing_id(buyer_number, nth))
        return User.objects.get(pk=self.market.first_buyer + buyer_number), listing.slug


def paid_orders(shop: Shop, count: int) -> list[Order]:
    """So many orders whose money Stripe has, unknown to us so far. Stripe begins anew, small each time."""
    sandbox("reset")
    orders = [order_create(buyer=buyer, listing_slugs=[slug]) for buyer, slug in shop.wishes(count)]
    for order in orders:
        pay(order)
    return orders


def events_hold(orders: Sequence[Order]) -> None:
    """Store each order's event as its webhook does. The tasks wait in a queue that no worker reads."""
    held_tasks_forget()
    for event in events_of(orders):
        event_store(event=event, is_connect=False)


def held_tasks_release(prefix: str) -> None:
    """Hand all held tasks at once to the workers of this prefix."""
    session_redis().rename(HELD, f"{prefix}payments")


def held_tasks_forget() -> None:
    session_redis().delete(HELD, HELD.removesuffix("payments") + "default")


def events_of(orders: Sequence[Order]) -> list[dict[str, Any]]:
    """The event that Stripe has of each order."""
    by_session = {event["data"]["object"]["id"]: event for event in _completed()}
    return [by_session[str(order.stripe_session_id)] for order in orders]


def purchases_walk(shop: Shop, count: int, watch: Watch = lambda _step: nullcontext()) -> None:
    """Whole purchases in this process, step by step, each step of each purchase within `watch(step)`."""
    sandbox("reset")
    orders = []
    for buyer, slug in shop.wishes(count):
        with watch("order_create"):
            orders.append(order_create(buyer=buyer, listing_slugs=[slug]))
    for order in orders:
        pay(order)
    for event in events_of(orders):
        with watch("event_store"):
            event_store(event=event, is_connect=False)
    for event_pk in _ids(StripeEvent.objects.filter(handled_at=None)):
        with watch("event_handle"):
            event_handle(event_pk=event_pk)
    for order in orders:
        with watch("delivery_finish"):
            delivery_finish(order_id=order.pk)
    for message_id in _ids(OutboxMessage.objects.filter(handled_at=None)):
        with watch("message_deliver"):
            message_deliver(message_id)
    for item_id in _ids(OrderItem.objects.filter(order__in=orders)):
        with watch("earnings_release"):
            earnings_release(item_id=item_id)
    held_tasks_forget()
    if OrderItem.objects.filter(order__in=orders, earnings_released_at__isnull=False).count() != count:
        raise SystemExit("Not every purchase was fulfilled and released.")


def leftovers_handle() -> None:
    """What a worker for the default queue would have done, so that rounds do not pile it up."""
    OutboxMessage.objects.filter(handled_at=None).update(handled_at=clock.now())


def _ids(rows: QuerySet) -> list[Any]:
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _completed() -> Iterator[dict[str, Any]]:
    path = "events?type=checkout.session.completed&limit=100"
    page = stripe_get(path)
    yield from page["data"]
    while page["has_more"]:
        page = stripe_get(f"{path}&starting_after={page['data'][-1]['id']}")
        yield from page["data"]
