"""Finding at Stripe what never reached us."""

from tests.mutants.mutant import Edit, Mutant

FOLDER = "payments/services/reconciliation"
RUN, HEALING = f"{FOLDER}/run.py", f"{FOLDER}/healing.py"
RESTORED = "test_check_07_a_database_restored_to_ten_minutes_ago_gets_back_what_stripe_knows"
EVENTS = Edit(RUN, "events_recover(walk)\norders_recover(walk)", "orders_recover(walk)")
ORDERS = Edit(RUN, "orders_recover(walk)\ntransactions_check(walk)", "transactions_check(walk)")

MUTANTS = [
    Mutant(
        (7,),
        "events that were never delivered are listed and stored",
        (EVENTS,),
        ("test_check_07_after_24_hours_without_webhooks_every_paid_order_is_delivered",),
    ),
    Mutant(
        (7,),
        "completed sessions are listed, and their orders settled",
        (ORDERS,),
        (RESTORED,),
    ),
    Mutant(
        (7,),
        "an order that is not here is rebuilt from its session",
        (
            Edit(
                "payments/services/checkout.py",
                "order_restore(facts)\norder = session_settle(facts)",
                "raise",
            ),
        ),
        (RESTORED,),
    ),
    Mutant(
        (7,),
        "an order is rebuilt once: looked for again under the buyer's lock",
        (
            Edit(
                "payments/services/order_restore.py",
                "if known := Order.objects.filter(pk=kept.id).first():\n    return known",
                "",
            ),
        ),
        ("test_check_07_an_order_that_ten_rebuild_at_once_is_rebuilt_once",),
    ),
    Mutant(
        (7, 19),
        "a payout that is not here is rebuilt from its transfer",
        (
            Edit(
                HEALING,
                "payout_restore(facts=gateway_connect.transfer_retrieve(transfer_id))\npayout_sync",
                "payout_sync",
            ),
        ),
        (RESTORED,),
    ),
    Mutant(
        (7,),
        "refunds that nobody told us of are booked",
        (Edit(HEALING, "payment_refunds_sync(payment_intent_id=intent)", "pass"),),
        ("test_check_06_what_waits_is_done_by_a_sweeper_and_once[payments.reconcile]",),
    ),
    Mutant(
        (7, 18),
        "each movement at Stripe is compared with the books",
        (Edit(f"{FOLDER}/transactions.py", "if not booked.agrees(facts)]\n# Oldest", "if False]\n# Oldest"),),
        ("test_a_cent_that_nothing_explains_is_found_named_and_told_once",),
    ),
    Mutant(
        (7, 18),
        "each journal is looked for at Stripe",
        (
            Edit(
                f"{FOLDER}/transactions.py",
                "if not _is_at_stripe(journal):\n    walk.note([_unknown(journal)])\nreturn True",
                "return True",
            ),
        ),
        ("test_a_journal_of_a_refund_that_stripe_never_made_is_found",),
    ),
    Mutant(
        (18,),
        "Stripe's balance is compared with the books",
        (Edit(RUN, "totals_check(walk, since=compared_until)", "pass"),),
        ("test_a_cent_that_no_movement_shows_is_found_by_the_sums",),
    ),
    Mutant(
        (7,),
        "one run at a time (advisory lock)",
        (Edit("payments/locks.py", "[is_alone] = cursor.fetchone()", "is_alone = bool(cursor.fetchone())"),),
        ("test_while_one_run_goes_on_another_does_nothing",),
    ),
]
