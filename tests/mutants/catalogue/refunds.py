"""Giving money back, and who may read afterwards."""

from tests.mutants.catalogue.books import drop_unique
from tests.mutants.catalogue.locks import ITEM_ROWS
from tests.mutants.mutant import Edit, Mutant

REFUNDS, ROWS = "payments/services/refunds.py", "payments/services/refund_rows.py"
LOCKS, LEDGER = "payments/locks.py", "payments/ledger.py"

ORDER_IN_REQUEST = Edit(
    REFUNDS,
    "order = order_lock(order.pk)\npayment = payment_of_order(order)",
    "order = Order.objects.get(pk=order.pk)\npayment = payment_of_order(order)",
)
CLAIM = Edit(REFUNDS, "if not attempt_claim(Refund, refund_id, waiting=WAITING):\n    return", "")
LISTED_FIRST = Edit(REFUNDS, "known[0] if known else", "known[0] if False else")
KEY = Edit(
    "payments/gateway.py",
    '"idempotency_key": f"refund-{refund_row_id}-{attempt}"',
    '"idempotency_key": __import__("secrets").token_hex()',
)
ORDER_IN_SETTLE = Edit(
    LOCKS,
    'order = order_lock(order_id)\nrefund = Refund.objects.select_for_update(of=("self",))',
    "order = Order.objects.get(pk=order_id)\nrefund = Refund.objects",
)
SETTLED_ALREADY = Edit(REFUNDS, "if refund.status != RefundStatus.REQUESTED:\n    return", "")
FAILED_ALREADY = Edit(REFUNDS, "if refund.status == RefundStatus.FAILED:\n    return", "")
END_AT_DECISION = Edit(REFUNDS, "access_end(items)\nreturn refund", "return refund")
END_AT_BOOKING = Edit(REFUNDS, "access_end(_items_of(refund))", "pass")

MUTANTS = [
    Mutant(
        (15,),
        "the order is locked while a refund is decided",
        (ORDER_IN_REQUEST,),
        ("test_check_15_twenty_parallel_full_refunds_make_one",),
        stands="the items are locked next, before anything is summed up",
    ),
    Mutant(
        (15,),
        "the order and its items are locked while a refund is decided",
        (ORDER_IN_REQUEST, ITEM_ROWS),
        ("test_check_15_twenty_parallel_partial_refunds_never_exceed_what_was_paid",),
    ),
    Mutant(
        (15,),
        "no more than is left of it is given back",
        (Edit(REFUNDS, "if not 0 < amount <= left:", "if not 0 < amount:"),),
        ("test_check_15_more_than_is_left_is_refused_naming_the_field",),
    ),
    Mutant(
        (15,),
        "what is on its way counts as given back",
        (
            Edit(
                ROWS,
                '{"refund__status__in": [RefundStatus.REQUESTED, RefundStatus.SUCCEEDED]}',
                '{"refund__status__in": [RefundStatus.SUCCEEDED]}',
            ),
            Edit(
                ROWS,
                "given = payment.refunds.exclude(status=RefundStatus.FAILED)",
                "given = payment.refunds.filter(status=RefundStatus.SUCCEEDED)",
            ),
        ),
        ("test_check_15_more_than_is_left_is_refused_naming_the_field",),
    ),
    Mutant(
        (15,),
        "a refund is sent by one at a time (claim)",
        (CLAIM,),
        ("test_check_15_one_refund_sent_by_ten_at_once_is_made_once",),
    ),
    Mutant(
        (15,),
        "Stripe's list is asked before a refund is made",
        (LISTED_FIRST,),
        ("test_check_15_a_refund_sent_again_after_the_books_were_lost_is_made_once",),
    ),
    Mutant(
        (15,),
        "the key of a refund at Stripe is made of our row",
        (KEY,),
        ("test_check_15_killed_at_each_step_of_a_refund_one_is_made",),
        stands="the claim keeps rivals away, and Stripe's list is asked before each try",
    ),
    Mutant(
        (15,),
        "the key of a refund, and Stripe's list being asked first",
        (KEY, LISTED_FIRST),
        ("test_check_15_killed_at_each_step_of_a_refund_one_is_made",),
    ),
    Mutant(
        (15,),
        "a fault that Stripe would replay is got past by the next key",
        (
            Edit(
                REFUNDS,
                "Refund.objects.filter(pk=refund_id).update(stripe_attempt=refund.stripe_attempt + 1)",
                "pass",
            ),
        ),
        ("test_after_a_fault_at_stripe_the_next_try_has_a_new_key",),
    ),
    Mutant(
        (15,),
        "a refund that is settled is not settled again",
        (SETTLED_ALREADY,),
        ("test_check_16_a_stale_answer_does_not_undo_a_failure",),
    ),
    Mutant(
        (15,),
        "rivals that settle a refund wait for each other (lock)",
        (ORDER_IN_SETTLE,),
        ("test_check_18_a_refund_that_fails_while_it_is_being_booked_ends_failed",),
    ),
    Mutant(
        (15,),
        "a refund found in Stripe's list is adopted once: looked for again under the lock",
        (Edit(REFUNDS, "if known := _row_of(payment, facts):\n    return known", ""),),
        ("test_check_15_a_dashboard_refund_found_by_ten_at_once_is_booked_once",),
    ),
    Mutant(
        (15,),
        "refunds made in Stripe's dashboard are adopted",
        (Edit("payments/services/events.py", '"charge.refunded": _refund_changed,', ""),),
        ("test_check_15_a_refund_made_in_stripe_s_dashboard_appears_here_once",),
    ),
    Mutant(
        (16,),
        "a buyer who opened the text needs a person",
        (Edit(REFUNDS, "_refuse_if_opened(items)\nif had_enough_at_once", "if had_enough_at_once"),),
        ("test_a_buyer_who_opened_the_text_needs_a_person",),
    ),
    Mutant(
        (16,),
        "a buyer gets all or nothing back without a person",
        (Edit(REFUNDS, "if reason == RefundReason.BUYER_REQUEST and amount < left:", "if False:"),),
        ("test_a_buyer_cannot_ask_for_all_but_a_cent_and_keep_the_text",),
    ),
    Mutant(
        (16,),
        "access ends when a full refund is decided",
        (END_AT_DECISION,),
        ("test_check_16_a_full_refund_ends_the_text_and_every_old_link_when_it_is_decided",),
    ),
    Mutant(
        (16,),
        "access ends when a full refund made elsewhere is booked",
        (END_AT_BOOKING,),
        ("test_check_16_a_full_refund_made_in_stripe_s_dashboard_ends_them_with_its_event",),
    ),
    Mutant(
        (16,),
        "a page that is being opened looks again whether it may be",
        (
            Edit(
                "payments/services/reading.py",
                "(pk=entitlement.pk, revoked_at=None, first_read_at=None)",
                "(pk=entitlement.pk, first_read_at=None)",
            ),
        ),
        ("test_check_16_a_page_that_is_being_opened_finds_the_refund_decided",),
    ),
    Mutant(
        (16,),
        "a partial refund keeps access",
        (
            Edit(
                ROWS,
                "return 0 < item.net_amount <= refunded_amount(item) + lost",
                "return 0 < refunded_amount(item) + lost",
            ),
        ),
        ("test_check_16_partial_refunds_keep_access_and_close_to_the_cent",),
    ),
    Mutant(
        (16,),
        "a part's fee is what is due so far, less what was given before: rounding closes",
        (
            Edit(
                ROWS,
                "fee_due = part.item.platform_fee_amount * (given + amount) // part.item.net_amount",
                "fee_due = fee_given + part.item.platform_fee_amount * amount // part.item.net_amount",
            ),
        ),
        ("test_check_16_partial_refunds_keep_access_and_close_to_the_cent",),
    ),
    Mutant(
        (16,),
        "a refund that failed restores the books",
        (Edit(REFUNDS, "ledger.refund_restore_book(refund)", "pass"),),
        ("test_check_16_a_refund_that_fails_later_restores_ledger_and_access_once_and_calls_a_person",),
    ),
    Mutant(
        (16,),
        "a refund that failed restores the access",
        (Edit(REFUNDS, "access_restore(_items_of(refund))", "pass"),),
        ("test_check_16_a_refund_that_fails_later_restores_ledger_and_access_once_and_calls_a_person",),
    ),
    Mutant(
        (16,),
        "a refund that failed calls a person",
        (Edit(REFUNDS, 'alarm_raise("refund_failed"', 'str("refund_failed") or dict(kind="refund_failed"'),),
        ("test_check_16_a_refund_that_fails_later_restores_ledger_and_access_once_and_calls_a_person",),
    ),
    Mutant(
        (16,),
        "a failure is restored once: what has failed is left alone",
        (FAILED_ALREADY,),
        ("test_check_16_a_refund_that_fails_later_restores_ledger_and_access_once_and_calls_a_person",),
        stands="a journal is booked once per cause, and an alarm of the same words is mailed once",
    ),
    Mutant(
        (16,),
        "a failure is restored once: neither by its status nor by the journal's cause",
        (
            FAILED_ALREADY,
            Edit(REFUNDS, "was_booked = refund.status == RefundStatus.SUCCEEDED", "was_booked = True"),
            drop_unique("payments_journal", ["kind", "cause"]),
        ),
        ("test_check_16_a_refund_that_fails_later_restores_ledger_and_access_once_and_calls_a_person",),
    ),
    Mutant(
        (16,),
        "access does not come back where the buyer has bought it again",
        (Edit("payments/services/access.py", "and not again.exists()", ""),),
        ("test_check_16_a_refund_that_fails_after_the_buyer_bought_again_changes_no_access",),
    ),
]
