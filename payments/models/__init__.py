from payments.models.delivery import Delivery, Entitlement
from payments.models.ledger import Account, Journal, JournalKind, LedgerEntry
from payments.models.order import Order, OrderItem, OrderStatus
from payments.models.payment import Payment
from payments.models.refund import Refund, RefundItem, RefundReason, RefundStatus
from payments.models.stripe_event import StripeEvent

__all__ = [
    "Account",
    "Delivery",
    "Entitlement",
    "Journal",
    "JournalKind",
    "LedgerEntry",
    "Order",
    "OrderItem",
    "OrderStatus",
    "Payment",
    "Refund",
    "RefundItem",
    "RefundReason",
    "RefundStatus",
    "StripeEvent",
]
