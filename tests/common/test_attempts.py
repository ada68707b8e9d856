"""Claiming a row of work: one of any number of rivals, again only after the pause, longer each time."""

import datetime
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from common import outbox
from common.attempts import LEASE, LONGEST_PAUSE, attempt_claim, due_ids, pause_after
from common.models import OutboxMessage

RIVALS = 12


def claim(message: OutboxMessage) -> bool:
    return attempt_claim(OutboxMessage, message.pk, waiting=outbox.WAITING) is not None


@pytest.mark.django_db(transaction=True)
def test_of_many_rivals_one_gets_the_row():
    message = OutboxMessage.objects.create(topic="t", subject="1")
    together = threading.Barrier(RIVALS)

    def rival(_: int) -> bool:
        connection.ensure_connection()
        together.wait()
        try:
            return claim(message)
        finally:
            connection.close()

    for _round in range(5):
        OutboxMessage.objects.update(next_attempt_at=timezone.now() - datetime.timedelta(seconds=1))
        with ThreadPoolExecutor(RIVALS) as rivals:
            assert sum(rivals.map(rival, range(RIVALS))) == 1


@pytest.mark.django_db
def test_a_claimed_row_is_nobody_s_until_its_lease_is_over():
    message = OutboxMessage.objects.create(topic="t", subject="1")
    assert claim(message)
    assert not claim(message)
    assert due_ids(OutboxMessage, waiting=outbox.WAITING) == []
    message.refresh_from_db()
    assert LEASE - datetime.timedelta(seconds=5) < message.next_attempt_at - timezone.now() <= LEASE
    OutboxMessage.objects.update(next_attempt_at=timezone.now())
    assert due_ids(OutboxMessage, waiting=outbox.WAITING) == [message.pk]
    assert claim(message)


@pytest.mark.django_db
def test_what_is_done_is_not_claimed():
    message = OutboxMessage.objects.create(topic="t", subject="1", handled_at=timezone.now())
    assert not claim(message)


def test_pauses_grow_to_an_hour_and_no_further():
    pauses = [pause_after(attempts) for attempts in range(1, 60)]
    assert pauses[0] == LEASE
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE


@pytest.mark.django_db
def test_a_message_is_handled_once_and_a_failure_is_kept_for_later():
    calls = []

    @outbox.handles("test_topic")
    def handler(message: OutboxMessage) -> None:
        calls.append(message.subject)
        if len(calls) == 1:
            raise ValueError("not yet")

    message = outbox.message_publish("test_topic", subject=7)
    assert not outbox.message_deliver(message.pk)
    message.refresh_from_db()
    assert (message.handled_at, message.last_error) == (None, "ValueError: not yet")
    OutboxMessage.objects.update(next_attempt_at=timezone.now())
    assert outbox.message_deliver(message.pk)
    OutboxMessage.objects.update(next_attempt_at=timezone.now())
    assert not outbox.message_deliver(message.pk)
    assert calls == ["7", "7"]
