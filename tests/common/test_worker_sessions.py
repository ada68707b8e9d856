"""A worker's database session: kept from task to task, and replaced when it is broken."""

import pytest
from django.db import connection

from common.models import OutboxMessage
from common.outbox import message_publish
from tests.payments.waiting import until

pytestmark = pytest.mark.usefixtures("celery_worker_process")


def messages_are_delivered(count: int = 6) -> bool:
    """Have the worker do so many tasks; nothing would repeat a lost one here."""
    for number in range(count):
        message_publish("nobody_listens", subject=number)
    return until(lambda: not OutboxMessage.objects.filter(handled_at=None).exists())


def worker_sessions(*, end: bool = False) -> set[int]:
    what = "pg_terminate_backend(pid)" if end else "true"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT pid, {what} FROM pg_stat_activity WHERE datname = current_database() "
            "AND usename = current_user AND pid <> pg_backend_pid()"
        )
        return {pid for pid, _ in cursor.fetchall()}


def test_a_worker_keeps_its_session_from_task_to_task():
    worker_sessions(end=True)
    assert messages_are_delivered()
    kept = worker_sessions()
    assert messages_are_delivered()
    assert kept
    assert kept <= worker_sessions()


def test_a_worker_whose_session_was_ended_goes_on_with_a_new_one():
    assert messages_are_delivered()
    ended = worker_sessions(end=True)
    assert ended
    assert messages_are_delivered()
    assert not ended & worker_sessions()
