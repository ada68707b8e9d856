"""What breaks each rule, and what mends it again: statements for the owner's hand, over honest books."""

PLANTED: dict[str, list[tuple[str, str]]] = {
    "journals_balance": [
        (
            "UPDATE payments_ledgerentry SET amount = amount + 1 WHERE id = (SELECT min(id) FROM "
            "payments_ledgerentry)",
            "UPDATE payments_ledgerentry SET amount = amount - 1 WHERE id = (SELECT min(id) FROM "
            "payments_ledgerentry)",
        ),
        (
            "INSERT INTO payments_journal (id, kind, cause, booked_at) VALUES (9999, "
            "'stripe_fee', 'txn:empty', now())",
            "DELETE FROM payments_journal WHERE id = 9999",
        ),
    ],
    "ledger_sums_to_zero": [
        (
            "UPDATE payments_ledgerentry SET amount = amount + 1 WHERE id = (SELECT min(id) FROM "
            "payments_ledgerentry)",
            "UPDATE payments_ledgerentry SET amount = amount - 1 WHERE id = (SELECT min(id) FROM "
            "payments_ledgerentry)",
        ),
    ],
    "journals_have_their_cause": [
        (
            "UPDATE payments_journal SET cause = 'order:00000000-0000-0000-0000-000000000000' "
            "WHERE kind = 'sale' AND cause = 'order:' || %(order)s",
            "UPDATE payments_journal SET cause = 'order:' || %(order)s WHERE cause = "
            "'order:00000000-0000-0000-0000-000000000000'",
        ),
        (
            "UPDATE payments_journal SET cause = 'nonsense' WHERE kind = 'payout_sent'",
            "UPDATE payments_journal SET cause = 'payout:' || %(payout)s WHERE cause = 'nonsense'",
        ),
        (
            "UPDATE payments_refund SET status = 'requested' WHERE id = %(refund)s",
            "UPDATE payments_refund SET status = 'succeeded' WHERE id = %(refund)s",
        ),
    ],
    "paid_orders_have_their_sale_journal": [
        (
            "UPDATE payments_journal SET kind = 'stripe_fee' WHERE kind = 'sale' AND cause = "
            "'order:' || %(order)s",
            "UPDATE payments_journal SET kind = 'sale' WHERE kind = 'stripe_fee' AND cause = "
            "'order:' || %(order)s",
        ),
        (
            "UPDATE payments_journal SET kind = 'sale', cause = 'order:' || %(gift)s WHERE kind = 'payout'",
            "UPDATE payments_journal SET kind = 'payout', cause = 'payout:' || %(payout)s WHERE "
            "cause = 'order:' || %(gift)s",
        ),
        (
            "UPDATE payments_journal SET kind = 'stripe_fee' WHERE cause = 'order:' || %(given)s",
            "UPDATE payments_journal SET kind = 'sale' WHERE cause = 'order:' || %(given)s",
        ),
    ],
    "paid_orders_have_one_payment": [
        (
            "UPDATE payments_payment SET amount = amount + 1 WHERE id = %(payment)s",
            "UPDATE payments_payment SET amount = amount - 1 WHERE id = %(payment)s",
        ),
    ],
    "order_states_follow_refunds": [
        (
            "UPDATE payments_order SET status = 'paid' WHERE id = %(order)s",
            "UPDATE payments_order SET status = 'partially_refunded' WHERE id = %(order)s",
        ),
    ],
    "paid_orders_are_delivered": [
        (
            "UPDATE payments_order SET delivered_at = NULL WHERE id = %(order)s",
            "UPDATE payments_order SET delivered_at = paid_at WHERE id = %(order)s",
        ),
        (
            "UPDATE payments_orderitem SET paid_at = NULL WHERE id = %(pending)s",
            "UPDATE payments_orderitem SET paid_at = now() WHERE id = %(pending)s",
        ),
    ],
    "processing_fees_are_booked": [
        (
            "UPDATE payments_payment SET processing_fee_amount = processing_fee_amount + 1 WHERE "
            "id = %(payment)s",
            "UPDATE payments_payment SET processing_fee_amount = processing_fee_amount - 1 WHERE "
            "id = %(payment)s",
        ),
    ],
    "surplus_payments_are_booked": [
        (
            "UPDATE payments_payment SET amount = amount - 1 WHERE id = %(surplus)s",
            "UPDATE payments_payment SET amount = amount + 1 WHERE id = %(surplus)s",
        ),
    ],
    "surplus_is_given_back": [
        (
            "UPDATE payments_payment SET succeeded_at = now() - interval '4 days' WHERE id = %(surplus)s",
            "UPDATE payments_payment SET succeeded_at = now() WHERE id = %(surplus)s",
        ),
    ],
    "shares_of_orders_are_as_their_items_say": [
        (
            "UPDATE payments_orderitem SET seller_amount = seller_amount + 1, platform_fee_amount"
            " = platform_fee_amount - 1 WHERE id = %(pending)s",
            "UPDATE payments_orderitem SET seller_amount = seller_amount - 1, platform_fee_amount"
            " = platform_fee_amount + 1 WHERE id = %(pending)s",
        ),
        (
            "UPDATE payments_refunditem SET seller_amount = seller_amount + 1, "
            "platform_fee_amount = platform_fee_amount - 1 WHERE refund_id = %(refund)s",
            "UPDATE payments_refunditem SET seller_amount = seller_amount - 1, "
            "platform_fee_amount = platform_fee_amount + 1 WHERE refund_id = %(refund)s",
        ),
    ],
    "seller_balances_are_the_sum_of_their_items": [
        (
            "UPDATE payments_orderitem SET seller_amount = seller_amount + 1, platform_fee_amount"
            " = platform_fee_amount - 1 WHERE id = %(pending)s",
            "UPDATE payments_orderitem SET seller_amount = seller_amount - 1, platform_fee_amount"
            " = platform_fee_amount + 1 WHERE id = %(pending)s",
        ),
    ],
    "paid_items_can_be_read": [
        (
            "UPDATE payments_entitlement SET revoked_at = now() WHERE item_id = %(pending)s",
            "UPDATE payments_entitlement SET revoked_at = NULL WHERE item_id = %(pending)s",
        ),
    ],
    "items_given_back_cannot_be_read": [
        (
            "UPDATE payments_entitlement SET revoked_at = NULL WHERE item_id = %(returned)s",
            "UPDATE payments_entitlement SET revoked_at = now() WHERE item_id = %(returned)s",
        ),
    ],
    "purchases_are_read_by_whose_they_are": [
        (
            "UPDATE payments_entitlement SET buyer_id = %(somebody)s WHERE item_id = %(pending)s",
            "UPDATE payments_entitlement SET buyer_id = (SELECT buyer_id FROM payments_order WHERE id = "
            "%(order)s) WHERE item_id = %(pending)s",
        ),
        (
            "UPDATE payments_order SET is_gift = TRUE WHERE id = %(order)s",
            "UPDATE payments_order SET is_gift = FALSE WHERE id = %(order)s",
        ),
    ],
    "refunds_are_booked_by_their_status": [
        (
            "UPDATE payments_refund SET status = 'failed' WHERE id = %(refund)s",
            "UPDATE payments_refund SET status = 'succeeded' WHERE id = %(refund)s",
        ),
        (
            "UPDATE payments_journal SET kind = 'stripe_fee' WHERE cause = 'refund:' || %(refund)s",
            "UPDATE payments_journal SET kind = 'refund' WHERE cause = 'refund:' || %(refund)s",
        ),
    ],
    "refunds_are_the_sum_of_their_parts": [
        (
            "UPDATE payments_refunditem SET amount = amount + 1, seller_amount = seller_amount + "
            "1 WHERE id = (SELECT min(id) FROM payments_refunditem WHERE refund_id = %(refund)s)",
            "UPDATE payments_refunditem SET amount = amount - 1, seller_amount = seller_amount - "
            "1 WHERE id = (SELECT min(id) FROM payments_refunditem WHERE refund_id = %(refund)s)",
        ),
    ],
    "refunds_never_exceed_the_payment": [
        (
            "UPDATE payments_refund SET amount = amount + 1498 WHERE id = %(refund)s",
            "UPDATE payments_refund SET amount = amount - 1498 WHERE id = %(refund)s",
        ),
    ],
    "refunds_and_disputes_of_an_item_never_exceed_its_price": [
        (
            "UPDATE payments_disputeitem SET amount = amount + 1 WHERE dispute_id = %(dispute)s",
            "UPDATE payments_disputeitem SET amount = amount - 1 WHERE dispute_id = %(dispute)s",
        ),
    ],
    "earnings_are_released_once_booked": [
        (
            "UPDATE payments_orderitem SET earnings_released_at = NULL WHERE id = %(released)s",
            "UPDATE payments_orderitem SET earnings_released_at = now() WHERE id = %(released)s",
        ),
        (
            "UPDATE payments_journal SET kind = 'stripe_fee' WHERE cause = 'item:' || %(sold)s",
            "UPDATE payments_journal SET kind = 'earnings_released' WHERE cause = 'item:' || %(sold)s",
        ),
    ],
    "pending_is_never_owed_by_a_seller": [
        (
            "UPDATE payments_ledgerentry SET account = 'seller_pending' WHERE seller_id = "
            "%(seller)s AND account = 'seller_available' AND amount > 4000",
            "UPDATE payments_ledgerentry SET account = 'seller_available' WHERE seller_id = "
            "%(seller)s AND account = 'seller_pending' AND amount > 4000 AND journal_id = (SELECT"
            " id FROM payments_journal WHERE kind = 'payout')",
        ),
    ],
    "dispute_movements_are_booked": [
        (
            "UPDATE payments_disputemovement SET amount = amount + 1 WHERE dispute_id = %(dispute)s",
            "UPDATE payments_disputemovement SET amount = amount - 1 WHERE dispute_id = %(dispute)s",
        ),
    ],
    "dispute_shares_are_booked": [
        (
            "UPDATE payments_disputeitem SET seller_amount = seller_amount - 1 WHERE dispute_id ="
            " %(dispute)s",
            "UPDATE payments_disputeitem SET seller_amount = seller_amount + 1 WHERE dispute_id ="
            " %(dispute)s",
        ),
    ],
    "closed_disputes_hold_nothing": [
        (
            "UPDATE payments_dispute SET status = 'lost', closed_at = now() - interval '2 hours' "
            "WHERE id = %(dispute)s",
            "UPDATE payments_dispute SET status = 'needs_response', closed_at = NULL WHERE id = %(dispute)s",
        ),
    ],
    "payouts_are_booked_by_their_status": [
        (
            "UPDATE payments_payout SET status = 'requested', next_attempt_at = now() WHERE id = %(payout)s",
            "UPDATE payments_payout SET status = 'paid' WHERE id = %(payout)s",
        ),
        (
            "UPDATE payments_payout SET amount = amount + 1 WHERE id = %(payout)s",
            "UPDATE payments_payout SET amount = amount - 1 WHERE id = %(payout)s",
        ),
    ],
    "payouts_count_what_was_taken_back": [
        (
            "UPDATE payments_payoutreversal SET amount = amount + 1 WHERE payout_id = %(payout)s",
            "UPDATE payments_payoutreversal SET amount = amount - 1 WHERE payout_id = %(payout)s",
        ),
    ],
    "work_gets_done": [
        (
            "UPDATE payments_delivery SET attempts = 8",
            "UPDATE payments_delivery SET attempts = 1",
        ),
        (
            "UPDATE payments_delivery SET next_attempt_at = now() - interval '16 minutes'",
            "UPDATE payments_delivery SET next_attempt_at = now()",
        ),
    ],
    "own_links_bear_their_processing": [
        (
            "UPDATE payments_journal SET kind = 'processing_borne' WHERE kind = 'processing_fee' AND cause = "
            "'payment:' || %(payment)s",
            "UPDATE payments_journal SET kind = 'processing_fee' WHERE kind = 'processing_borne' AND cause = "
            "'payment:' || %(payment)s",
        ),
    ],
    "sellers_days_are_as_booked": [
        (
            "INSERT INTO payments_sellerday (seller_id, day, sales_count, gross_amount, discount_amount, "
            "fee_amount, net_amount, processing_amount, refunded_amount, disputed_amount) SELECT %(seller)s, "
            "((now() - interval '2 days') AT TIME ZONE 'UTC')::date, 1, 5, 0, 1, 4, 0, 0, 0",
            "DELETE FROM payments_sellerday WHERE seller_id = %(seller)s AND net_amount = 4",
        ),
        (
            "UPDATE payments_journal SET booked_at = now() - interval '2 days' WHERE cause = 'order:' || "
            "%(order)s",
            "UPDATE payments_journal SET booked_at = now() WHERE cause = 'order:' || %(order)s",
        ),
    ],
}
