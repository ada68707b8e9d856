"""What is given: read by nobody before it is claimed, by one person then, by nobody once it is taken back."""

from tests.mutants.mutant import Edit, Mutant

GIFTS, SETTLEMENT = "payments/services/gifts.py", "payments/services/settlement.py"
ACCESS = "payments/services/access.py"
TWENTY = "test_check_20_of_twenty_who_claim_a_gift_at_once_one_gets_it"
ALONE = "test_nobody_reads_a_gift_before_it_is_claimed_and_then_the_claimer_alone"

MUTANTS = [
    Mutant(
        (20,),
        "a gift is claimed once",
        (
            Edit(
                GIFTS,
                'if gift.claimed_at: raise Conflict(_("This gift has been claimed already."), '
                'code="gift_claimed") _refuse_if_disputed(order)',
                "_refuse_if_disputed(order)",
            ),
        ),
        (TWENTY,),
    ),
    Mutant(
        (20,),
        "giver, claimer, order and gift are locked while it is claimed",
        (
            Edit(GIFTS, "people_lock({found.order.buyer_id, by.pk})", "pass"),
            Edit(
                GIFTS,
                "order, gift = order_lock(found.order_id), gift_lock(found.pk)",
                "order, gift = Order.objects.get(pk=found.order_id), Gift.objects.get(pk=found.pk)",
            ),
        ),
        (TWENTY,),
    ),
    Mutant(
        (20,),
        "a gift's link is known by its secret",
        (Edit(GIFTS, "return any(", "return True or any("),),
        ("test_a_wrong_link_leads_nowhere_nor_does_one_that_is_not_paid",),
    ),
    Mutant(
        (20,),
        "another address ends the gift's link before",
        (Edit(GIFTS, "gift.email, gift.revision = address, gift.revision + 1", "gift.email = address"),),
        ("test_another_address_ends_the_link_before",),
    ),
    Mutant(
        (20,),
        "who pays for a gift does not read it",
        (Edit(SETTLEMENT, "for_buyer = [] if order.is_gift else [", "for_buyer = ["),),
        (ALONE,),
    ),
    Mutant(
        (20,),
        "a claimed gift is its claimer's and not its giver's",
        (Edit(ACCESS, "buyer_id = item.order.owner_id", "buyer_id = item.order.buyer_id"),),
        (ALONE,),
    ),
    Mutant(
        (16, 20),
        "a gift that was taken back is claimed no more",
        (Edit(GIFTS, "items = gift_items_left(order_items_lock(order))", "items = order_items_lock(order)"),),
        ("test_a_gift_that_was_taken_back_cannot_be_claimed_until_the_refund_fails",),
    ),
    Mutant(
        (17, 20),
        "a gift whose payment a bank decides about is not claimed meanwhile",
        (Edit(GIFTS, "_refuse_if_disputed(order) items =", "items ="),),
        ("test_while_a_bank_decides_it_is_not_claimed_and_lost_it_is_over",),
    ),
]
