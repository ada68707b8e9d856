"""Views wait in Redis, are booked once, and make listings trend."""

import datetime
import math
import threading
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import Sum
from redis.exceptions import ConnectionError as RedisConnectionError

from common import clock
from listings import counting
from listings.counting import view_note
from listings.models import Listing, ListingDay, ListingStats, ListingStatus, ViewBatch
from listings.services import counting as booking
from listings.services.counting import PERIOD, listings_stir, views_drain
from tests.factories import ListingFactory
from tests.support import queues

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today_s_key_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    counting._key_of_the_day.cache_clear()
    monkeypatch.setattr(counting, "_paused_until", 0.0)


def on_sale() -> Listing:
    return ListingFactory(status=ListingStatus.PUBLISHED)  # type: ignore[return-value]


def see(listing: Listing, *visitors: str, source: str = "search") -> None:
    for visitor in visitors:
        view_note(listing_id=listing.pk, visitor=visitor, source=source)


def days(listing: Listing) -> dict[tuple[datetime.date, str], int]:
    return {(row.day, row.source): row.views for row in ListingDay.objects.filter(listing=listing)}


def hottest() -> list[int]:
    rows = ListingStats.objects.order_by("-trending")
    return list(rows.values_list("listing", flat=True))


def test_a_visitor_counts_once_a_day_by_the_first_way_they_came():
    listing, other = on_sale(), on_sale()
    see(listing, "a", "a", "b")
    see(listing, "a", "c", source="feed")
    see(other, "a")
    assert views_drain() == 4
    today = clock.now().date()
    assert days(listing) == {(today, "search"): 2, (today, "feed"): 1}
    assert days(other) == {(today, "search"): 1}


def test_a_visitor_counts_again_the_next_day(monkeypatch: pytest.MonkeyPatch):
    listing, now = on_sale(), clock.now()
    see(listing, "a")
    monkeypatch.setattr(clock, "now", lambda: now + datetime.timedelta(days=1))
    see(listing, "a")
    views_drain()
    assert sorted(days(listing).values()) == [1, 1]
    assert {day for day, _ in days(listing)} == {now.date(), now.date() + datetime.timedelta(days=1)}


def test_drains_add_up():
    listing = on_sale()
    for visitor in "abc":
        see(listing, visitor)
        views_drain()
    assert views_drain() == 0
    assert list(days(listing).values()) == [3]
    assert ListingStats.objects.get(listing=listing).views_count == 3


def test_a_drain_that_dies_after_booking_books_nothing_twice(monkeypatch: pytest.MonkeyPatch):
    listing = on_sale()
    see(listing, "a", "b")
    with monkeypatch.context() as broken:
        broken.setattr(counting, "batch_forget", _die)
        with pytest.raises(RuntimeError):
            views_drain()
    assert list(days(listing).values()) == [2]
    see(listing, "c")
    assert views_drain() == 1
    assert list(days(listing).values()) == [3]
    assert not list(counting.batches_take())


def test_a_drain_that_dies_before_booking_loses_nothing(monkeypatch: pytest.MonkeyPatch):
    listing = on_sale()
    see(listing, "a", "b")
    with monkeypatch.context() as broken:
        broken.setattr(booking, "_stir", _die)
        with pytest.raises(RuntimeError):
            views_drain()
    assert not ListingDay.objects.exists()
    assert views_drain() == 2


def _die(*_: object, **__: object) -> None:
    raise RuntimeError("killed")


@pytest.mark.django_db(transaction=True)
def test_two_drains_at_once_book_each_view_once():
    listings = [on_sale() for _ in range(5)]
    for listing in listings:
        see(listing, *"abcdefgh")
    gate = threading.Barrier(4)
    errors: list[BaseException] = []

    def drain() -> None:
        try:
            gate.wait(10)
            views_drain()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=drain) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert errors == []
    assert ListingDay.objects.aggregate(total=Sum("views")) == {"total": 40}
    assert ListingStats.objects.aggregate(total=Sum("views_count")) == {"total": 40}


def test_what_was_never_drained_lives_for_days_and_no_longer():
    see(on_sale(), "a")
    redis = queues.session_redis()
    names = list(redis.scan_iter(f"{settings.CACHES['default']['KEY_PREFIX']}:views:*"))
    lasting = {name.split(b":")[2] for name in names if redis.ttl(name) > counting.DAY_SECONDS}
    assert lasting == {b"pending"}
    assert {name.split(b":")[2] for name in names if redis.ttl(name) == -1} == {b"days"}


def test_nothing_in_redis_tells_who_came():
    see(on_sale(), "203.0.113.7 Mozilla")
    redis: Any = queues.session_redis()
    for name in redis.scan_iter("*"):
        assert b"203.0.113" not in name + (redis.dump(name) or b"")


def test_names_of_booked_batches_are_forgotten_in_the_end():
    ViewBatch.objects.create(booked_at=clock.now() - booking.BATCHES_KEPT - datetime.timedelta(hours=1))
    see(on_sale(), "a")
    views_drain()
    assert ViewBatch.objects.count() == 1


def test_views_of_what_is_gone_are_left_out():
    listing = on_sale()
    see(listing, "a")
    view_note(listing_id=listing.pk + 1000, visitor="a", source="search")
    views_drain()
    assert ListingDay.objects.count() == 1


def test_redis_away_costs_a_view_and_then_no_time(monkeypatch: pytest.MonkeyPatch):
    asked = []

    def away() -> Any:
        asked.append(1)
        raise RedisConnectionError("gone")

    monkeypatch.setattr(counting, "_redis", away)
    see(on_sale(), "a", "b", "c")
    assert len(asked) == 1


def test_many_days_of_little_trend_below_one_day_of_much(monkeypatch: pytest.MonkeyPatch):
    steady, sudden, now = on_sale(), on_sale(), clock.now()
    for day in range(30):
        monkeypatch.setattr(clock, "now", lambda day=day: now + datetime.timedelta(days=day))
        listings_stir(weights={steady.pk: 2}, at=clock.now())
    listings_stir(weights={sudden.pk: 20}, at=clock.now())
    assert hottest() == [sudden.pk, steady.pk]
    # Left alone, both fade alike; what goes on happening comes first again.
    for day in range(30, 45):
        monkeypatch.setattr(clock, "now", lambda day=day: now + datetime.timedelta(days=day))
        listings_stir(weights={steady.pk: 2}, at=clock.now())
    assert hottest() == [steady.pk, sudden.pk]


def test_a_period_later_it_takes_a_third_as_much(monkeypatch: pytest.MonkeyPatch):
    early, late, now = on_sale(), on_sale(), clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    listings_stir(weights={early.pk: 8 * math.e}, at=clock.now())
    monkeypatch.setattr(clock, "now", lambda: now + PERIOD)
    listings_stir(weights={late.pk: 8}, at=clock.now())
    scores = dict(ListingStats.objects.values_list("listing", "trending"))
    assert scores[early.pk] == pytest.approx(scores[late.pk])


def test_the_order_of_events_does_not_matter(monkeypatch: pytest.MonkeyPatch):
    one, two, now = on_sale(), on_sale(), clock.now()
    moments = [now, now + datetime.timedelta(days=200)]
    for moment in moments:
        monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
        listings_stir(weights={one.pk: 3}, at=clock.now())
    for moment in reversed(moments):
        monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
        listings_stir(weights={two.pk: 3}, at=clock.now())
    scores = dict(ListingStats.objects.values_list("listing", "trending"))
    assert scores[one.pk] == pytest.approx(scores[two.pk])


def test_programs_are_counted_and_make_nothing_trend():
    fetched, seen = on_sale(), on_sale()
    see(fetched, *"abcdefgh", source="api")
    see(seen, "a")
    views_drain()
    assert hottest() == [seen.pk, fetched.pk]
    assert ListingStats.objects.get(listing=fetched).views_count == 8
