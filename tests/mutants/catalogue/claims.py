"""Refund claims: who decides, until when, and how often."""

from tests.mutants.mutant import Edit, Mutant

CLAIMS, OPENING = "payments/services/refund_claims.py", "payments/services/refund_claim_open.py"
LOCKED = Edit(
    "payments/locks.py",
    'order = order_lock(order_id)\nclaims = RefundClaim.objects.select_for_update(of=("self",))',
    'order = Order.objects.select_related("buyer").get(pk=order_id)\nclaims = RefundClaim.objects',
)
STILL_ACTIVE = Edit(CLAIMS, "if not claim.is_active:", "if False:")
ANY_ACTIVE = Edit(
    CLAIMS,
    "locked.status != ClaimStatus.OPEN or locked.due_at > clock.now()",
    "not locked.is_active",
)
REFUNDS = "payments/services/refunds.py"
SILENCE_UNCOVERED = Edit(REFUNDS, "RefundReason.SELLER, RefundReason.CLAIM)", "RefundReason.SELLER)")

MUTANTS = [
    Mutant(
        (15,),
        "a claim is locked, its order first",
        (LOCKED,),
        ("test_the_deadline_met_by_ten_at_once_refunds_once",),
    ),
    Mutant(
        (15,),
        "what was decided is not decided again",
        (STILL_ACTIVE,),
        ("test_twenty_who_accept_and_contest_at_once_leave_one_answer",),
    ),
    Mutant(
        (16,),
        "silence refunds when the time is over, and no sooner",
        (
            Edit(
                CLAIMS,
                "locked.status != ClaimStatus.OPEN or locked.due_at > clock.now()",
                "not locked.is_active",
            ),
        ),
        ("test_a_seller_who_answers_in_time_stops_the_clock_and_a_moderator_decides",),
        stands="only what is open and due is looked for",
    ),
    Mutant(
        (16,),
        "silence refunds what is open and due alone, when looked for and when locked",
        (
            Edit(
                CLAIMS,
                "locked.status != ClaimStatus.OPEN or locked.due_at > clock.now()",
                "not locked.is_active",
            ),
            Edit(CLAIMS, "status=ClaimStatus.OPEN, due_at__lte=clock.now()", "status__in=ACTIVE_CLAIMS"),
        ),
        (
            "test_a_seller_who_is_silent_for_72_hours_gives_back_all_and_once",
            "test_a_seller_who_answers_in_time_stops_the_clock_and_a_moderator_decides",
        ),
    ),
    Mutant(
        (16,),
        "an answer after the deadline is too late, whether or not the sweeper was there",
        (Edit(CLAIMS, "locked.status == ClaimStatus.OPEN and locked.due_at <= clock.now()", "False"),),
        ("test_an_answer_after_the_deadline_is_too_late_though_no_sweeper_was_there",),
    ),
    Mutant(
        (17,),
        "while a bank decides, silence waits",
        (
            Edit(CLAIMS, ".exclude(item__order__payments__disputes__status__in=FREEZING_STATUSES)", ""),
            Edit(REFUNDS, "_refuse_if_disputed(payment)", "pass"),
        ),
        ("test_a_chargeback_meanwhile_holds_the_refund_and_a_lost_one_closes_the_claim",),
    ),
    Mutant(
        (15,),
        "silence takes no more than a seller's balance bears",
        (
            Edit(
                REFUNDS,
                "RefundReason.SELLER, RefundReason.CLAIM)",
                "RefundReason.SELLER)",
            ),
        ),
        ("test_silence_does_not_take_a_balance_below_what_it_bears",),
    ),
    Mutant(
        (15,),
        "who gives back often goes to a moderator",
        (Edit(OPENING, "if gives_back_often(order.buyer):", "if False:"),),
        ("test_a_buyer_who_gives_back_often_goes_to_a_moderator",),
    ),
    Mutant(
        (15,),
        "many refunds of unopened prompts need a person",
        (Edit(REFUNDS, "if had_enough_at_once(order.buyer):", "if False:"),),
        ("test_many_refunds_of_unopened_prompts_need_a_person_at_last",),
    ),
    Mutant(
        (16,),
        "what a moderator refused is not asked for again",
        (Edit(OPENING, "earlier.filter(status=ClaimStatus.REFUSED).exists()", "False"),),
        ("test_a_seller_who_answers_in_time_stops_the_clock_and_a_moderator_decides",),
    ),
    Mutant(
        (16,),
        "a moderator decides no claim of their own",
        (Edit(CLAIMS, "if moderator.pk in (locked.buyer_id, locked.item.seller.user_id):", "if False:"),),
        ("test_a_moderator_decides_no_claim_of_their_own",),
    ),
    Mutant(
        (20,),
        "a claim is answered by its seller alone",
        (Edit(CLAIMS, "if locked.item.seller_id != seller.pk:", "if False:"),),
        ("test_strangers_find_no_claim",),
    ),
]
