"""Seed sales go the whole way: order, Stripe sandbox, settlement, books. So a fresh demo reconciles."""

import datetime
import json
import urllib.request
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from common import clock
from listings.models import Listing
from marketplace.demo.seeding.catalogue import Review, Sale
from marketplace.models import Review as ReviewRow
from payments.models import Delivery, Entitlement
from payments.services import checkout_return, entitlement_open, order_create

CARD = "4242424242424242"


def clocks_move(moment: datetime.datetime) -> None:
    """Move our clock and the sandbox's to a moment of the past."""
    _clocks_offset(moment - timezone.now())


def clocks_right() -> None:
    """Put both clocks right."""
    _clocks_offset(datetime.timedelta())


def _clocks_offset(offset: datetime.timedelta) -> None:
    sandbox_post("clock", {"offset_seconds": int(offset.total_seconds())})
    clock.clock_move(offset=offset)


def sale_ensure(sale: Sale) -> None:
    """Buy as this buyer at the clock's current time, unless that happened in an earlier seed."""
    buyer = User.objects.get(handle=sale.buyer)
    if Entitlement.objects.filter(buyer=buyer, listing__slug=sale.listing).exists():
        return
    order = order_create(buyer=buyer, listing_slugs=[sale.listing])
    if order.stripe_session_id:
        sandbox_post(f"checkout/{order.stripe_session_id}/pay", {"card": CARD})
        order = checkout_return(session_id=order.stripe_session_id, buyer=buyer)
    # Ninety days of receipts would bury the demo's mailbox: these were "sent" on their day.
    Delivery.objects.filter(order=order).update(
        receipt_sent_at=order.paid_at, sellers_notified_at=order.paid_at
    )


def review_ensure(review: Review) -> None:
    """A verified buyer's review on its day, counted into the listing's rating."""
    listing = Listing.objects.get(slug=review.listing)
    entitlement = Entitlement.objects.get(buyer__handle=review.buyer, listing=listing)
    entitlement_open(entitlement=entitlement, via="page", address="127.0.0.1")
    _, is_new = ReviewRow.objects.get_or_create(
        entitlement=entitlement,
        defaults={
            "listing": listing,
            "buyer_id": entitlement.buyer_id,
            "stars": review.stars,
            "text": review.text,
            "created_at": clock.now(),
        },
    )
    if is_new:
        Listing.objects.filter(pk=listing.pk).update(
            rating_count=F("rating_count") + 1, rating_sum=F("rating_sum") + review.stars
        )


def sandbox_post(path: str, body: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(  # noqa: S310 - the sandbox's address, which settings hold to loopback
        f"{settings.STRIPE_API_BASE}/_sandbox/{path}",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        return dict(json.load(answer))
