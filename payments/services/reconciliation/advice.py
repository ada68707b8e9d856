"""What a person is to do about each kind of difference. Mails and docs/operations.md say the same."""

ORDER_NOT_RESTORABLE = "order_not_restorable"
SESSION_NOT_SETTLED = "session_not_settled"
TRANSACTION_UNEXPLAINED = "transaction_unexplained"
TRANSACTION_DIFFERS = "transaction_differs"
UNKNOWN_AT_STRIPE = "unknown_at_stripe"
BALANCE_DIFFERS = "balance_differs"

_ADVICE = {
    ORDER_NOT_RESTORABLE: (
        "The buyer paid, and the order cannot be rebuilt, because what it names was made after the backup. "
        "Refund the session's payment at Stripe, and write to the buyer, whose address the session shows. "
        "The finding closes by itself once the payment is refunded in full."
    ),
    SESSION_NOT_SETTLED: (
        "The buyer paid, and the order was not delivered for the reason named. Compare the session at Stripe "
        "with the order. If it cannot be delivered, refund the payment at Stripe."
    ),
    TRANSACTION_UNEXPLAINED: (
        "Money moved at Stripe that nothing here explains. Look the movement up at Stripe. If it is the "
        "platform's own cost or gain, choose “Book as the platform's own” for the finding in the admin."
    ),
    TRANSACTION_DIFFERS: (
        "Stripe and the books name different amounts for the same movement. Do not correct rows by hand. "
        "Compare the movement at Stripe with the journals of its order, refund, dispute or payout."
    ),
    UNKNOWN_AT_STRIPE: (
        "The books hold a movement of money that Stripe does not list. Compare the journal's order, refund, "
        "dispute or payout with Stripe. Stop payouts to the seller concerned until it is understood."
    ),
    BALANCE_DIFFERS: (
        "Stripe's balance and the account stripe_clearing differ by more than single movements explain. "
        "Run `manage.py check_books`, then `manage.py reconcile`, and look for journals booked by hand."
    ),
}


def advice_on(kind: str) -> str:
    return _ADVICE[kind]
