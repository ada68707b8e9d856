"""Steps that the payment tests share: buying, paying at the sandbox, and looking at the books."""

import json
import urllib.error
import urllib.request
from typing import Any

from django.conf import settings
from django.db.models import Sum

from accounts.models import User
from listings.models import Listing, ListingStatus
from payments.models import Journal, LedgerEntry, Order, StripeEvent
from payments.services import checkout_return, events, order_create
from tests.factories import ListingFactory, UserFactory

VISA = "4242424242424242"
DECLINED = "4000000000000002"


def published_listing(**fields: Any) -> Listing:
    return ListingFactory(status=ListingStatus.PUBLISHED, **fields)


def sandbox(path: str, body: dict[str, Any] | None = None) -> Any:
    """POST to a control endpoint of the sandbox; its JSON, or the JSON of its 4xx."""
    request = urllib.request.Request(
        f"{settings.STRIPE_API_BASE}/_sandbox/{path}",
        data=json.dumps(body or {}).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)


def stripe_post(path: str, body: str) -> Any:
    """POST to Stripe's API as its dashboard would, outside our gateway."""
    request = urllib.request.Request(
        f"{settings.STRIPE_API_BASE}/v1/{path}",
        data=body.encode(),
        headers={"Authorization": f"Bearer {settings.STRIPE_SECRET_KEY}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def stripe_get(path: str, account: str | None = None) -> Any:
    """What Stripe says, to the platform or to one of its connected accounts."""
    headers = {"Authorization": f"Bearer {settings.STRIPE_SECRET_KEY}"}
    request = urllib.request.Request(
        f"{settings.STRIPE_API_BASE}/v1/{path}",
        headers=headers | ({"Stripe-Account": account} if account else {}),
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def ordered(buyer: User, *listings: Listing) -> Order:
    return order_create(buyer=buyer, listing_slugs=[listing.slug for listing in listings])


def paid_order(*prices: int) -> Order:
    """An order of new listings at these prices, paid and settled."""
    order = ordered(UserFactory(), *(published_listing(price_amount=price) for price in prices or (999,)))
    pay(order)
    return checkout_return(session_id=str(order.stripe_session_id), buyer=order.buyer)


def pay(order: Order, card: str = VISA) -> Any:
    """Fill the hosted page of the order."""
    return sandbox(f"checkout/{order.stripe_session_id}/pay", {"card": card})


def event_of(order: Order, type_: str) -> Any:
    """The latest event of a type that Stripe made about this order."""
    intents = set(order.payments.values_list("stripe_payment_intent_id", flat=True))
    after = ""
    while True:
        page = stripe_get(f"events?type={type_}&limit=100{after}")
        for event in page["data"]:
            about = event["data"]["object"]
            if about.get("payment_intent") in intents or _order_named_by(about) == str(order.pk):
                return event
        assert page["has_more"], f"Stripe made no {type_} about order {order.number}"
        after = f"&starting_after={page['data'][-1]['id']}"


def hear(order: Order, type_: str) -> None:
    """Take Stripe's latest event of a type about this order, as webhook and worker do."""
    assert events.event_handle(event_pk=event_stored(event_of(order, type_)).pk)


def event_stored(event: Any) -> StripeEvent:
    """As the web process commits it, and without the hint."""
    return StripeEvent.objects.create(stripe_event_id=event["id"], type=event["type"], payload=event)


def _order_named_by(stripe_object: Any) -> str | None:
    return (stripe_object.get("metadata") or {}).get("order_id")


def refunds_at_stripe(order: Order) -> list[int]:
    """Amounts that went back from the order's payments, of which there is at least one, newest first."""
    intents = order.payments.order_by("pk").values_list("stripe_payment_intent_id", flat=True)
    listed = [stripe_get(f"refunds?payment_intent={intent}")["data"] for intent in intents]
    return [refund["amount"] for refunds in listed for refund in refunds if refund["status"] == "succeeded"]


def books_are_balanced() -> bool:
    """Every journal sums to zero."""
    sums = LedgerEntry.objects.values("journal").annotate(total=Sum("amount")).exclude(total=0)
    return not sums.exists() and not Journal.objects.filter(entries=None).exists()


def balances() -> dict[str, int]:
    """The sum of each account, zero ones left out."""
    sums = LedgerEntry.objects.values_list("account").annotate(total=Sum("amount"))
    return {account: total for account, total in sums if total}
