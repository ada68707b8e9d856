"""What the database refuses by itself: second rows, and changes of what is booked."""

from collections.abc import Sequence

from tests.mutants.mutant import Edit, Mutant, Sql

LEDGER, INSERTING = "payments/ledger.py", "common/inserting.py"
FINDINGS = "payments/services/findings.py"
FINDING_ROWS = Edit(
    FINDINGS,
    "rows = Finding.objects.select_for_update().filter(source=source,",
    "rows = Finding.objects.filter(source=source,",
)


def drop_unique(table: str, columns: Sequence[str]) -> Sql:
    """Without whatever makes these columns of a table unique together, be it a constraint or an index."""
    names = ",".join(f"'{column}'" for column in sorted(columns))
    return Sql(
        f"""
DO $$ DECLARE found record; dropped int := 0;
BEGIN
  FOR found IN
    SELECT i.indexrelid::regclass AS index, c.conname AS name
      FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype = 'u'
     WHERE i.indrelid = '{table}'::regclass AND i.indisunique AND NOT i.indisprimary
       AND ARRAY[{names}]::text[] = (
         SELECT array_agg(a.attname::text ORDER BY a.attname) FROM pg_attribute a
          WHERE a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey))
  LOOP
    IF found.name IS NULL THEN EXECUTE format('DROP INDEX %s', found.index);
    ELSE EXECUTE format('ALTER TABLE {table} DROP CONSTRAINT %I', found.name); END IF;
    dropped := dropped + 1;
  END LOOP;
  IF dropped = 0 THEN RAISE EXCEPTION 'no such rule of {table}'; END IF;
END $$"""
    )


def unique(checks: tuple[int, ...], protection: str, table: str, *columns: str) -> Mutant:
    parameter = f"{table} {'+'.join(sorted(columns))}"
    test = f"test_check_18_the_database_refuses_a_second_row[{parameter}]"
    return Mutant(checks, f"{protection} (unique)", (drop_unique(table, columns),), (test,))


UNIQUE = [
    unique((1,), "an event is stored once", "payments_stripeevent", "stripe_event_id"),
    unique((1, 2), "a payment intent is one payment", "payments_payment", "stripe_payment_intent_id"),
    unique((12,), "one payment settles an order", "payments_payment", "order_id"),
    unique((1, 18), "a cause is booked once", "payments_journal", "kind", "cause"),
    unique((1,), "an order is delivered once", "payments_delivery", "order_id"),
    unique((1,), "an item grants once", "payments_entitlement", "item_id"),
    unique((12, 13), "a buyer has a listing once", "payments_entitlement", "buyer_id", "listing_id"),
    unique((10,), "a session is of one order", "payments_order", "stripe_session_id"),
    unique((1,), "a number names one order", "payments_order", "number"),
    unique((12,), "an order has a listing once", "payments_orderitem", "order_id", "listing_id"),
    unique((14,), "a person's key is used once", "marketplace_idempotencyrecord", "user_id", "key"),
    unique((15,), "a refund at Stripe is one refund", "payments_refund", "stripe_refund_id"),
    unique((15,), "a refund takes of an item once", "payments_refunditem", "refund_id", "item_id"),
    unique((8, 17), "a dispute at Stripe is one dispute", "payments_dispute", "stripe_dispute_id"),
    unique(
        (8, 17),
        "a movement of a dispute is booked once",
        "payments_disputemovement",
        "stripe_balance_transaction_id",
    ),
    unique((17,), "a dispute takes of an item once", "payments_disputeitem", "dispute_id", "item_id"),
    unique((17,), "a dispute has one answer", "payments_disputeevidence", "dispute_id"),
    unique((19,), "a transfer is one payout", "payments_payout", "stripe_transfer_id"),
    unique((19,), "a reversal at Stripe is one reversal", "payments_payoutreversal", "stripe_reversal_id"),
    unique((19,), "a seller has one account", "payments_connectedaccount", "seller_id"),
    unique((19,), "an account is one seller's", "payments_connectedaccount", "stripe_account_id"),
    unique((19,), "a week has one run", "payments_payoutrun", "week_begins"),
    unique((19,), "a payout to a bank is one row", "payments_bankpayout", "stripe_payout_id"),
    unique((7,), "a list has one cursor", "payments_stripecursor", "name"),
    unique((7, 18), "a finding is open once", "payments_finding", "source", "kind", "subject"),
]

MUTANTS = [
    *UNIQUE,
    Mutant(
        (18,),
        "a journal sums to zero at commit (trigger)",
        (Sql("DROP TRIGGER journal_balances ON payments_ledgerentry"),),
        ("test_check_18_a_journal_that_does_not_balance_is_refused_at_commit",),
    ),
    Mutant(
        (18,),
        "a journal has at least two entries (trigger)",
        (
            Sql(
                "CREATE OR REPLACE FUNCTION payments_journal_balances() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ DECLARE off_by bigint; lines bigint; BEGIN "
                "SELECT coalesce(sum(amount), 0), count(*) INTO off_by, lines FROM payments_ledgerentry "
                "WHERE journal_id = NEW.journal_id; IF off_by <> 0 THEN RAISE EXCEPTION "
                "'journal % is off by % over % entries', NEW.journal_id, off_by, lines "
                "USING ERRCODE = 'check_violation'; END IF; RETURN NULL; END $$"
            ),
        ),
        ("test_check_18_a_journal_that_does_not_balance_is_refused_at_commit",),
    ),
    Mutant(
        (18,),
        "booked entries are not changed or removed, by whomever (trigger)",
        (Sql("DROP TRIGGER entry_append_only ON payments_ledgerentry"),),
        ("test_check_18_not_even_the_owner_of_the_tables_rewrites_history_by_a_slip",),
    ),
    Mutant(
        (18,),
        "booked journals are not changed or removed, by whomever (trigger)",
        (Sql("DROP TRIGGER journal_append_only ON payments_journal"),),
        ("test_check_18_not_even_the_owner_of_the_tables_rewrites_history_by_a_slip",),
    ),
    Mutant(
        (18,),
        "the application has no right to change, remove or truncate what is booked",
        (Sql("GRANT UPDATE, DELETE, TRUNCATE ON payments_ledgerentry TO promptfair_app"),),
        ("test_check_18_the_application_s_role_has_no_right_to_rewrite_history",),
    ),
    Mutant(
        (18,),
        "lines that do not sum to zero are refused before the database",
        (Edit(LEDGER, "if sum(line.amount for line in lines):", "if False:"),),
        ("test_lines_that_do_not_balance_are_refused_before_the_database",),
    ),
    Mutant(
        (1, 18),
        "a cause that is booked is left alone, without a fault",
        (Edit(INSERTING, 'f"ON CONFLICT DO NOTHING RETURNING', 'f"RETURNING'),),
        ("test_check_18_a_cause_is_booked_once_by_however_many_rivals",),
    ),
    Mutant(
        (18,),
        "earnings are released once",
        (
            Edit(
                "payments/services/earnings.py",
                "if item.earnings_released_at is not None:\n    return",
                "",
            ),
        ),
        ("test_earnings_become_available_after_seven_days_and_once",),
        stands="a journal is booked once per cause, and this one's cause is the item",
    ),
    Mutant(
        (18,),
        "earnings are released once, neither by the item's date nor by the journal's cause",
        (
            Edit(
                "payments/services/earnings.py",
                "if item.earnings_released_at is not None:\n    return",
                "",
            ),
            drop_unique("payments_journal", ["kind", "cause"]),
        ),
        ("test_earnings_become_available_after_seven_days_and_once",),
    ),
    Mutant(
        (18,),
        "what breaks a rule of the books is found",
        (
            Edit(
                "payments/services/invariants/check.py",
                "met = [] if is_left_out else",
                "met = [] if True else",
            ),
        ),
        ("test_check_06_what_waits_is_done_by_a_sweeper_and_once[payments.invariants_check]",),
    ),
    Mutant(
        (18,),
        "what breaks a rule of the books raises an alarm",
        (Edit(FINDINGS, "_tell(found, advice)\nreturn found", "return found"),),
        ("test_check_06_what_waits_is_done_by_a_sweeper_and_once[payments.invariants_check]",),
    ),
    Mutant(
        (18,),
        "a finding is told of once",
        (Edit(FINDINGS, "if row.alarmed_at is None:", "if True:"),),
        ("test_a_cent_that_nothing_explains_is_found_named_and_told_once",),
    ),
    Mutant(
        (18,),
        "a finding that is met no more is closed",
        (Edit(FINDINGS, "return still_open.update(resolved_at=clock.now())", "return 0"),),
        ("test_a_finding_that_is_no_more_is_closed",),
    ),
    Mutant(
        (18,),
        "a finding that is still met stays open",
        (Edit(FINDINGS, "if (row.kind, row.subject) not in met]", "]"),),
        ("test_a_finding_stays_open_long_after_its_time_has_been_read",),
    ),
    Mutant(
        (18,),
        "a difference is told of once, neither by the lock nor by the unique rule",
        (FINDING_ROWS, drop_unique("payments_finding", ["source", "kind", "subject"])),
        ("test_check_18_five_that_meet_a_difference_at_once_tell_of_it_once",),
    ),
]
