"""Who is owed what, from docs/money.md and nothing else: no Django, no database, none of our code.

It hears what happened in the order in which it happened, and says what must follow.
"""

import datetime
from dataclasses import dataclass, field
from typing import Any

from tests.payments.histories.cents import Coupon, split

FEE_PERCENT = 20
HOLD = datetime.timedelta(days=7)


class Contradiction(AssertionError):
    """What happened cannot follow from what was before."""


@dataclass
class Part:
    """What one refund took of one line."""

    amount: int
    fee: int

    @property
    def share(self) -> int:
        return self.amount - self.fee


@dataclass
class Line:
    """One prompt in an order, at the price that was shown. Refunds are `asked` for, then `made` at Stripe.

    `off` is what a coupon took off, and `given` the part of that which the platform bears. What was sold
    `by_link` has no fee; the seller bears `processing` of it, once Stripe's fee is told.
    """

    item: int
    listing: int
    seller: int
    shown: int
    off: int = 0
    given: int = 0
    by_link: bool = False
    processing: int = 0
    asked: dict[Any, int] = field(default_factory=dict)
    made: dict[Any, Part] = field(default_factory=dict)
    is_released: bool = False

    @property
    def price(self) -> int:
        """What the buyer pays."""
        return self.shown - self.off

    @property
    def fee(self) -> int:
        """What the platform keeps: below zero where it gives away more than its fee."""
        if self.by_link:
            return -self.given
        return (self.price + self.given) * FEE_PERCENT // 100 - self.given

    @property
    def share(self) -> int:
        return self.price - self.fee

    @property
    def refunded(self) -> int:
        return sum(part.amount for part in self.made.values())

    @property
    def room(self) -> int:
        """What Stripe has not given back yet."""
        return self.price - self.refunded

    @property
    def left(self) -> int:
        """What can still be asked for: refunds on their way count as given."""
        return self.room - sum(self.asked.values())

    def fee_of(self, gone: int) -> int:
        """How much of the fee has gone back once `gone` of the price has."""
        return self.fee * gone // self.price

    def make(self, refund: Any, amount: int) -> None:
        fee = self.fee_of(self.refunded + amount) - sum(part.fee for part in self.made.values())
        self.asked.pop(refund, None)
        self.made[refund] = Part(amount, fee)


@dataclass
class Dispute:
    """A payment asked back by a bank; `withdrawn` is what it holds now, net of what it gave back.

    `surplus` names the payment if it was one too many, which has no lines.
    """

    order: Any
    surplus: Any
    withdrawn: int
    is_lost: bool
    opened: tuple[datetime.datetime, str]


@dataclass
class Held:
    """What banks hold or took of one line, and what of that its seller bears."""

    amount: int = 0
    share: int = 0
    lost: int = 0
    share_lost: int = 0


@dataclass
class Sale:
    """An order, and what it became."""

    buyer: int
    lines: list[Line]
    coupon: Coupon | None = None
    paid_at: datetime.datetime | None = None

    @property
    def total(self) -> int:
        return sum(line.price for line in self.lines)

    @property
    def status(self) -> str:
        """Of a paid order."""
        refunded = sum(line.refunded for line in self.lines)
        if not refunded:
            return "paid"
        return "refunded" if refunded == self.total else "partially_refunded"


class Model:
    def __init__(self) -> None:
        self.orders: dict[Any, Sale] = {}
        self.wishes: dict[Any, int | None] = {}
        self.bought_twice: set[int] = set()
        self.refunds: dict[Any, str] = {}
        self.disputes: dict[Any, Dispute] = {}
        self.payouts: dict[Any, tuple[int, int]] = {}
        self.returns: set[Any] = set()
        self.told = 0  # how much it has heard

    # --- What happens ----------------------------------------------------------------------------------

    def order_made(self, order: Any, buyer: int, lines: list[Line], coupon: Coupon | None = None) -> None:
        for_these = [line for line in lines if coupon and coupon.is_for(line.seller, line.listing)]
        if coupon and not sum(line.shown for line in for_these):
            raise Contradiction(f"Coupon {coupon.code} is for nothing in order {order}.")
        for line, off in zip(
            for_these, coupon.off([line.shown for line in for_these]) if coupon else [], strict=True
        ):
            line.off, line.given = off, off if coupon and coupon.seller is None else 0
        self.orders[order] = Sale(buyer, lines, coupon)

    def order_paid(self, order: Any, at: datetime.datetime) -> None:
        """What the buyer has already, by another order, is to be given back at once."""
        sale = self.orders[order]
        owned = self.access()
        for line in sale.lines:
            if line.price and (sale.buyer, line.listing) in owned:
                self.bought_twice.add(line.item)
        sale.paid_at = at

    def processing_told(self, order: Any, fee: int) -> None:
        """What Stripe kept of the payment that settled an order."""
        lines = self.orders[order].lines
        for line, part in zip(lines, split(fee, [line.price for line in lines]), strict=True):
            line.processing = part if line.by_link else 0

    def refund_wished(self, refund: Any, item: int | None) -> None:
        """Somebody asked us for it: of one item, or of all."""
        self.wishes[refund] = item

    def refund_decided(
        self, refund: Any, order: Any, amount: int, *, item: int | None = None, at_stripe: bool = False
    ) -> dict[int, int]:
        """Split a refund over the order's lines; returns the cents by item.

        What is asked for here leaves alone what banks hold. What was made at Stripe is a fact: where refunds
        on their way have left no room for it, they are left aside.
        """
        self.refunds[refund] = "requested"
        lines = [line for line in self.orders[order].lines if item in (None, line.item)]
        lefts = [line.left for line in lines]
        if at_stripe and amount > sum(lefts):
            lefts = [line.room for line in lines]
        if not at_stripe:
            held = self.held(order)
            lefts = [max(left - held[line.item].amount, 0) for left, line in zip(lefts, lines, strict=True)]
        if not 0 < amount <= sum(lefts):
            raise Contradiction(f"Refund {refund} of {amount} is more than is left of its items, {lefts}.")
        cents = split(amount, lefts)
        for line, part in zip(lines, cents, strict=True):
            if part:
                line.asked[refund] = part
        return {line.item: line.asked[refund] for line in lines if refund in line.asked}

    def refund_made(self, refund: Any, order: Any) -> dict[int, tuple[int, int, int]]:
        """Stripe has it; returns amount, fee and share by item. What fits no more moves to where room is."""
        self.refunds[refund] = "succeeded"
        lines = self.orders[order].lines
        fitting = [min(line.asked.get(refund, 0), line.room) for line in lines]
        total = sum(line.asked.get(refund, 0) for line in lines)
        rooms = [line.room - amount for line, amount in zip(lines, fitting, strict=True)]
        moved = split(total - sum(fitting), rooms)
        for line, amount, more in zip(lines, fitting, moved, strict=True):
            if amount + more or refund in line.asked:
                line.make(refund, amount + more)
        made = {line.item: line.made[refund] for line in lines if refund in line.made}
        return {item: (part.amount, part.fee, part.share) for item, part in made.items()}

    def refund_failed(self, refund: Any, order: Any) -> None:
        """Nothing was given back after all."""
        self.refunds[refund] = "failed"
        for line in self.orders[order].lines:
            line.asked.pop(refund, None)
            line.made.pop(refund, None)

    def payout_asked(self, payout: Any, seller: int, amount: int) -> None:
        """Never more than is the seller's and out of its holding time."""
        if amount > self.available(seller):
            raise Contradiction(f"Payout of {amount}, and {self.available(seller)} is available.")
        self.payouts[payout] = seller, amount

    def payout_returned(self, cause: Any, payout: Any, amount: int) -> None:
        """It failed, or this much of it was taken back."""
        self.returns.add(cause)
        seller, before = self.payouts[payout]
        self.payouts[payout] = seller, before - amount

    # --- What follows ----------------------------------------------------------------------------------

    @property
    def paid(self) -> dict[Any, Sale]:
        return {order: sale for order, sale in self.orders.items() if sale.paid_at}

    def access(self) -> set[tuple[int, int]]:
        """Buyer and listing: paid for, and neither given back in full nor lost to the bank."""
        found = set()
        for order, sale in self.paid.items():
            held = self.held(order)
            for line in sale.lines:
                if not line.price or line.left > held[line.item].lost:
                    found.add((sale.buyer, line.listing))
        return found

    def held(self, order: Any) -> dict[int, Held]:
        """By item. Refunds come first; the oldest dispute takes before the next."""
        lines = self.orders[order].lines
        held = {line.item: Held() for line in lines}
        for dispute in self._disputes_of(order):
            rooms = [max(line.room - held[line.item].amount, 0) for line in lines]
            for line, cents in zip(lines, split(min(dispute.withdrawn, sum(rooms)), rooms), strict=True):
                self._take(line, held[line.item], cents, is_lost=dispute.is_lost)
        return held

    def _take(self, line: Line, held: Held, cents: int, *, is_lost: bool) -> None:
        share = self._borne(line, held.amount + cents) - held.share
        held.amount += cents
        held.share += share
        if is_lost:
            held.lost += cents
            held.share_lost += share

    def _borne(self, line: Line, disputed: int) -> int:
        """Together refunds and disputes take of the seller the share of what is gone, and no cent twice."""
        if not disputed:
            return 0
        gone = line.refunded + disputed
        returned = sum(part.share for part in line.made.values())
        return max(gone - line.fee_of(gone) - returned, 0)

    def _disputes_of(self, order: Any) -> list[Dispute]:
        found = [d for d in self.disputes.values() if d.order == order and d.surplus is None]
        return sorted(found, key=lambda dispute: dispute.opened)

    def borne_by_platform(self, surplus: dict[Any, int]) -> tuple[int, int]:
        """What banks hold, and what they took, that no seller bears. `surplus` is what is owed of payments
        made twice; what banks take of these is owed no longer, and is taken off there.
        """
        held = lost = 0
        for dispute in sorted(self.disputes.values(), key=lambda dispute: dispute.opened):
            rest = dispute.withdrawn
            if dispute.surplus is not None:
                taken = min(rest, surplus[dispute.surplus])
                surplus[dispute.surplus] -= taken
                rest -= taken
            held, lost = (held, lost + rest) if dispute.is_lost else (held + rest, lost)
        for order in self.paid:
            for line in self.held(order).values():
                held -= line.share - line.share_lost
                lost -= line.share_lost
        return held, lost

    def owed(self, seller: int, *, is_released: bool) -> int:
        """What a seller may keep of the lines sold, in or out of their holding time."""
        total = 0
        for order, sale in self.paid.items():
            held = self.held(order)
            for line in sale.lines:
                if line.seller == seller and line.is_released == is_released:
                    returned = sum(part.share for part in line.made.values())
                    total += line.share - line.processing - returned - held[line.item].share
        return total

    def borne_by_links(self) -> int:
        """What sellers bear of what Stripe kept."""
        return sum(line.processing for sale in self.paid.values() for line in sale.lines)

    def paid_out(self, seller: int) -> int:
        return sum(amount for whose, amount in self.payouts.values() if whose == seller)

    def available(self, seller: int) -> int:
        return self.owed(seller, is_released=True) - self.paid_out(seller)

    @property
    def has_pending(self) -> bool:
        """Whether anything sold is in its holding time."""
        return any(not line.is_released for sale in self.paid.values() for line in sale.lines)

    def fees(self) -> int:
        """What the platform keeps of the fees."""
        lines = [line for sale in self.paid.values() for line in sale.lines]
        return sum(line.fee - sum(part.fee for part in line.made.values()) for line in lines)
