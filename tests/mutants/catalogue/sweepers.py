"""Beat's schedule: what finds rows whose hint was lost."""

from tests.mutants.mutant import Edit, Mutant

SETTINGS = "config/settings.py"


def sweeper(checks: tuple[int, ...], entry: str, task: str, schedule: str, protection: str) -> Mutant:
    test = f"test_check_06_what_waits_is_done_by_a_sweeper_and_once[{task}]"
    return Mutant(checks, f"sweeper: {protection}", (gone(entry, task, schedule),), (test,))


def gone(entry: str, task: str, schedule: str) -> Edit:
    return Edit(SETTINGS, f'"{entry}": {{"task": "{task}", "schedule": {schedule}}},', "")


SWEPT = "SWEEP_SECONDS"
ACKS_LATE = Edit(SETTINGS, "CELERY_TASK_ACKS_LATE = True", "CELERY_TASK_ACKS_LATE = False")
KILLED = "test_check_05_a_real_worker_killed_while_it_mails_delivers_within_a_minute"

MUTANTS = [
    sweeper((4, 6), "sweep-stripe-events", "payments.stripe_events_sweep", SWEPT, "events"),
    sweeper((5, 6), "sweep-deliveries", "payments.deliveries_sweep", SWEPT, "deliveries"),
    sweeper((6, 7), "sweep-orders", "payments.orders_sweep", SWEPT, "open orders whose webhook is lost"),
    sweeper((6,), "sweep-processing-fees", "payments.processing_fees_sweep", "300", "unknown fees"),
    sweeper((6, 15), "sweep-refunds", "payments.refunds_sweep", SWEPT, "refunds"),
    sweeper((6, 16), "sweep-refund-claims", "payments.refund_claims_sweep", "60", "sellers' silence"),
    sweeper((6, 8), "sweep-disputes", "payments.disputes_sweep", "3600", "disputes that changed unheard"),
    sweeper((6, 17), "sweep-evidence", "payments.evidence_sweep", SWEPT, "answers to banks"),
    sweeper((6,), "forget-accesses", "payments.accesses_forget", "86_400", "the access log's end"),
    sweeper((6, 18), "release-earnings", "payments.earnings_release", "600", "earnings"),
    sweeper((6, 19), "sweep-payouts", "payments.payouts_sweep", SWEPT, "payouts"),
    sweeper(
        (6, 19), "sweep-payout-reversals", "payments.payout_reversals_sweep", SWEPT, "reversals of payouts"
    ),
    sweeper((6, 19), "sweep-accounts", "payments.accounts_sweep", "600", "accounts at Stripe"),
    sweeper((6,), "sweep-outbox", "common.outbox_sweep", SWEPT, "the outbox"),
    sweeper((7,), "reconcile", "payments.reconcile", "crontab(minute=7)", "the comparison with Stripe"),
    sweeper((18,), "check-invariants", "payments.invariants_check", "900", "the rules of the books"),
    sweeper(
        (6, 14),
        "sweep-idempotency-records",
        "marketplace.idempotency_records_sweep",
        "3600",
        "answers kept for API keys",
    ),
    Mutant(
        (19,),
        "sweeper: Monday's payouts",
        (
            Edit(
                SETTINGS,
                '"weekly-payouts": {"task": "payments.payouts_weekly",'
                ' "schedule": crontab(minute=0, hour=0, day_of_week="mon")},',
                "",
            ),
        ),
        ("test_beat_runs_it_on_monday_and_makes_up_for_a_missed_one",),
    ),
    Mutant(
        (19,),
        "sweeper: a Monday that was missed",
        (
            Edit(
                SETTINGS,
                '"make-up-for-weekly-payouts": {"task": "payments.payouts_weekly", "schedule": 600},',
                "",
            ),
        ),
        ("test_beat_runs_it_on_monday_and_makes_up_for_a_missed_one",),
    ),
    Mutant(
        (6,),
        "tasks of a killed worker go back to the queue, and are no longer there when it ends",
        (ACKS_LATE,),
        (KILLED,),
        stands="the rows stay, and sweepers find them once the lease is over",
    ),
    Mutant(
        (5, 6),
        "tasks of a killed worker go back to the queue, and a sweeper finds their rows",
        (ACKS_LATE, gone("sweep-deliveries", "payments.deliveries_sweep", SWEPT)),
        (KILLED,),
    ),
]
