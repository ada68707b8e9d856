"""Who bears a dispute: computed from what is true now, so that the order of events cannot matter.

Nothing here touches the database; dispute_rows books what changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from common.money import spread


@dataclass(frozen=True, slots=True)
class ItemStanding:
    """One item of the disputed order. Amounts in minor units; what was refunded counts once it is booked."""

    net_amount: int
    platform_fee_amount: int
    refunded_amount: int = 0
    seller_refunded_amount: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """What a dispute has taken from the balance at Stripe and not given back; lost ones keep it."""

    withdrawn_amount: int
    is_lost: bool = False


@dataclass(frozen=True, slots=True)
class Shares:
    """Who bears one dispute. `amounts` and `seller_amounts` go by item, in the order they came in.

    What neither sellers, a surplus owed nor the loss cover is the platform's, held while the bank decides.
    """

    amounts: tuple[int, ...]
    seller_amounts: tuple[int, ...]
    surplus_amount: int
    loss_amount: int


def dispute_shares(
    items: Sequence[ItemStanding], claims: Sequence[Claim], *, surplus_left: int = 0
) -> list[Shares]:
    """What each claim takes of whom, oldest claim first.

    Refunds come first: a seller gives back a cent of a price once, however often it is asked for. A surplus
    payment has no items; what is still owed to its buyer is used up before the platform pays.
    """
    taken = [0] * len(items)
    borne = [0] * len(items)
    found = []
    for claim in claims:
        withdrawn = max(claim.withdrawn_amount, 0)
        surplus = min(withdrawn, max(surplus_left, 0))
        surplus_left -= surplus
        room = [
            max(item.net_amount - item.refunded_amount - took, 0)
            for item, took in zip(items, taken, strict=True)
        ]
        amounts = spread(min(withdrawn - surplus, sum(room)), room)
        taken = [took + amount for took, amount in zip(taken, amounts, strict=True)]
        due = [_seller_due(item, took) for item, took in zip(items, taken, strict=True)]
        seller_amounts = [max(after - before, 0) for after, before in zip(due, borne, strict=True)]
        borne = [before + amount for before, amount in zip(borne, seller_amounts, strict=True)]
        rest = withdrawn - surplus - sum(seller_amounts)
        found.append(Shares(tuple(amounts), tuple(seller_amounts), surplus, rest if claim.is_lost else 0))
    return found


def _seller_due(item: ItemStanding, disputed: int) -> int:
    """The seller's part of what disputes take of an item, cumulative over refunds, so that it closes.

    Of x cents gone, the seller bears x - floor(fee * x / net); what refunds have booked of it already
    counts, even where a failed one left it a cent off.
    """
    if not disputed:
        return 0
    gone = item.refunded_amount + disputed
    share = gone - item.platform_fee_amount * gone // item.net_amount
    return max(share - item.seller_refunded_amount, 0)
