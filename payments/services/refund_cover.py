"""Whether sellers still have what a refund takes of them.

Who sells to oneself, is paid out and then gives the price back would be paid for it by the platform. So what
buyers and sellers may decide alone takes a balance below zero by SELLER_OVERDRAFT_AMOUNT at most; beyond that
staff decide. Why: docs/decisions/0008-how-far-a-balance-goes-below-zero.md.
"""

from collections import defaultdict
from collections.abc import Sequence

from django.conf import settings

from payments.locks import seller_lock
from payments.models import OrderItem
from payments.queries import seller_balance
from payments.queries_payouts import refunds_on_their_way_amount
from payments.services.refund_rows import refund_split


def sellers_can_bear(parts: Sequence[tuple[OrderItem, int]]) -> bool:
    """Whether each seller's pending and available earnings and the overdraft bear these parts (minor units).

    What refunds on their way will take is gone already. Locks the sellers, so that no payout takes the money
    meanwhile: call it last of all locks.
    """
    shares: dict[int, int] = defaultdict(int)
    for item, amount in parts:
        if amount:
            shares[item.seller_id] += refund_split(item, amount)[1]
    return all(share <= _bearable(seller_id) for seller_id, share in sorted(shares.items()) if share)


def _bearable(seller_id: int) -> int:
    seller = seller_lock(seller_id)
    balance = seller_balance(seller)
    earned = balance.pending_amount + balance.available_amount - refunds_on_their_way_amount(seller)
    return earned + settings.SELLER_OVERDRAFT_AMOUNT
