"""Writing a row once: the unique constraint decides, in one statement."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from common.inserting import insert_once
from payments.models import Journal, StripeEvent

RIVALS = 12


@pytest.mark.django_db
def test_a_new_row_is_written_whole_and_knows_its_id():
    event = StripeEvent(stripe_event_id="evt_1", type="charge.refunded", payload={"é": [1, None]})
    assert insert_once(event)
    kept = StripeEvent.objects.get(pk=event.pk)
    assert (kept.payload, kept.received_at, kept.is_connect) == ({"é": [1, None]}, event.received_at, False)
    event.type = "charge.updated"
    event.save()
    assert StripeEvent.objects.get().type == "charge.updated"


@pytest.mark.django_db
def test_a_row_that_is_known_is_not_written_and_harms_no_transaction(django_assert_num_queries):
    assert insert_once(StripeEvent(stripe_event_id="evt_1", type="first", payload={}))
    again = StripeEvent(stripe_event_id="evt_1", type="second", payload={})
    with django_assert_num_queries(1):
        assert not insert_once(again)
    assert again.pk is None
    assert StripeEvent.objects.get().type == "first"


@pytest.mark.django_db(transaction=True)
def test_of_many_rivals_one_writes_the_row():
    together = threading.Barrier(RIVALS)

    def rival(_: int) -> bool:
        connection.ensure_connection()
        together.wait()
        try:
            return insert_once(StripeEvent(stripe_event_id="evt_1", type="t", payload={}))
        finally:
            connection.close()

    with ThreadPoolExecutor(RIVALS) as rivals:
        assert sum(rivals.map(rival, range(RIVALS))) == 1


@pytest.mark.django_db
def test_a_journal_is_written_once_though_its_rows_may_not_be_changed():
    assert insert_once(Journal(kind="sale", cause="order:1"))
    assert not insert_once(Journal(kind="sale", cause="order:1"))
