"""What one history begins with, and what its rules act upon. Indices wrap round, so any number names one."""

import base64
import datetime
import json
import os
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from celery import current_app
from django.core import mail
from django.db.models import Q
from django.utils import timezone

from accounts.models import Scope, SellerProfile, User
from accounts.services import token_create
from common import clock
from common.errors import DomainError
from common.models import OutboxMessage
from listings.models import Listing, ListingStatus
from payments.gateway import GatewayRefused
from payments.models import (
    ConnectedAccount,
    CouponUse,
    Delivery,
    DisputeEvidence,
    Order,
    Payout,
    PayoutReversal,
    Refund,
    StripeEvent,
)
from payments.services.coupons import coupon_create
from payments.services.events import event_handle, event_store
from tests.factories import ListingFactory, SellerProfileFactory, UserFactory
from tests.payments.histories import still
from tests.payments.histories.cents import Coupon
from tests.payments.histories.model import Line, Model
from tests.payments.histories.outside import Json, Outside
from tests.support import queues
from tests.support.database import reset_test_database
from tests.support.environment import Slot

# Per seller: awkward prices, a dear one so that payouts happen, and one prompt that is free.
PRICES = ((1333, 999, 4999), (3333, 1250, 0))
BUYERS = 3
# Rows that wait for real time, which no clock of ours moves: histories let it pass at will.
ATTEMPTED = [StripeEvent, Refund, Delivery, OutboxMessage, Payout, PayoutReversal, DisputeEvidence]

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Hint:
    """A task somebody enqueued."""

    name: str
    args: tuple[Any, ...]


class World:
    def __init__(self, slot: Slot, outside: Outside) -> None:
        self._slot = slot
        self._redis = queues.session_redis()
        self.outside = outside
        self.empty()
        self.model = Model()
        self.offset = 0
        self.events: list[Json] = []
        self.arrived: set[str] = set()
        self.hints: list[Hint] = []
        self.done_hints: list[Hint] = []
        self.staff: User = UserFactory(is_staff=True, is_superuser=True)
        self.buyers: list[User] = UserFactory.create_batch(BUYERS)
        self.sellers: list[SellerProfile] = SellerProfileFactory.create_batch(len(PRICES))
        self.listings: list[Listing] = [
            ListingFactory(seller=seller, price_amount=price, status=ListingStatus.PUBLISHED, examples=[])
            for seller, prices in zip(self.sellers, PRICES, strict=True)
            for price in prices
        ]
        self.coupons = self._coupons_make()
        self.tokens = {
            seller.pk: token_create(user=seller.user, name="sales", scopes=[Scope.SALES_READ])[1]
            for seller in self.sellers
        }

    def _coupons_make(self) -> list[Coupon]:
        """Awkward parts of awkward prices, borne by sellers or the platform; some leave nothing to pay."""
        (first, second), listings = self.sellers, self.listings
        made = [
            Coupon("THIRD", seller=first.pk, percent=33),
            Coupon(
                "ONE-LESS", seller=second.pk, amount=1249, listings=frozenset({listings[4].pk}), max_uses=2
            ),
            Coupon(
                "TWO-OF-THEM",
                seller=first.pk,
                amount=777,
                listings=frozenset({listings[0].pk, listings[2].pk}),
            ),
            Coupon("HALF", percent=50),
            Coupon("MUCH", amount=4001, max_uses=3),
            Coupon("ALL", percent=100, max_uses=2),
        ]
        sellers = {seller.pk: seller for seller in self.sellers}
        slugs = {listing.pk: listing.slug for listing in listings}
        for coupon in made:
            coupon_create(
                seller=sellers[coupon.seller] if coupon.seller else None,
                code=coupon.code,
                percent=coupon.percent,
                amount=coupon.amount or None,
                listing_slugs=[slugs[listing] for listing in sorted(coupon.listings)],
                max_uses=coupon.max_uses,
            )
        return made

    def empty(self) -> None:
        """Nothing is left of the history before."""
        reset_test_database(self._slot)
        self.outside.reset()
        still.clock_restart()
        self.second_begin()
        clock.forget_offset()
        queues.clear_cache()
        self._redis.delete(*self._queue_keys())
        mail.outbox = []

    # --- Buying --------------------------------------------------------------------------------------

    def orders(self) -> list[Order]:
        """All orders, oldest first."""
        return list(Order.objects.select_related("buyer").order_by("pk"))

    def orders_note(
        self, buyer: User, wanted: Sequence[Listing], coupon: Coupon | None, own: Collection[int] = ()
    ) -> None:
        """Tell the model of the order that was just made, at the prices the buyer was shown;
        `own` are listings that came by their sellers' links.

        Whoever paid late may pass a coupon's limit, a new order never.
        """
        for order in Order.objects.filter(buyer=buyer).exclude(pk__in=self.model.orders):
            items = dict(order.items.values_list("listing_id", "pk"))
            lines = [
                Line(
                    item=items[listing.pk],
                    listing=listing.pk,
                    seller=listing.seller_id,
                    shown=listing.price_amount,
                    by_link=listing.pk in own,
                )
                for listing in wanted
            ]
            self.model.order_made(order.pk, buyer.pk, sorted(lines, key=lambda line: line.item), coupon)
            if coupon:
                used = CouponUse.objects.filter(coupon__code=coupon.code, released_at=None).exclude(
                    order=order
                )
                assert coupon.max_uses is None or used.count() < coupon.max_uses, f"{coupon} in {order}"
                assert not used.filter(buyer=buyer).exists(), f"{coupon} in {order}"

    def sessions(self) -> list[Json]:
        """All payment pages at Stripe, also those whose address was lost on the way to us."""
        return self.outside.everything("checkout/sessions")

    # --- Time ----------------------------------------------------------------------------------------

    def clock_forward(self, seconds: int) -> None:
        """Ours and Stripe's together. What Stripe has told by now is on its way, however late it arrives."""
        self.events_fetch()
        self.offset += seconds
        clock.clock_move(offset=datetime.timedelta(seconds=self.offset))
        self.outside.clock_set(self.offset)

    def second_begin(self) -> None:
        """The machine's time goes on, here and at Stripe."""
        self.outside.clock_stand(still.second_begin())

    def leases_run_out(self) -> None:
        """As if a day of real time had passed: whatever waits for its next try is due."""
        now = timezone.now()
        for model in ATTEMPTED:
            model.objects.filter(next_attempt_at__gt=now).update(next_attempt_at=now)
        ConnectedAccount.objects.update(next_attempt_at=now, refreshed_at=now - datetime.timedelta(days=2))
        Order.objects.filter(~Q(status="paid"), next_check_at__gt=now).update(next_check_at=now)

    # --- Events and tasks ------------------------------------------------------------------------------

    def events_fetch(self) -> list[Json]:
        """All events Stripe has made so far, oldest first."""
        self.events += self.outside.newer("events", self.events[-1]["id"] if self.events else None)
        return self.events

    def event_arrive(self, event: Json, *, handle: bool) -> None:
        """The webhook stores it; with `handle` the worker is quick."""
        event_store(event=event, is_connect="account" in event)
        self.arrived.add(event["id"])
        if handle:
            event_handle(event_pk=StripeEvent.objects.get(stripe_event_id=event["id"]).pk)

    def hints_fetch(self) -> list[Hint]:
        """Tasks that wait in Redis, oldest first, taken out: the history decides what becomes of them."""
        for key in self._queue_keys():
            while raw := self._redis.rpop(key):
                message = json.loads(raw)
                args = json.loads(base64.b64decode(message["body"]))[0]
                self.hints.append(Hint(message["headers"]["task"], tuple(args)))
        return self.hints

    def task_run(self, name: str, *args: Any) -> None:
        """As a worker would: what we expect of Stripe and of people is logged, anything else is a bug."""
        with suppress(DomainError, GatewayRefused):
            current_app.tasks[name](*args)

    def _queue_keys(self) -> list[str]:
        return [f"{os.environ['CELERY_PREFIX']}{queue}" for queue in queues.QUEUES]


def pick(things: Sequence[Thing], number: int) -> Thing:
    return things[number % len(things)]
