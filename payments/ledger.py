"""The journal of each event. Debits are positive, credits negative, each journal sums to zero.

docs/money.md works every journal out for $3.00 and $9.99.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from payments.models import Account, Journal, JournalKind, LedgerEntry, Order, OrderItem, Payment, Refund


@dataclass(frozen=True, slots=True)
class Line:
    account: Account
    amount: int
    seller_id: int | None = None


def journal_book(*, kind: JournalKind, cause: str, lines: Sequence[Line], currency: str) -> Journal | None:
    """Book once per kind and cause: a second call changes nothing and returns None.

    Call it in the transaction that changes what the journal speaks of. Lines of zero are left out.
    """
    lines = [line for line in lines if line.amount]
    if not lines:
        return None
    if sum(line.amount for line in lines):
        raise ValueError(f"Journal {kind} {cause} does not sum to zero.")
    journal, is_new = Journal.objects.get_or_create(kind=kind, cause=cause)
    if not is_new:
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
    """A paid order. The seller bears the platform fee, which includes card processing, and nothing else."""
    lines = [Line(Account.STRIPE_CLEARING, order.total_amount)]
    for item in items:
        lines.append(Line(Account.SELLER_PENDING, -item.seller_amount, item.seller_id))
        lines.append(Line(Account.PLATFORM_REVENUE, -item.platform_fee_amount))
    journal_book(kind=JournalKind.SALE, cause=f"order:{order.pk}", lines=lines, currency=order.currency)


def processing_fee_book(payment: Payment) -> None:
    """What Stripe kept of a payment: the platform bears it."""
    fee = payment.processing_fee_amount or 0
    journal_book(
        kind=JournalKind.PROCESSING_FEE,
        cause=f"payment:{payment.pk}",
        lines=[Line(Account.PROCESSING_FEES, fee), Line(Account.STRIPE_CLEARING, -fee)],
        currency=payment.currency,
    )


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


def _refund_lines(refund: Refund) -> list[Line]:
    lines = [Line(Account.STRIPE_CLEARING, -refund.amount)]
    if refund.payment.is_surplus:
        return [*lines, Line(Account.BUYER_SURPLUS, refund.amount)]
    for part in refund.items.select_related("item"):
        released = part.item.earnings_released_at is not None
        account = Account.SELLER_AVAILABLE if released else Account.SELLER_PENDING
        lines.append(Line(account, part.seller_amount, part.item.seller_id))
        lines.append(Line(Account.PLATFORM_REVENUE, part.platform_fee_amount))
    return lines
