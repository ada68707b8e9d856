"""Steps of refund claims that tests share: Alice bought and read, Bob sold."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from common import clock
from payments.models import Entitlement, Order, RefundClaim
from payments.services import entitlement_open
from payments.services.refund_claim_open import ClaimEvidence, refund_claim_open
from tests.payments.support import paid_order

EVIDENCE = ClaimEvidence(
    tried="The values of example 1.", model_version="GPT-5.2", output="A list, not a letter.", example=1
)


def bought_and_read(*prices: int) -> Order:
    """A paid order whose every text was opened."""
    order = paid_order(*prices)
    for entitlement in Entitlement.objects.filter(item__order=order):
        entitlement_open(entitlement=entitlement, via="page", address=None)
    return order


def claim_of(order: Order, **changes: Any) -> RefundClaim:
    """The buyer's claim about the first item of the order."""
    held = Entitlement.objects.select_related("item", "version", "buyer").filter(item__order=order)
    entitlement = held.order_by("item")[0]
    evidence = ClaimEvidence(**{name: getattr(EVIDENCE, name) for name in EVIDENCE.__slots__} | changes)
    return refund_claim_open(entitlement=entitlement, buyer=order.buyer, evidence=evidence)


@contextmanager
def claims_clock(**ahead: float) -> Iterator[None]:
    """Our clock so far ahead. What a claim is compared with is ours alone, so Stripe's stays."""
    clock.clock_move(offset=datetime.timedelta(**ahead))
    try:
        yield
    finally:
        clock.clock_move(offset=datetime.timedelta())
