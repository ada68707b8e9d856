"""What a restored database has lost is rebuilt as it was or not at all; what cannot be stops nothing else."""

from tests.mutants.catalogue.books import drop_unique
from tests.mutants.catalogue.locks import RESTORED_PAYOUT
from tests.mutants.mutant import Edit, Mutant, Sql

SERVICES = "payments/services"
ORDER, PAYOUT, REFUND = (f"{SERVICES}/{name}_restore.py" for name in ("order", "payout", "refund"))
REFUNDS, TASKS = f"{SERVICES}/refunds.py", "payments/tasks.py"
ANOTHERS_NUMBER = "test_a_row_that_took_a_lost_ones_number_is_not_mistaken_for_it"
UNFORESEEN = "test_what_cannot_be_written_down_is_a_finding_and_keeps_nothing_else_from_being_compared"
AS_IT_WAS = "test_a_lost_order_comes_back_as_it_was_and_is_delivered"
REBUILT_PAYOUT = "test_check_07_a_payout_that_five_rebuild_at_once_is_rebuilt_once"

MUTANTS = [
    Mutant(
        (7,),
        "a buyer younger than a lost order is somebody else",
        (Edit(ORDER, "(pk=kept.buyer_id, joined_at__lte=kept.created_at)", "(pk=kept.buyer_id)"),),
        (f"{ANOTHERS_NUMBER}[buyer]",),
    ),
    Mutant(
        (7,),
        "a listing younger than a lost order is another one",
        (Edit(ORDER, ".filter(created_at__lte=kept.created_at)", ""),),
        (f"{ANOTHERS_NUMBER}[listing]",),
    ),
    Mutant(
        (7,),
        "a version younger than a lost order is another one",
        (Edit(ORDER, ", published_at__lte=kept.created_at\n)", ")"),),
        (f"{ANOTHERS_NUMBER}[version]",),
    ),
    Mutant(
        (7, 10),
        "a lost order is rebuilt only if its items sum to what was asked for",
        (Edit(ORDER, "if total != facts.amount_total:", "if False:"),),
        ("test_a_session_whose_items_do_not_sum_to_what_was_asked_for_is_not_believed",),
    ),
    Mutant(
        (7, 10),
        "a lost order is rebuilt only from its own session",
        (Edit(ORDER, "or kept.id != facts.client_reference_id:", ":"),),
        ("test_a_session_that_names_an_order_of_another_is_not_believed",),
    ),
    Mutant(
        (7, 11),
        "a lost order is rebuilt with the fees of the day it was made",
        (
            Edit(
                ORDER,
                "platform_fee_amount=item.platform_fee_amount,\nseller_amount=",
                "platform_fee_amount=item.net_amount * settings.PLATFORM_FEE_BPS // 10_000,\nseller_amount=",
            ),
        ),
        (AS_IT_WAS,),
    ),
    Mutant(
        (7, 11),
        "the version that was bought is kept with the session",
        (Edit(ORDER, "version_id=item.version_id,\nunit_amount=", "version_id=0,\nunit_amount="),),
        (AS_IT_WAS,),
    ),
    Mutant(
        (7, 19),
        "a payout that is rebuilt speaks for its money again",
        (Edit(PAYOUT, "if is_new:\n    ledger.payout_book(payout)", ""),),
        (REBUILT_PAYOUT,),
    ),
    Mutant(
        (7, 19),
        "a payout is rebuilt once, neither by the seller's lock, nor by its id, nor by its journal's cause",
        (
            RESTORED_PAYOUT,
            Sql("ALTER TABLE payments_payout DROP CONSTRAINT payments_payout_pkey CASCADE"),
            drop_unique("payments_journal", ["kind", "cause"]),
        ),
        (REBUILT_PAYOUT,),
    ),
    Mutant(
        (7, 15),
        "a refund keeps at Stripe what it gives back of which item",
        (Edit(REFUNDS, "metadata=refund_metadata(refund),", "metadata={},"),),
        ("test_what_is_kept_is_sent_with_the_refund",),
    ),
    Mutant(
        (7, 15),
        "a refund whose row was lost takes of each item again what was decided",
        (
            Edit(
                REFUNDS,
                "parts_kept(facts.metadata, items, facts.amount) or spread_over_items",
                "spread_over_items",
            ),
        ),
        ("test_a_refund_of_one_item_is_that_items_again",),
    ),
    Mutant(
        (7, 15),
        "parts that do not sum to the refund are not believed",
        (Edit(REFUND, "fits and sum(part for _, part in parts) == amount", "fits"),),
        ("test_parts_that_do_not_fit_the_refund_are_not_believed[less than the refund]",),
    ),
    Mutant(
        (7, 15),
        "parts beyond an item's price are not believed",
        (Edit(REFUND, "all(0 < part <= item.net_amount for item, part in parts)", "True"),),
        ("test_parts_that_do_not_fit_the_refund_are_not_believed[more than a price]",),
    ),
    Mutant(
        (15,),
        "what became of other refunds is heard before one that was sent is booked",
        (Edit(REFUNDS, "_refunds_note(refund.payment, listed)", "pass"),),
        ("test_a_refund_takes_the_room_of_one_that_failed_unheard",),
    ),
    Mutant(
        (7,),
        "a session that fails unforeseen keeps no other from being looked at",
        (
            Edit(
                f"{SERVICES}/reconciliation/orders.py",
                "except UNFORESEEN as error:",
                "except ZeroDivisionError as error:",
            ),
        ),
        (UNFORESEEN,),
    ),
    Mutant(
        (7,),
        "a movement that fails unforeseen keeps no other from being compared",
        (Edit(f"{SERVICES}/reconciliation/healing.py", "except UNFORESEEN:", "except ZeroDivisionError:"),),
        (UNFORESEEN,),
    ),
    Mutant(
        (6,),
        "a row that fails unforeseen keeps no other from its sweeper",
        (
            Edit(
                TASKS,
                "except Exception:\n    logger.exception(",
                "except NotImplementedError:\n    logger.exception(",
            ),
        ),
        ("test_one_item_that_cannot_be_released_keeps_no_other_from_it",),
    ),
    Mutant(
        (7, 18),
        "a comparison that breaks off says so and tells people",
        (
            Edit(
                f"{SERVICES}/reconciliation/run.py",
                'except Exception as error:\nrow.error = f"{type(error).__name__}: broken off; see the log"\n'
                'alarm_raise("reconciliation_failed", subject="reconciliation", detail=row.error)\nraise',
                "except Exception:\n    raise",
            ),
        ),
        ("test_a_run_that_breaks_off_says_so_and_tells_people",),
    ),
    Mutant(
        (12, 16),
        "who paid twice reads on by the purchase that was not given back",
        (
            Edit(
                f"{SERVICES}/access.py",
                'access_restore(again.order_by("paid_at", "pk"))',
                "pass",
            ),
        ),
        ("test_a_buyer_whose_first_refund_failed_reads_on_by_it_when_the_second_purchase_goes_back",),
    ),
]
