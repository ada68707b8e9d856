"""Stripe's balance against the account stripe_clearing, while money moves.

The two cannot be read at one moment. So Stripe's latest movements are listed before and after its balance is
read, and the books are asked in one statement what they have of all that and of these.
"""

import datetime
import time
from dataclasses import dataclass
from itertools import accumulate

from common.money import USD, format_money
from payments import gateway_lists
from payments.services.findings import Difference
from payments.services.reconciliation.advice import (
    BALANCE_DIFFERS,
    TRANSACTION_DIFFERS,
    TRANSACTION_UNEXPLAINED,
    UNKNOWN_AT_STRIPE,
)
from payments.services.reconciliation.matching import clearing_and_booked
from payments.services.reconciliation.walk import Walk, open_findings

LOOKS = 5
PAUSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Totals:
    """One look, in minor units. `off` is what neither movements on their way nor open findings explain."""

    stripe: int
    ledger: int
    off: int


def totals_check(walk: Walk, *, since: datetime.datetime) -> None:
    """Compare the sums; all movements before `since` were compared one by one. Certain when seen twice."""
    looked_at = open_findings(BALANCE_DIFFERS)
    totals = _look(walk, since)
    for _ in range(LOOKS):
        walk.say(
            f"balance: {totals.stripe} at Stripe, {totals.ledger} in the books, {totals.off} unexplained"
        )
        if not totals.off:
            break
        time.sleep(PAUSE_SECONDS)
        earlier, totals = totals, _look(walk, since)
        if totals.off and totals.off == earlier.off:
            walk.note([_difference(totals)])
            break
    walk.row.stripe_balance_amount, walk.row.ledger_balance_amount = totals.stripe, totals.ledger
    walk.resolve(looked_at)


def _look(walk: Walk, since: datetime.datetime) -> Totals:
    until = walk.now + datetime.timedelta(days=1)
    before = {each.id for each in gateway_lists.transactions_between(since, until)}
    stripe = gateway_lists.balance_amount(USD)
    listed = [each for each in gateway_lists.transactions_between(since, until) if each.currency == USD]
    clearing, booked = clearing_and_booked(listed)
    on_their_way = sum(each.net_amount - booked[each.id].amount for each in listed if each.id in before)
    new = [each for each in reversed(listed) if each.id not in before]
    expected = clearing + _explained() + on_their_way - sum(booked[each.id].amount for each in new)
    # The balance has the first few of these, nobody knows how many.
    possible = accumulate((each.net_amount for each in new), initial=expected)
    off = min((stripe - each for each in possible), key=abs)
    return Totals(stripe, clearing, off)


def _explained() -> int:
    """How much more Stripe should have than the books, by the single movements that are open findings."""
    at_stripe = open_findings(TRANSACTION_UNEXPLAINED, TRANSACTION_DIFFERS, UNKNOWN_AT_STRIPE)
    return sum((row.expected_amount or 0) - (row.found_amount or 0) for row in at_stripe)


def _difference(totals: Totals) -> Difference:
    return Difference(
        BALANCE_DIFFERS,
        f"stripe_clearing{totals.off:+}",
        f"Stripe has more than the books by {format_money(totals.off, language='en')} that nothing explains",
        expected_amount=totals.stripe,
        found_amount=totals.ledger,
    )
