"""The small shared parts: a clock that moves only in play, prices as people write them, lost hints."""

import datetime
import uuid

import pytest
from celery import current_app
from django.utils import timezone, translation
from kombu import Connection, pools

from common import clock
from common.enqueue import enqueue
from common.ids import is_uuid, order_number, uuid7
from common.money import format_money, format_price


@pytest.mark.django_db
def test_the_clock_moves_with_the_sandbox_and_not_without(settings):
    clock.clock_move(offset=datetime.timedelta(days=-90))
    try:
        ahead = timezone.now() - clock.now()
        assert datetime.timedelta(days=90) - ahead < datetime.timedelta(seconds=5)
        settings.USES_STRIPE_SANDBOX = False
        assert timezone.now() - clock.now() < datetime.timedelta(seconds=5)
        with pytest.raises(RuntimeError):
            clock.clock_move(offset=datetime.timedelta(days=1))
    finally:
        clock.forget_offset()


@pytest.mark.parametrize(
    ("language", "amount", "written"),
    [("en", 499, "$4.99"), ("en", 123456, "$1,234.56"), ("fr", 499, "4,99\xa0$US"), ("en", -5, "-$0.05")],
)
def test_money_is_written_as_the_language_does(language, amount, written):
    with translation.override(language):
        assert format_money(amount) == written


def test_nothing_is_called_free():
    with translation.override("fr"):
        assert format_price(0) == "Gratuit"


def test_ids_sort_by_time_and_are_uuids():
    made = [uuid7() for _ in range(3)]
    assert {value.version for value in made} == {7}
    assert made[0].bytes[:6] <= made[2].bytes[:6]
    assert is_uuid(str(made[0]))
    assert not is_uuid("4711")
    assert not is_uuid(None)
    assert uuid.UUID(str(made[0])) == made[0]


def test_order_numbers_have_no_letter_that_is_misread():
    numbers = {order_number() for _ in range(500)}
    assert len(numbers) == 500
    assert all(number.startswith("PF-") and not set(number[3:]) & set("ILOU") for number in numbers)


def test_a_broker_that_is_away_loses_the_hint_and_nothing_else(monkeypatch, caplog):
    nowhere = Connection("redis://127.0.0.1:1/0", transport_options={"socket_connect_timeout": 1})
    monkeypatch.setattr(current_app.amqp, "_producer_pool", pools.producers[nowhere])
    enqueue("common.outbox_sweep")
    assert "the sweeper will find its row" in caplog.text
