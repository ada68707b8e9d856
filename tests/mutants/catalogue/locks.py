"""Row locks that stand behind or beside others, and where they are taken."""

from tests.mutants.catalogue.books import FINDING_ROWS, drop_unique
from tests.mutants.mutant import Edit, Mutant

LOCKS, SERVICES = "payments/locks.py", "payments/services"
ITEM_ROWS = Edit(
    LOCKS,
    "return list(OrderItem.objects.select_for_update().filter(order=order)",
    "return list(OrderItem.objects.filter(order=order)",
)
PAYOUT_ROW = Edit(
    LOCKS,
    'Payout.objects.select_for_update(of=("self",)).select_related("account", "seller").get(pk=payout_id)',
    'Payout.objects.select_related("account", "seller").get(pk=payout_id)',
)
RELEASED_ITEM = Edit(
    f"{SERVICES}/earnings.py",
    "item = OrderItem.objects.select_for_update().get(pk=item_id)",
    "item = OrderItem.objects.get(pk=item_id)",
)
RELEASED_ALONE = "test_check_18_a_refund_is_not_booked_while_its_item_s_earnings_are_released"
SELLER_OF_PAYOUT = Edit(LOCKS, "seller_lock(seller_id)\nreturn", "return")
RESTORED_PAYOUT = Edit(f"{SERVICES}/payout_restore.py", "seller_lock(account.seller_id)", "pass")

MUTANTS = [
    Mutant(
        (15,),
        "an order's items are locked",
        (ITEM_ROWS,),
        ("test_check_15_twenty_parallel_partial_refunds_never_exceed_what_was_paid",),
        stands="whoever locks items has locked their order before",
    ),
    Mutant(
        (16,),
        "what was granted is locked while its refund is decided",
        (
            Edit(
                LOCKS,
                "return list(Entitlement.objects.select_for_update().filter(item__in=items)",
                "return list(Entitlement.objects.filter(item__in=items)",
            ),
        ),
        ("test_check_16_nobody_opens_the_text_while_its_refund_is_decided",),
    ),
    Mutant(
        (15,),
        "a refund's row is locked",
        (
            Edit(
                LOCKS,
                'refund = Refund.objects.select_for_update(of=("self",)).select_related("payment")',
                'refund = Refund.objects.select_related("payment")',
            ),
        ),
        ("test_check_18_a_refund_that_fails_while_it_is_being_booked_ends_failed",),
        stands="its order is locked first",
    ),
    Mutant(
        (17,),
        "the disputes of a payment are locked",
        (
            Edit(
                LOCKS,
                "found = Dispute.objects.select_for_update().filter(payment=payment)",
                "found = Dispute.objects.filter(payment=payment)",
            ),
        ),
        ("test_check_17_twenty_that_hear_of_a_dispute_at_once_debit_once",),
        stands="their order is locked first",
    ),
    Mutant(
        (17,),
        "the order is locked while a bank's answer is decided",
        (
            Edit(
                f"{SERVICES}/evidence.py",
                'order_lock(Dispute.objects.values_list("payment__order_id", flat=True).get(pk=dispute_pk))',
                "pass",
            ),
        ),
        ("test_check_17_five_who_answer_a_bank_at_once_answer_once",),
    ),
    Mutant(
        (13,),
        "the order is locked while it is canceled",
        (
            Edit(
                f"{SERVICES}/orders.py",
                "order = order_lock(order.pk)\nif order.status == OrderStatus.PENDING:",
                "order = Order.objects.get(pk=order.pk)\nif order.status == OrderStatus.PENDING:",
            ),
        ),
        ("test_check_13_an_order_that_is_paid_while_it_is_canceled_ends_paid",),
    ),
    Mutant(
        (7,),
        "the buyer is locked while an order is rebuilt",
        (
            Edit(
                f"{SERVICES}/order_restore.py",
                "buyer = buyer_lock(kept.buyer_id)",
                "buyer = User.objects.get(pk=kept.buyer_id)",
            ),
        ),
        ("test_check_07_an_order_that_ten_rebuild_at_once_is_rebuilt_once",),
    ),
    Mutant(
        (18,),
        "an item's row is locked while its earnings are released",
        (RELEASED_ITEM,),
        (RELEASED_ALONE,),
        stands="its order is locked first",
    ),
    Mutant(
        (18,),
        "an item and its order are locked while its earnings are released",
        (
            RELEASED_ITEM,
            Edit(
                f"{SERVICES}/earnings.py",
                "order = order_lock(order_id)",
                "from payments.models import Order\norder = Order.objects.get(pk=order_id)",
            ),
        ),
        (RELEASED_ALONE,),
    ),
    Mutant(
        (18,),
        "open findings are locked while they are told",
        (FINDING_ROWS,),
        ("test_check_18_five_that_meet_a_difference_at_once_tell_of_it_once",),
        stands="rivals wait at the unique rule for a new finding, which is told as it is written",
    ),
    Mutant(
        (19,),
        "a payout's row is locked",
        (PAYOUT_ROW,),
        ("test_check_19_staff_at_once_take_back_no_more_than_was_paid",),
        stands="its seller is locked first",
    ),
    Mutant(
        (19,),
        "a payout's seller is locked with it",
        (SELLER_OF_PAYOUT,),
        ("test_check_19_staff_at_once_take_back_no_more_than_was_paid",),
        stands="the payout's own row is locked",
    ),
    Mutant(
        (19,),
        "a payout is locked while a part of it is taken back",
        (PAYOUT_ROW, SELLER_OF_PAYOUT),
        ("test_check_19_staff_at_once_take_back_no_more_than_was_paid",),
    ),
    Mutant(
        (19,),
        "a payout is locked while it is settled",
        (PAYOUT_ROW, SELLER_OF_PAYOUT, drop_unique("payments_journal", ["kind", "cause"])),
        ("test_check_19_twenty_that_settle_a_payout_at_once_book_it_once",),
    ),
    Mutant(
        (19,),
        "an account at Stripe is locked while Stripe's word on it is written",
        (
            Edit(
                LOCKS,
                'accounts = ConnectedAccount.objects.select_for_update(of=("self",))',
                "accounts = ConnectedAccount.objects.all()",
            ),
        ),
        ("test_check_19_of_two_answers_about_an_account_the_later_stays",),
    ),
    Mutant(
        (7, 19),
        "the seller is locked while a payout is rebuilt",
        (RESTORED_PAYOUT,),
        ("test_check_07_a_payout_that_five_rebuild_at_once_is_rebuilt_once",),
        stands="a payout's id is unique, and so is its journal's cause",
    ),
]
