"""Check 18, the database's part: every journal sums to zero, and rows cannot be edited or deleted.

Random histories are in tests/payments/histories.
"""

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from payments import ledger
from payments.ledger import Line
from payments.models import Account, Journal, JournalKind, LedgerEntry
from tests.support.database import owner_connection
from tests.support.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

LINES = [Line(Account.PROCESSING_FEES, 59), Line(Account.STRIPE_CLEARING, -59)]


def book(cause: str = "payment:1") -> Journal | None:
    return ledger.journal_book(kind=JournalKind.PROCESSING_FEE, cause=cause, lines=LINES, currency="usd")


@pytest.mark.parametrize("amounts", [(10, -3), (10,), (0,), (10, -10, 1)])
def test_check_18_a_journal_that_does_not_balance_is_refused_at_commit(amounts):
    def book_crookedly() -> None:
        with transaction.atomic():
            journal = Journal.objects.create(kind=JournalKind.SALE, cause="order:x")
            for amount in amounts:
                LedgerEntry.objects.create(journal=journal, account=Account.STRIPE_CLEARING, amount=amount)

    with pytest.raises(IntegrityError, match=f"off by {sum(amounts)} over {len(amounts)} entries"):
        book_crookedly()
    assert not Journal.objects.exists()


def test_check_18_an_entry_added_later_to_a_balanced_journal_is_refused():
    journal = book()
    with pytest.raises(IntegrityError, match="off by 1"):
        LedgerEntry.objects.create(journal=journal, account=Account.STRIPE_CLEARING, amount=1)
    assert LedgerEntry.objects.count() == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments_ledgerentry SET amount = amount + 1",
        "DELETE FROM payments_ledgerentry",
        "UPDATE payments_journal SET cause = 'other'",
        "DELETE FROM payments_journal",
        "TRUNCATE payments_ledgerentry",
        "TRUNCATE payments_journal CASCADE",
    ],
)
def test_check_18_the_application_cannot_change_or_remove_booked_rows(statement):
    book()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert LedgerEntry.objects.count() == 2


@pytest.mark.parametrize("table", ["payments_ledgerentry", "payments_journal"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET id = id"])
def test_check_18_not_even_the_owner_of_the_tables_rewrites_history_by_a_slip(slot, table, statement):
    book()
    with owner_connection(slot.database_name) as owner, pytest.raises(psycopg.errors.RestrictViolation):
        owner.execute(statement.format(table))


@pytest.mark.parametrize("table", ["payments_ledgerentry", "payments_journal", "accounts_auditentry"])
@pytest.mark.parametrize("right", ["UPDATE", "DELETE", "TRUNCATE"])
def test_check_18_the_application_s_role_has_no_right_to_rewrite_history(table, right):
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(current_user, %s, %s)", [table, right])
        assert cursor.fetchone() == (False,)


def test_check_18_a_cause_is_booked_once_by_however_many_rivals():
    outcomes = at_once(10, lambda _: book())
    assert sum(outcome is not None for outcome in outcomes) == 1, outcomes
    assert LedgerEntry.objects.count() == 2
    assert book() is None
