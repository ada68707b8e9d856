"""Each rule: honest books keep it; what is planted is found, told, counted, and closed when it is mended."""

import datetime
import io
from collections.abc import Iterator

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from common import clock
from common.models import OutboxMessage
from common.outbox import message_deliver
from payments.models import Finding
from payments.services.invariants import INVARIANTS, invariants_check
from payments.services.invariants.registry import Scope
from tests.factories import UserFactory
from tests.payments.invariants.books import Books, honest_books
from tests.payments.invariants.planted import PLANTED
from tests.support import database
from tests.support.environment import Slot

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def books(slot: Slot, empty_stripe: None) -> Iterator[Books]:
    with database.owner_connection(slot.database_name) as owner:
        yield honest_books(owner)


def check(name: str) -> list[str]:
    """The open findings of a rule after a check: of all rows where the rule is held at night only."""
    since = None if INVARIANTS[name].only_nightly else clock.now() - datetime.timedelta(days=2)
    invariants_check(since=since)
    found = Finding.objects.filter(source="invariant", kind=name, resolved_at=None)
    return list(found.values_list("subject", flat=True))


def mails_about(name: str) -> list[str]:
    """What superusers are sent about a rule."""
    mail.outbox.clear()
    for message in OutboxMessage.objects.filter(topic="payments_alarm", payload__kind=name):
        message_deliver(message.pk)
    return [str(sent.body) for sent in mail.outbox if name in sent.subject]


@pytest.mark.parametrize("name", INVARIANTS)
def test_what_breaks_a_rule_is_found_told_counted_and_closed(books, name):
    for plant, mend in PLANTED[name]:
        books.spoil(plant)
        found = check(name)
        assert found, plant
        assert check(name) == found, "it stays one finding"
        told = mails_about(name)
        assert len(told) == 1
        assert found[0] in told[0]
        assert f"What to do: {INVARIANTS[name].advice}" in told[0]
        metrics = Client().get("/metrics").content.decode()
        assert f'promptfair_findings{{kind="{name}",source="invariant"}} {float(len(found))}' in metrics
        books.spoil(mend)
        assert check(name) == [], mend
        assert mails_about(name) == []


def test_honest_books_keep_every_rule(books):
    assert invariants_check(since=clock.now() - datetime.timedelta(days=2)) == []
    assert invariants_check(since=None) == []
    call_command("check_books")


def test_check_books_says_what_is_broken_and_fails(books):
    books.spoil("UPDATE payments_payment SET amount = amount + 1 WHERE id = %(payment)s")
    said = io.StringIO()
    with pytest.raises(CommandError) as ended:
        call_command("check_books", stdout=said)
    assert ended.value.returncode == 1
    assert f"order:{books.ids['order']}" in said.getvalue()


def test_what_was_touched_long_ago_is_left_to_the_night(books):
    books.spoil("UPDATE payments_payment SET amount = amount + 1 WHERE id = %(payment)s")
    assert invariants_check(since=clock.now() + datetime.timedelta(minutes=1)) == []
    assert invariants_check(since=None) != []


def test_an_old_finding_is_looked_at_again_though_its_row_was_not_touched(books):
    books.spoil("UPDATE payments_payment SET amount = amount + 1 WHERE id = %(payment)s")
    invariants_check(since=None)
    later = clock.now() + datetime.timedelta(minutes=1)
    assert {each.kind for each in invariants_check(since=later)} == {"paid_orders_have_one_payment"}
    books.spoil("UPDATE payments_payment SET amount = amount - 1 WHERE id = %(payment)s")
    assert invariants_check(since=later) == []
    assert not Finding.objects.filter(resolved_at=None).exists()


def test_a_rule_that_is_broken_again_is_told_again(books):
    plant = "UPDATE payments_order SET status = 'paid' WHERE id = %(order)s"
    mend = "UPDATE payments_order SET status = 'partially_refunded' WHERE id = %(order)s"
    for statement in (plant, mend, plant):
        books.spoil(statement)
        check("order_states_follow_refunds")
    assert len(mails_about("order_states_follow_refunds")) == 2


def test_many_rows_make_one_mail(books):
    UserFactory(is_superuser=True)
    books.spoil("UPDATE payments_order SET delivered_at = NULL WHERE paid_at IS NOT NULL")
    assert len(check("paid_orders_are_delivered")) >= 4
    assert len(mails_about("paid_orders_are_delivered")) == 1


@pytest.mark.parametrize("name", INVARIANTS)
def test_every_statement_runs_over_everything_a_part_and_some_ids(name):
    rule = INVARIANTS[name]
    for scope in (Scope(), Scope(since=clock.now()), Scope(ids=[])):
        assert rule.find(scope) == []
    assert rule.rule
    assert rule.advice
