"""The journal of each event. Debits are positive, credits negative, each journal sums to zero.

docs/money.md works every journal out for $3.00 and $9.99.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from common import clock
from common.inserting import insert_once
from payments.models import (
    Account,
    Dispute,
    DisputeMovement,
    Journal,
    JournalKind,
    LedgerEntry,
    Order,
    OrderItem,
    Payment,
    Payout,
    PayoutReversal,
    Refund,
)


@dataclass(frozen=True, slots=True)
class Line:
    account: Account
    amount: int
    seller_id: int | None = None


def journal_book(
    *,
    kind: JournalKind,
    cause: str,
    lines: Sequence[Line],
    currency: str,
    at: datetime.datetime | None = None,
) -> Journal | None:
    """Book once per kind and cause: a second call changes nothing and returns None.

    Call it in the transaction that changes what the journal speaks of. Lines of zero are left out. `at` is
    now, unless what is booked has its own time.
    """
    lines = [line for line in lines if line.amount]
    if not lines:
        return None
    if sum(line.amount for line in lines):
        raise ValueError(f"Journal {kind} {cause} does not sum to zero.")
    journal = Journal(kind=kind, cause=cause, booked_at=at or clock.now())
    if not insert_once(journal):
        return None
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            journal=journal,
            account=line.account,
            amount=line.amount,
            seller_id=line.seller_id,
            currency=currency,
        )
        for line in lines
    )
    return journal


def sale_book(order: Order, items: Sequence[OrderItem]) -> None:
    """A paid order. The seller bears the platform fee, which includes card processing, and nothing else.

    What was sold by the seller's own link has no fee: see processing_borne_book.

    Booked at the time at which the order was paid: sums over days say the same of items and ledger.
    """
    lines = [Line(Account.STRIPE_CLEARING, order.total_amount)]
    for item in items:
        lines.append(Line(Account.SELLER_PENDING, -item.seller_amount, item.seller_id))
        lines.append(Line(Account.PLATFORM_REVENUE, -item.platform_fee_amount))
    journal_book(
        kind=JournalKind.SALE,
        cause=f"order:{order.pk}",
        lines=lines,
        currency=order.currency,
        at=order.paid_at,
    )


def processing_fee_book(payment: Payment) -> None:
    """What Stripe kept of a payment: the platform bears it, but for what processing_borne_book says."""
    fee = payment.processing_fee_amount or 0
    journal_book(
        kind=JournalKind.PROCESSING_FEE,
        cause=f"payment:{payment.pk}",
        lines=[Line(Account.PROCESSING_FEES, fee), Line(Account.STRIPE_CLEARING, -fee)],
        currency=payment.currency,
    )


def processing_borne_book(payment: Payment, parts: Sequence[tuple[OrderItem, int]]) -> bool:
    """The parts of a payment's fee that sellers bear, for items sold by their own links. False if booked."""
    lines = [Line(item_account(item), amount, item.seller_id) for item, amount in parts]
    lines.append(Line(Account.PROCESSING_FEES, -sum(line.amount for line in lines)))
    journal = journal_book(
        kind=JournalKind.PROCESSING_BORNE,
        cause=f"payment:{payment.pk}",
        lines=lines,
        currency=payment.currency,
    )
    return journal is not None


def earnings_release_book(item: OrderItem, amount: int) -> None:
    """What is left of a seller's share after the holding time becomes available. No fee is involved."""
    journal_book(
        kind=JournalKind.EARNINGS_RELEASED,
        cause=f"item:{item.pk}",
        lines=[
            Line(Account.SELLER_PENDING, amount, item.seller_id),
            Line(Account.SELLER_AVAILABLE, -amount, item.seller_id),
        ],
        currency=item.order.currency,
    )


def refund_book(refund: Refund) -> None:
    """Money given back: the seller returns the share, the platform its fee, and bears what Stripe keeps."""
    is_surplus = refund.payment.is_surplus
    journal_book(
        kind=JournalKind.SURPLUS_RETURNED if is_surplus else JournalKind.REFUND,
        cause=f"refund:{refund.pk}",
        lines=_refund_lines(refund),
        currency=refund.currency,
    )


def refund_restore_book(refund: Refund) -> None:
    """A refund that failed after it was booked, turned round; earnings released meanwhile go to available."""
    lines = [Line(line.account, -line.amount, line.seller_id) for line in _refund_lines(refund)]
    journal_book(
        kind=JournalKind.REFUND_RESTORED,
        cause=f"refund:{refund.pk}",
        lines=lines,
        currency=refund.currency,
    )


def surplus_book(payment: Payment) -> None:
    """A second payment for a paid order: owed back to the buyer in full."""
    journal_book(
        kind=JournalKind.SURPLUS_PAYMENT,
        cause=f"payment:{payment.pk}",
        lines=[
            Line(Account.STRIPE_CLEARING, payment.amount),
            Line(Account.BUYER_SURPLUS, -payment.amount),
        ],
        currency=payment.currency,
    )


def dispute_movement_book(movement: DisputeMovement) -> None:
    """Funds that a bank withdrew (negative amount) or gave back; the platform bears Stripe's dispute fee."""
    withdrawn = movement.amount < 0
    journal_book(
        kind=JournalKind.DISPUTE_WITHDRAWN if withdrawn else JournalKind.DISPUTE_REINSTATED,
        cause=f"movement:{movement.stripe_balance_transaction_id}",
        lines=[
            Line(Account.STRIPE_CLEARING, movement.amount - movement.fee_amount),
            Line(Account.DISPUTES_HELD, -movement.amount),
            Line(Account.PROCESSING_FEES, movement.fee_amount),
        ],
        currency=movement.dispute.currency,
    )


def dispute_shares_book(
    dispute: Dispute, *, sellers: Sequence[tuple[OrderItem, int]], surplus: int, loss: int
) -> None:
    """Who bears a dispute, as changes since last time: each seller, a surplus owed, the platform.

    A positive change takes more of them, a negative one gives back. What nobody bears yet stays held.
    """
    lines = [Line(item_account(item), amount, item.seller_id) for item, amount in sellers]
    lines.append(Line(Account.BUYER_SURPLUS, surplus))
    lines.append(Line(Account.PLATFORM_REVENUE, loss))
    lines.append(Line(Account.DISPUTES_HELD, -sum(line.amount for line in lines)))
    journal_book(
        kind=JournalKind.DISPUTE_SHARED,
        cause=f"dispute:{dispute.pk}:{dispute.revision}",
        lines=lines,
        currency=dispute.currency,
    )


def payout_book(payout: Payout) -> None:
    """A payout asked for: from now on the money is spoken for. It costs the seller no fee."""
    _payout_move(payout, JournalKind.PAYOUT, payout.amount)


def payout_failed_book(payout: Payout) -> None:
    """A payout that certainly came to nothing: available again, once."""
    _payout_move(payout, JournalKind.PAYOUT_FAILED, -payout.amount)


def payout_sent_book(payout: Payout) -> None:
    """Stripe has made the transfer: the money has left the platform's balance."""
    journal_book(
        kind=JournalKind.PAYOUT_SENT,
        cause=f"payout:{payout.pk}",
        lines=[
            Line(Account.CONNECTED_ACCOUNTS, payout.amount),
            Line(Account.STRIPE_CLEARING, -payout.amount),
        ],
        currency=payout.currency,
    )


def payout_reversed_book(reversal: PayoutReversal) -> None:
    """Money taken back from a seller's Stripe account: at Stripe again, and available to the seller."""
    payout, amount = reversal.payout, reversal.amount
    journal_book(
        kind=JournalKind.PAYOUT_REVERSED,
        cause=f"reversal:{reversal.pk}",
        lines=[
            Line(Account.STRIPE_CLEARING, amount),
            Line(Account.CONNECTED_ACCOUNTS, -amount),
            Line(Account.SELLER_AVAILABLE, -amount, payout.seller_id),
            Line(Account.SELLER_PAID_OUT, amount, payout.seller_id),
        ],
        currency=payout.currency,
    )


def platform_payout_book(*, transaction_id: str, net_amount: int, currency: str) -> None:
    """What Stripe paid out to the platform's own bank (negative), or the bank sent back; no fee."""
    journal_book(
        kind=JournalKind.PLATFORM_PAYOUT,
        cause=f"txn:{transaction_id}",
        lines=[Line(Account.STRIPE_CLEARING, net_amount), Line(Account.PLATFORM_BANK, -net_amount)],
        currency=currency,
    )


def stripe_fee_book(*, transaction_id: str, net_amount: int, currency: str) -> None:
    """A fee that belongs to no payment of ours, such as for Connect: the platform bears it."""
    journal_book(
        kind=JournalKind.STRIPE_FEE,
        cause=f"txn:{transaction_id}",
        lines=[Line(Account.STRIPE_CLEARING, net_amount), Line(Account.PROCESSING_FEES, -net_amount)],
        currency=currency,
    )


def item_account(item: OrderItem) -> Account:
    """Where a seller's share of this item stands now."""
    return Account.SELLER_PENDING if item.earnings_released_at is None else Account.SELLER_AVAILABLE


def _payout_move(payout: Payout, kind: JournalKind, amount: int) -> None:
    journal_book(
        kind=kind,
        cause=f"payout:{payout.pk}",
        lines=[
            Line(Account.SELLER_AVAILABLE, amount, payout.seller_id),
            Line(Account.SELLER_PAID_OUT, -amount, payout.seller_id),
        ],
        currency=payout.currency,
    )


def _refund_lines(refund: Refund) -> list[Line]:
    lines = [Line(Account.STRIPE_CLEARING, -refund.amount)]
    if refund.payment.is_surplus:
        return [*lines, Line(Account.BUYER_SURPLUS, refund.amount)]
    for part in refund.items.select_related("item"):
        lines.append(Line(item_account(part.item), part.seller_amount, part.item.seller_id))
        lines.append(Line(Account.PLATFORM_REVENUE, part.platform_fee_amount))
    return lines
