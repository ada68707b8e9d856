"""Orders, settlement and delivery."""

from tests.mutants.mutant import Edit, Mutant

LOCKS, ORDERS = "payments/locks.py", "payments/services/orders.py"
SETTLEMENT, CHECKOUT = "payments/services/settlement.py", "payments/services/checkout.py"
QUOTES, COUPONS = "payments/services/quotes.py", "payments/services/coupons.py"
ORDER_PAID = 'message_publish("order_paid", subject=order.pk, payload=payload)'
FIFTY = "test_check_19_fifty_at_once_use_a_coupon_as_often_as_it_may_be_used"

BUYER_OF_ORDER = Edit(
    LOCKS,
    'buyers = User.objects.select_for_update(of=("self",), no_key=True)',
    "buyers = User.objects.all()",
)
ORDER_ROW = Edit(
    LOCKS, "Order.objects.select_for_update().get(pk=order_id)", "Order.objects.get(pk=order_id)"
)
KNOWN_PAYMENT = Edit(SETTLEMENT, "if facts.payment_intent_id in known:", "if False:")

MUTANTS = [
    Mutant(
        (12,),
        "one purchase at a time per buyer (lock)",
        (
            Edit(
                LOCKS,
                "return User.objects.select_for_update(no_key=True).get(pk=buyer_id)",
                "return User.objects.get(pk=buyer_id)",
            ),
        ),
        ("test_check_12_twenty_clicks_in_two_tabs_are_one_charge",),
    ),
    Mutant(
        (12,),
        "an open order for the same is given back instead of a new one",
        (Edit(ORDERS, "if match is None and is_same and same_urls", "if False and same_urls"),),
        ("test_check_12_twenty_clicks_in_two_tabs_are_one_charge",),
    ),
    Mutant(
        (11, 12),
        "an order at another price is not given back",
        (Edit(ORDERS, "and _lines_of(order) == lines", ""),),
        ("test_a_changed_price_makes_a_new_order_and_closes_the_old",),
    ),
    Mutant(
        (12,),
        "what one owns is not sold again",
        (Edit(QUOTES, 'for entitlement in owned.select_related("listing"):', "for entitlement in []:"),),
        ("test_what_one_owns_already_is_refused",),
    ),
    Mutant(
        (9, 12),
        "nothing is sold again while its bank payment settles",
        (Edit(QUOTES, "if order := settling.first():", "if order := None:"),),
        ("test_nothing_is_bought_twice_while_a_bank_payment_settles",),
    ),
    Mutant(
        (4, 12),
        "the order is committed before Stripe is asked",
        (
            Edit(
                ORDERS,
                "if order.total_amount and not order.stripe_session_id:\norder = checkout_start(order=order)",
                "    if order.total_amount and not order.stripe_session_id:\n"
                "        order = checkout_start(order=order)",
            ),
        ),
        ("test_the_order_is_committed_when_stripe_is_down_and_a_retry_uses_it",),
    ),
    Mutant(
        (1, 2),
        "the order's row is locked while it is settled",
        (ORDER_ROW,),
        ("test_check_01_rivals_settle_once_and_all_are_told_so",),
        stands="whoever locks an order locks its buyer first, and waits there",
    ),
    Mutant(
        (1, 2),
        "the order's row and its buyer are locked while it is settled",
        (ORDER_ROW, BUYER_OF_ORDER),
        ("test_check_01_rivals_settle_once_and_all_are_told_so",),
    ),
    Mutant(
        (12, 13),
        "the buyer is locked while one of several orders is settled",
        (BUYER_OF_ORDER,),
        ("test_check_12_both_tabs_paid_at_the_same_moment_grant_once_and_one_goes_back",),
    ),
    Mutant(
        (1, 2),
        "a payment that is known is not taken again",
        (KNOWN_PAYMENT,),
        ("test_settling_again_changes_nothing",),
    ),
    Mutant(
        (10,),
        "amount, currency and mode must be the order's",
        (Edit(SETTLEMENT, "if getattr(facts, name) != value:", "if False:"),),
        ("test_check_10_another_amount_or_currency_is_not_delivered",),
    ),
    Mutant(
        (10,),
        "the amount must be the order's",
        (Edit(SETTLEMENT, ', "amount_total": order.total_amount}', "}"),),
        ("test_check_10_another_amount_or_currency_is_not_delivered",),
    ),
    Mutant(
        (10,),
        "the currency must be the order's",
        (Edit(SETTLEMENT, '"currency": order.currency, ', ""),),
        ("test_check_10_another_amount_or_currency_is_not_delivered",),
    ),
    Mutant(
        (10,),
        "the mode must be `payment`",
        (Edit(SETTLEMENT, '{"mode": "payment", ', "{"),),
        ("test_check_10_whatever_the_answer_lacks_it_is_not_delivered",),
    ),
    Mutant(
        (10,),
        "what is paid has a payment intent",
        (
            Edit(
                SETTLEMENT, 'if facts.payment_status == "paid" and not facts.payment_intent_id:', "if False:"
            ),
        ),
        ("test_check_10_whatever_the_answer_lacks_it_is_not_delivered",),
    ),
    Mutant(
        (10,),
        "a mismatch raises an alarm",
        (Edit("payments/alarms.py", "message_publish(TOPIC, subject=subject", "dict(subject=subject"),),
        ("test_check_10_another_amount_or_currency_is_not_delivered",),
    ),
    Mutant(
        (10,),
        "a payment through another session goes back",
        (
            Edit(
                SETTLEMENT,
                "is_foreign = order.stripe_session_id not in (None, facts.id)",
                "is_foreign = False",
            ),
        ),
        ("test_check_10_a_payment_through_another_session_goes_back",),
    ),
    Mutant(
        (9,),
        "completed but unpaid is not paid",
        (Edit(SETTLEMENT, 'elif facts.payment_status == "paid":', 'elif facts.status == "complete":'),),
        ("test_check_09_completed_but_unpaid_gives_no_access",),
    ),
    Mutant(
        (9,),
        "the buyer is told of a bank payment that failed",
        (Edit(SETTLEMENT, 'message_publish("payment_failed", subject=order.pk)', "pass"),),
        ("test_check_09_a_payment_that_fails_ends_the_order_and_tells_the_buyer_once",),
    ),
    Mutant(
        (11,),
        "the version that was ordered is granted, whatever is on sale now",
        (
            Edit(
                SETTLEMENT,
                "version_id=item.version_id,",
                "version_id=item.listing.published_version_id,",
            ),
        ),
        ("test_check_11_the_buyer_pays_the_price_shown_and_gets_the_version_bought",),
    ),
    Mutant(
        (11,),
        "the price that was ordered is charged, whatever it is now",
        (
            Edit(
                SETTLEMENT,
                '"amount_total": order.total_amount}',
                '"amount_total": sum(item.listing.price_amount for item in order.items.all())}',
            ),
        ),
        ("test_check_11_the_buyer_pays_the_price_shown_and_gets_the_version_bought",),
    ),
    Mutant(
        (12,),
        "a second payment of a paid order goes back",
        (Edit(SETTLEMENT, "is_surplus = is_foreign or bool(known)", "is_surplus = is_foreign"),),
        ("test_check_12_a_second_payment_of_a_paid_order_is_owed_back",),
    ),
    Mutant(
        (12, 13),
        "what the buyer owns by another order is not granted twice",
        (Edit(SETTLEMENT, "for item in items if item.listing_id not in owned", "for item in items"),),
        ("test_check_13_a_late_payment_for_what_was_bought_again_goes_back",),
    ),
    Mutant(
        (12, 13),
        "what was bought again goes back",
        (Edit(SETTLEMENT, "for item in bought_again:", "for item in []:"),),
        ("test_check_13_a_late_payment_for_what_was_bought_again_goes_back",),
    ),
    Mutant(
        (13,),
        "a canceled order still takes its late payment",
        (
            Edit(
                "payments/models/order.py",
                "OrderStatus.CANCELED: {OrderStatus.PAID},",
                "OrderStatus.CANCELED: set(),",
            ),
        ),
        ("test_check_13_a_late_payment_is_delivered",),
    ),
    Mutant(
        (4, 5),
        "the delivery is written in the transaction that pays the order",
        (
            Edit(
                SETTLEMENT,
                "Delivery.objects.create(order=order, granted_at=now)",
                "transaction.on_commit(lambda: Delivery.objects.create(order=order, granted_at=now))",
            ),
        ),
        ("test_check_05_killed_at_each_step_of_a_task_everything_is_done_once[settling]",),
    ),
    Mutant(
        (5,),
        "the access is granted in the transaction that pays the order",
        (
            Edit(
                SETTLEMENT,
                "_order_fulfil(order, items, payment, facts)\nprocessing_fee_settle",
                "transaction.on_commit(lambda: _order_fulfil(order, items, payment, facts))\n"
                "processing_fee_settle",
            ),
        ),
        ("test_check_05_killed_at_each_step_of_a_task_everything_is_done_once[settling]",),
    ),
    Mutant(
        (5,),
        "what others must hear is written in the transaction that pays the order",
        (
            Edit(
                SETTLEMENT,
                ORDER_PAID,
                f"transaction.on_commit(lambda: {ORDER_PAID})",
            ),
        ),
        ("test_check_05_killed_at_each_step_of_a_task_everything_is_done_once[settling]",),
    ),
    Mutant(
        (5,),
        "a session whose answer was lost with the process is taken as the order's",
        (
            Edit(
                SETTLEMENT,
                "order.stripe_session_id = facts.id  # the process died",
                "pass  # the process died",
            ),
        ),
        ("test_a_crash_before_the_session_was_noted_loses_nothing",),
    ),
    Mutant(
        (15, 16),
        "refunds that overtook their payment are found when it settles",
        (
            Edit(
                CHECKOUT,
                "if facts.refunded_amount:\n    payment_refunds_sync",
                "if False:\n    payment_refunds_sync",
            ),
        ),
        ("test_a_refund_that_overtakes_the_payment_is_found_when_it_settles",),
    ),
    Mutant(
        (8,),
        "disputes that overtook their payment are found when it settles",
        (
            Edit(
                CHECKOUT,
                "if facts.is_disputed:\n    payment_disputes_sync",
                "if False:\n    payment_disputes_sync",
            ),
        ),
        ("test_a_payment_that_settles_brings_its_disputes_along",),
    ),
    Mutant(
        (19,),
        "a coupon is locked while its uses are counted",
        (Edit(COUPONS, "coupon_lock(code_normalise(code))", "pass"),),
        (FIFTY,),
    ),
    Mutant(
        (19,),
        "a coupon is used as often as it may be, and no more",
        (
            Edit(
                COUPONS, "if coupon.max_uses is not None and others.count() >= coupon.max_uses:", "if False:"
            ),
        ),
        (FIFTY,),
    ),
    Mutant(
        (19,),
        "a coupon is used once by each buyer",
        (Edit(COUPONS, "if buyer and others.filter(buyer=buyer).exists():", "if False:"),),
        ("test_check_19_one_buyer_with_twenty_orders_at_once_uses_a_coupon_once",),
    ),
    Mutant(
        (18,),
        "what the platform's coupon pays for in full is owed to its sellers",
        (
            Edit(
                SETTLEMENT,
                "ledger.sale_book(order, items) _grant_and_mark_paid(order, list(items))",
                "_grant_and_mark_paid(order, list(items))",
            ),
        ),
        ("test_what_the_platforms_coupon_pays_for_in_full_is_owed_to_the_seller",),
    ),
]
