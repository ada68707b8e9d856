"""Rules that the books always keep, each a statement that finds what breaks it.

`registry` says what a rule is, the modules by area hold the rules, `check` runs them and keeps findings.
"""

from payments.services.invariants import (
    access,
    books,
    days,
    disputes,
    earnings,
    orders,
    payments,
    payouts,
    refunds,
    shares,
    waiting,
)
from payments.services.invariants.check import findings_look_again, invariant_check, invariants_check
from payments.services.invariants.registry import INVARIANTS

__all__ = [
    "INVARIANTS",
    "access",
    "books",
    "days",
    "disputes",
    "earnings",
    "findings_look_again",
    "invariant_check",
    "invariants_check",
    "orders",
    "payments",
    "payouts",
    "refunds",
    "shares",
    "waiting",
]
