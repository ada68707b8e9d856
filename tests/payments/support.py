"""Steps that the payment tests share: buying, paying at the sandbox, and looking at the books."""

import json
import urllib.error
import urllib.request
from typing import Any

from django.conf import settings
from django.db.models import Sum

from accounts.models import User
from listings.models import Listing, ListingStatus
from payments.models import Journal, LedgerEntry, Order
from payments.services import order_create
from tests.factories import ListingFactory

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


def pay(order: Order, card: str = VISA) -> Any:
    """Fill the hosted page of the order."""
    return sandbox(f"checkout/{order.stripe_session_id}/pay", {"card": card})


def books_are_balanced() -> bool:
    """Every journal sums to zero."""
    sums = LedgerEntry.objects.values("journal").annotate(total=Sum("amount")).exclude(total=0)
    return not sums.exists() and not Journal.objects.filter(entries=None).exists()


def balances() -> dict[str, int]:
    """The sum of each account, zero ones left out."""
    sums = LedgerEntry.objects.values_list("account").annotate(total=Sum("amount"))
    return {account: total for account, total in sums if total}
