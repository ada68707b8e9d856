"""Steps that tests of disputes share: a bank at the sandbox, and books held against its balance."""

import datetime
from typing import Any

from django.db.models import Sum

from accounts.models import User
from common.models import OutboxMessage
from payments.models import (
    Dispute,
    Entitlement,
    LedgerEntry,
    Order,
    Payment,
    Refund,
    StripeEvent,
)
from payments.services import checkout_return
from payments.services.disputes import dispute_sync
from payments.services.events import event_handle, event_store
from tests.factories import UserFactory
from tests.payments.support import (
    VISA,
    books_are_balanced,
    ordered,
    pay,
    published_listing,
    sandbox,
    stripe_get,
)

DISPUTE_FEE = 1500


def bought(*prices: int, buyer: User | None = None, card: str = VISA) -> Order:
    """A paid order of one listing per price, each of a seller of its own."""
    buyer = buyer or UserFactory()
    order = ordered(buyer, *(published_listing(price_amount=price) for price in prices or (999,)))
    pay(order, card)
    return checkout_return(session_id=str(order.stripe_session_id), buyer=buyer)


def intent_of(order: Order) -> str:
    return Payment.objects.get(order=order, is_surplus=False).stripe_payment_intent_id


def bank_disputes(payment_intent_id: str, **terms: Any) -> str:
    """The buyer's bank disputes a payment; Stripe's id of the dispute. We have not heard of it yet."""
    dispute = sandbox(f"charges/{payment_intent_id}/dispute", terms)
    assert "id" in dispute, dispute
    return dispute["id"]


def disputed(order: Order, **terms: Any) -> Dispute:
    """A dispute of the order's payment that we have heard of."""
    return dispute_sync(dispute_id=bank_disputes(intent_of(order), **terms))


def bank(dispute: Dispute | str, step: str, **terms: Any) -> Dispute:
    """`close`, `escalate`, `withdraw` or `reinstate`, and we hear of it."""
    dispute_id = dispute if isinstance(dispute, str) else dispute.stripe_dispute_id
    answer = sandbox(f"disputes/{dispute_id}/{step}", terms)
    assert "id" in answer, answer
    return dispute_sync(dispute_id=dispute_id)


def has_access(order: Order) -> list[bool]:
    """Item by item."""
    return [
        Entitlement.objects.filter(item=item, revoked_at=None).exists() for item in order.items.order_by("pk")
    ]


def books_match_stripe() -> bool:
    """Every journal sums to zero, and what we say is at Stripe is the sandbox's balance since its reset."""
    entries = LedgerEntry.objects.filter(account="stripe_clearing")
    booked = entries.aggregate(total=Sum("amount"))["total"] or 0
    balance = stripe_get("balance")
    held = sum(part["amount"] for kind in ("available", "pending") for part in balance[kind])
    return books_are_balanced() and booked == held


def alarms(kind: str) -> list[str]:
    """What staff were told about, in words."""
    found = OutboxMessage.objects.filter(topic="payments_alarm", payload__kind=kind)
    return [message.payload["detail"] for message in found]


def told(*types: str) -> list[dict[str, Any]]:
    """The sandbox's events of these types, oldest first, as a webhook would bring them."""
    found = stripe_get("events?limit=100")["data"]
    return [event for event in reversed(found) if event["type"] in types]


def hear(event: dict[str, Any]) -> None:
    """Take an event in and handle it now, however often it came before."""
    event_store(event=event, is_connect=False)
    row = StripeEvent.objects.get(stripe_event_id=event["id"])
    StripeEvent.objects.filter(pk=row.pk).update(next_attempt_at=row.received_at - datetime.timedelta(days=1))
    event_handle(event_pk=row.pk)


def standing(order: Order) -> dict[str, Any]:
    """All that must be the same, however we came to hear of it: books, access, states."""
    sums = LedgerEntry.objects.values_list("account", "seller").annotate(total=Sum("amount")).order_by()
    disputes = Dispute.objects.filter(payment__order=order).order_by("stripe_dispute_id")
    return {
        "books": {(account, seller): total for account, seller, total in sums if total},
        "access": has_access(order),
        "order": Order.objects.get(pk=order.pk).status,
        "refunds": sorted(
            Refund.objects.filter(payment__order=order).values_list("stripe_refund_id", "amount", "status")
        ),
        "disputes": [
            (each.stripe_dispute_id, each.status, each.platform_loss_amount, each.buyer_surplus_amount)
            for each in disputes
        ],
        "items": sorted(
            disputes.values_list("stripe_dispute_id", "items__item", "items__amount", "items__seller_amount")
        ),
    }
