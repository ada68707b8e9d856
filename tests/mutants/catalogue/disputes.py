"""Disputes: state asked of Stripe, booked once, in whatever order it is heard of."""

from tests.mutants.mutant import Edit, Mutant

DISPUTES, ROWS = "payments/services/disputes.py", "payments/services/dispute_rows.py"
SHARES, REFUNDS = "payments/services/dispute_shares.py", "payments/services/refunds.py"
UNCHANGED = Edit(ROWS, "if not (changes or surplus or loss):\n    return", "")
BOOKS_NOTHING = "test_check_18_a_dispute_that_has_not_changed_books_nothing"

MUTANTS = [
    Mutant(
        (17,),
        "the order is locked while a dispute is booked",
        (
            Edit(
                DISPUTES,
                "order = order_lock(payment.order_id)",
                "order = Order.objects.get(pk=payment.order_id)",
            ),
        ),
        ("test_check_17_twenty_that_hear_of_a_dispute_at_once_debit_once",),
    ),
    Mutant(
        (8, 17),
        "a movement that is known is not booked again",
        (
            Edit(
                DISPUTES,
                "new = [moved for moved in facts.movements if moved.id not in known]",
                "new = list(facts.movements)",
            ),
        ),
        ("test_check_17_twenty_that_hear_of_a_dispute_at_once_debit_once",),
    ),
    Mutant(
        (8,),
        "a stale answer changes nothing",
        (
            Edit(
                DISPUTES,
                "elif dispute.status != told and _RANKS[told] <= _RANKS[dispute.status]:",
                "elif False:",
            ),
        ),
        ("test_a_stale_answer_never_overwrites_a_later_one",),
    ),
    Mutant(
        (8,),
        "a dispute heard of before its payment settles it first",
        (
            Edit(
                "payments/services/events.py",
                "if payment_intent_id and payment_check(payment_intent_id=payment_intent_id):",
                "if payment_intent_id:",
            ),
        ),
        ("test_a_dispute_that_overtakes_its_payment_settles_it_first",),
    ),
    Mutant(
        (8, 17),
        "shares are worked out again when a refund is booked",
        (
            Edit(
                REFUNDS,
                "ledger.refund_book(refund)\ndispute_shares_refresh(refund.payment)",
                "ledger.refund_book(refund)",
            ),
        ),
        ("test_check_17_a_refund_heard_of_after_the_dispute_closes_to_the_cent_and_opens_again",),
    ),
    Mutant(
        (8, 17),
        "shares are worked out again when a refund is restored",
        (
            Edit(
                REFUNDS,
                "ledger.refund_restore_book(refund)\ndispute_shares_refresh(refund.payment)",
                "ledger.refund_restore_book(refund)",
            ),
        ),
        ("test_check_17_a_refund_heard_of_after_the_dispute_closes_to_the_cent_and_opens_again",),
    ),
    Mutant(
        (17,),
        "what was refunded is not debited again",
        (
            Edit(
                SHARES,
                "max(item.net_amount - item.refunded_amount - took, 0)",
                "max(item.net_amount - took, 0)",
            ),
            Edit(SHARES, "return max(share - item.seller_refunded_amount, 0)", "return share"),
        ),
        ("test_check_17_a_refund_before_the_dispute",),
    ),
    Mutant(
        (17,),
        "nothing is refunded while a bank decides",
        (Edit(REFUNDS, "_refuse_if_disputed(payment)\nitems", "items"),),
        ("test_check_17_a_refund_after_the_dispute",),
    ),
    Mutant(
        (17,),
        "what a dispute took is not refundable",
        (
            Edit(
                "payments/services/refund_rows.py",
                "return payment.amount - (given or 0) + min(moved or 0, 0)",
                "return payment.amount - (given or 0)",
            ),
            Edit(
                "payments/services/refund_rows.py",
                "return max(item.net_amount - refunded_amount(item) - _disputed_amount(item), 0)",
                "return max(item.net_amount - refunded_amount(item), 0)",
            ),
        ),
        ("test_check_17_a_refund_after_the_dispute",),
    ),
    Mutant(
        (17,),
        "only what has changed of a share is booked",
        (
            Edit(
                ROWS,
                "changes.append((item, seller_amount - row.seller_amount))",
                "changes.append((item, seller_amount))",
            ),
        ),
        ("test_check_17_a_refund_before_the_dispute",),
    ),
    Mutant(
        (17,),
        "a share that has not changed is not booked",
        (UNCHANGED,),
        (BOOKS_NOTHING,),
        stands="a journal without lines is no journal, and lines of zero are left out",
    ),
    Mutant(
        (17,),
        "a share that has not changed is not booked, and a journal without lines is no journal",
        (UNCHANGED, Edit("payments/ledger.py", "if not lines:\n    return None", "")),
        (BOOKS_NOTHING,),
    ),
    Mutant(
        (8, 16),
        "an item lost to a dispute loses its access",
        (Edit(ROWS, "access_end(items)\naccess_restore(items)", "access_restore(items)"),),
        ("test_a_lost_dispute_costs_the_seller_the_share_the_platform_its_fee_and_ends_access",),
    ),
    Mutant(
        (8, 16),
        "an item that a lost dispute takes no more has its access again",
        (Edit(ROWS, "access_end(items)\naccess_restore(items)", "access_end(items)"),),
        ("test_a_lost_dispute_that_a_failed_refund_moves_on_gives_access_back_where_it_was",),
    ),
    Mutant(
        (17,),
        "earnings held by a dispute are not released",
        (
            Edit(
                "payments/services/earnings.py",
                "gone = seller_refunded_amount(item) + seller_disputed_amount(item)",
                "gone = seller_refunded_amount(item)",
            ),
        ),
        ("test_earnings_released_in_the_middle_of_a_dispute_come_back_as_available",),
    ),
    Mutant(
        (17,),
        "Stripe is asked whether a bank was answered before it is answered",
        (
            Edit(
                "payments/services/evidence.py",
                "if facts.status in ANSWERABLE_STATUSES:\n    gateway_disputes",
                "if True:\n    gateway_disputes",
            ),
        ),
        ("test_an_answer_whose_outcome_is_unknown_is_not_sent_twice",),
    ),
]
