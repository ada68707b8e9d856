"""Check 6, task by task: with every hint lost a sweeper does the work; a task run twice changes nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core import mail

from common import clock
from config.celery import app
from tests.payments.checks.outcome import leases_end
from tests.payments.checks.waiting_work import HINTED, SWEEPERS
from tests.payments.checks.written import rows
from tests.payments.support import sandbox

# Hints are sent after a commit, and these tests end in a rollback: none is ever sent.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alone", "empty_stripe")]

# These are not about money, or make sums again; the last starts one task per rule of the books, which is
# looked at by itself.
OTHERS = {
    *("marketplace.pictures_sweep", "marketplace.example_pictures_sweep"),
    *("marketplace.webhooks_deliver", "marketplace.webhooks_sweep", "marketplace.webhooks_forget"),
    *("marketplace.notifications_mail", "marketplace.notifications_forget", "marketplace.digests_begin"),
    *("marketplace.spread_continue", "marketplace.spreads_sweep", "marketplace.apps_forget"),
    *("payments.days_roll", "payments.days_sweep", "payments.days_mend"),
    "payments.invariants_check_all",
}
SCHEDULED = {
    entry["task"]
    for entry in settings.CELERY_BEAT_SCHEDULE.values()
    if not entry["task"].startswith("listings.")
}


@pytest.fixture(autouse=True)
def _surroundings(settings: Any) -> Iterator[None]:
    app.loader.import_default_modules()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    yield
    sandbox("clock", {"offset_seconds": 0})
    clock.forget_offset()


@pytest.mark.parametrize("task", SWEEPERS)
def test_check_06_what_waits_is_done_by_a_sweeper_and_once(task):
    assert task in SCHEDULED
    _arguments, is_done = SWEEPERS[task]()
    assert not is_done()
    run(task)
    assert is_done()
    assert_another_run_changes_nothing(task)


@pytest.mark.parametrize("task", HINTED)
def test_check_06_a_task_run_twice_changes_nothing(task):
    arguments, is_done = HINTED[task]()
    assert not is_done()
    run(task, *arguments)
    assert is_done()
    assert_another_run_changes_nothing(task, *arguments)


def test_check_06_every_task_and_every_entry_of_the_schedule_is_among_these():
    ours = {name for name in app.tasks if name.split(".")[0] in ("common", "payments", "marketplace")}
    assert ours - OTHERS == HINTED.keys() | SWEEPERS.keys()
    assert SWEEPERS.keys() == SCHEDULED - OTHERS


def run(task: str, *arguments: Any) -> None:
    """As a worker would, which gets arguments as they came out of JSON."""
    app.tasks[task](*[value if isinstance(value, int) else str(value) for value in arguments])


def assert_another_run_changes_nothing(task: str, *arguments: Any) -> None:
    before, mails = rows(), len(mail.outbox)
    leases_end()
    run(task, *arguments)
    assert rows() == before
    assert len(mail.outbox) == mails
