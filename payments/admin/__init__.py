"""Staff's view of money: all of it can be read, and nothing changed by hand that Stripe decides."""

from payments.admin import coupons, disputes, findings, inbox, ledger, orders, payouts

__all__ = ["coupons", "disputes", "findings", "inbox", "ledger", "orders", "payouts"]
