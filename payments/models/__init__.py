from payments.models.cart import MAX_CART_LINES, CartLine
from payments.models.claim import (
    ACTIVE_CLAIMS,
    ClaimPicture,
    ClaimStatus,
    ClaimStep,
    ReferredFor,
    RefundClaim,
    StepKind,
)
from payments.models.coupon import Coupon, CouponUse
from payments.models.delivery import Delivery, Entitlement
from payments.models.dispute import Dispute, DisputeEvidence, DisputeItem, DisputeMovement, DisputeStatus
from payments.models.gift import MAX_MESSAGE, Gift
from payments.models.ledger import Account, Journal, JournalKind, LedgerEntry
from payments.models.order import Order, OrderItem, OrderStatus, SaleSource
from payments.models.payment import Payment
from payments.models.payout import (
    BankPayout,
    BankPayoutStatus,
    ConnectedAccount,
    Payout,
    PayoutReversal,
    PayoutReversalStatus,
    PayoutRun,
    PayoutStatus,
    PayoutTrigger,
)
from payments.models.reading import TextAccess
from payments.models.reconciliation import Finding, FindingSource, ReconciliationRun, StripeCursor
from payments.models.refund import Refund, RefundItem, RefundReason, RefundStatus
from payments.models.rollup import DayPartKind, RollupMark, SellerDay, SellerDayPart, SellerListingDay
from payments.models.stripe_event import StripeEvent

__all__ = [
    "ACTIVE_CLAIMS",
    "MAX_CART_LINES",
    "MAX_MESSAGE",
    "Account",
    "BankPayout",
    "BankPayoutStatus",
    "CartLine",
    "ClaimPicture",
    "ClaimStatus",
    "ClaimStep",
    "ConnectedAccount",
    "Coupon",
    "CouponUse",
    "DayPartKind",
    "Delivery",
    "Dispute",
    "DisputeEvidence",
    "DisputeItem",
    "DisputeMovement",
    "DisputeStatus",
    "Entitlement",
    "Finding",
    "FindingSource",
    "Gift",
    "Journal",
    "JournalKind",
    "LedgerEntry",
    "Order",
    "OrderItem",
    "OrderStatus",
    "Payment",
    "Payout",
    "PayoutReversal",
    "PayoutReversalStatus",
    "PayoutRun",
    "PayoutStatus",
    "PayoutTrigger",
    "ReconciliationRun",
    "ReferredFor",
    "Refund",
    "RefundClaim",
    "RefundItem",
    "RefundReason",
    "RefundStatus",
    "RollupMark",
    "SaleSource",
    "SellerDay",
    "SellerDayPart",
    "SellerListingDay",
    "StepKind",
    "StripeCursor",
    "StripeEvent",
    "TextAccess",
]
