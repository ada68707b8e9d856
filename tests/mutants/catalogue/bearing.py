"""What sellers have of what refunds and payouts take: nobody is paid what is not there, and nothing twice."""

from tests.mutants.mutant import Edit, Mutant

COVER, REFUNDS, PAYOUTS = (f"payments/services/{name}.py" for name in ("refund_cover", "refunds", "payouts"))
ON_THEIR_WAY = "payments/queries_payouts.py"
STAFF_ALONE = "test_what_was_paid_out_is_given_back_by_staff_alone"

MUTANTS = [
    Mutant(
        (15, 19),
        "what buyers and sellers ask for is given back only if the sellers' balances bear it",
        (Edit(REFUNDS, "and not sellers_can_bear(parts):", "and False:"),),
        (STAFF_ALONE,),
    ),
    Mutant(
        (15, 19),
        "the seller is locked while it is seen what a balance bears",
        (
            Edit(
                COVER,
                "seller = seller_lock(seller_id)",
                "from accounts.models import SellerProfile\nseller = SellerProfile.objects.get(pk=seller_id)",
            ),
        ),
        ("test_a_payout_that_is_asked_for_while_a_refund_is_decided_waits_for_it",),
    ),
    Mutant(
        (15, 19),
        "what refunds on their way will take is no longer there for the next refund",
        (Edit(COVER, "- refunds_on_their_way_amount(seller)", ""),),
        ("test_pending_earnings_bear_a_refund_once",),
    ),
    Mutant(
        (15, 19),
        "what refunds on their way will take is not paid out",
        (Edit(PAYOUTS, "- refunds_on_their_way_amount(seller, of_available=True)", ""),),
        ("test_what_a_refund_on_its_way_will_take_is_not_paid_out",),
    ),
    Mutant(
        (15, 19),
        "a refund that is booked is not on its way any more",
        (
            Edit(
                ON_THEIR_WAY,
                "(item__seller=seller, refund__status=RefundStatus.REQUESTED)",
                "(item__seller=seller)",
            ),
        ),
        ("test_a_small_refund_is_given_at_once_although_the_seller_was_paid_out",),
    ),
    Mutant(
        (15, 19),
        "refunds of pending earnings leave what is available alone",
        (Edit(ON_THEIR_WAY, "if of_available:", "if False:"),),
        ("test_a_refund_of_pending_earnings_leaves_what_is_available_to_be_paid_out",),
    ),
    Mutant(
        (19,),
        "a seller whom staff have shut out is paid nothing",
        (Edit(PAYOUTS, "if is_shut_out or not", "if not"),),
        ("test_a_seller_who_was_shut_out_is_not_paid",),
    ),
    Mutant(
        (15,),
        "staff who click twice refund once: what was left must be what they saw",
        (Edit(REFUNDS, "if seen_refundable not in (None, refundable):", "if False:"),),
        ("test_a_second_click_refunds_nothing_more",),
    ),
    Mutant(
        (15,),
        "a seller who clicks twice gives back once",
        (
            Edit(
                "payments/services/refund_decisions.py",
                "if seen_left not in (None, refundable_of(order, item).left_amount):",
                "if False:",
            ),
        ),
        ("test_a_second_click_gives_nothing_more_back",),
    ),
    Mutant(
        (19,),
        "staff who click twice take a part of a payout back once",
        (Edit("payments/services/payout_reversals.py", "if seen_left not in (None, left):", "if False:"),),
        ("test_a_second_click_takes_nothing_more_back",),
    ),
    Mutant(
        (19,),
        "a page's button asks for one payout, however often it is sent",
        (
            Edit(
                PAYOUTS,
                "if payout_id is not None and (known := Payout.objects.filter(pk=payout_id).first()):"
                "\n    return _same(known, seller, amount)",
                "payout_id = None",
            ),
        ),
        ("test_twenty_clicks_on_the_button_are_one_payout",),
    ),
]
