"""What we can tell a bank about a sale, in the fields that Stripe has for it.

All of it comes from our own records and is public, about the buyer's own doings, or on the receipt. The
prompt's text is no part of it. English, whatever the buyer's language: banks and Stripe read that.
"""

import datetime
from collections.abc import Iterator

from django.utils import translation

from common.money import format_money
from listings.models import License
from payments.models import (
    Dispute,
    Entitlement,
    Gift,
    Order,
    OrderItem,
    Refund,
    RefundReason,
    RefundStatus,
    TextAccess,
)

# Stripe takes 20,000 characters per field and 150,000 in all; card networks take fewer pages than that fills,
# Mastercard 19. So the log, the one field that may be long, is kept to about five.
FIELD_LIMIT = 20_000
LOG_LIMIT = 15_000

_REFUND_POLICY = (
    "Before paying, the prompt's page says: “Paid by card through Stripe. If something is wrong with it, "
    "tell us, and a person decides about a refund.” After paying, the order's page gives the whole amount "
    "back at the buyer's request, without a reason, for as long as the text was not opened. Otherwise a "
    "person decides."
)
_VIA = {
    "page": "read on our site",
    "file": "downloaded from our site",
    "api": "read by the buyer's program",
    "render": "filled in by the buyer's program",
    "mcp": "read by the buyer's AI assistant",
}


def evidence_texts(dispute: Dispute) -> dict[str, str]:
    """Stripe's fields, filled from what we know of the disputed payment's order; empty ones are left out."""
    order = dispute.payment.order
    with translation.override("en"):
        fields = {
            "customer_email_address": order.buyer.email,
            "refund_policy_disclosure": f"{_REFUND_POLICY} {_refunds_asked_for(order)}",
            "uncategorized_text": _receipt(dispute, order),
        }
        if not dispute.payment.is_surplus:
            fields |= {
                "product_description": _products(order),
                "service_date": order.delivered_at.date().isoformat() if order.delivered_at else "",
                "access_activity_log": _log(order),
            }
    return {name: text[:FIELD_LIMIT] for name, text in fields.items() if text}


def with_note(fields: dict[str, str], note: str) -> dict[str, str]:
    """The fields as they are sent: what staff wrote comes first."""
    text = "\n\n".join(part for part in (note.strip(), fields.get("uncategorized_text", "")) if part)
    return fields | {"uncategorized_text": text[:FIELD_LIMIT]}


def _products(order: Order) -> str:
    lines = [
        "Digital goods: prompts for AI models, delivered as text in the buyer's library right after payment."
    ]
    for item in _items(order):
        licence = License(item.license).label
        lines.append(
            f"- “{item.title}”, version {item.version.number}, {licence}, sold by {item.seller.name}"
            f" for {format_money(item.net_amount, order.currency)}. {item.listing.summary}".rstrip()
        )
    return "\n".join(lines)


def _items(order: Order) -> list[OrderItem]:
    items = order.items.select_related("listing", "seller", "version").order_by("pk")
    return list(items.defer("version__text", "version__instructions", "version__variables"))


def _log(order: Order) -> str:
    """When each text was granted and opened, oldest first. Where it is too long, the end is left out."""
    who = f"The buyer was signed in as {order.buyer.email} each time."
    if order.is_gift:
        who = "It was a present. Whoever claimed it, by the link we mailed, was signed in each time."
    lines = [f"Times are UTC. {who}"]
    entries = sorted(_log_entries(order))
    for position, (at, text) in enumerate(entries):
        line = f"{_time(at)} {text}"
        if sum(map(len, lines)) + len(lines) + len(line) > LOG_LIMIT:
            lines.append(f"… and {len(entries) - position} later entries.")
            break
        lines.append(line)
    return "\n".join(lines)


def _log_entries(order: Order) -> Iterator[tuple[datetime.datetime, str]]:
    if order.delivered_at:
        granted_to = "whoever holds the gift's link" if order.is_gift else "the buyer, in the library"
        yield order.delivered_at, f"delivered: access granted to {granted_to}"
    if order.is_gift:
        yield from _gift_entries(order.gift)
    delivery = getattr(order, "delivery", None)
    if delivery and delivery.receipt_sent_at:
        yield delivery.receipt_sent_at, f"receipt with a link to the library mailed to {order.buyer.email}"
    granted = Entitlement.objects.filter(item__order=order).select_related("item")
    for entitlement in granted.order_by("pk"):
        if entitlement.first_read_at:
            yield entitlement.first_read_at, f"“{entitlement.item.title}” opened for the first time"
        if entitlement.revoked_at:
            yield entitlement.revoked_at, f"“{entitlement.item.title}”: access ended"
    accesses = TextAccess.objects.filter(entitlement__item__order=order).select_related("entitlement__item")
    for access in accesses.order_by("pk"):
        origin = f" from {access.address}" if access.address else ""
        times = "once" if access.count == 1 else f"{access.count} times until {_time(access.last_at)}"
        title = access.entitlement.item.title
        yield access.first_at, f"“{title}” {_VIA.get(access.via, access.via)}{origin}, {times}"


def _gift_entries(gift: Gift) -> Iterator[tuple[datetime.datetime, str]]:
    if gift.sent_at:
        yield gift.sent_at, "the link mailed to the address that the buyer named"
    if gift.claimed_at:
        by_buyer = gift.claimed_by_id == gift.order.buyer_id
        yield gift.claimed_at, f"claimed by {'the buyer' if by_buyer else 'its recipient'}"


def _refunds_asked_for(order: Order) -> str:
    asked = Refund.objects.filter(payment__order=order, reason=RefundReason.BUYER_REQUEST).count()
    return f"Requests of that kind for this order: {asked or 'none'}."


def _receipt(dispute: Dispute, order: Order) -> str:
    payment = dispute.payment
    lines = [f"Receipt of order {order.number}"]
    for item in _items(order):
        lines.append(f"- “{item.title}”: {format_money(item.net_amount, order.currency)}")
    lines += [
        f"Total: {format_money(order.total_amount, order.currency)}",
        f"Bought by: {order.buyer.display_name}, {order.buyer.email}",
        f"Ordered: {_time(order.created_at)} UTC",
        f"Paid: {_time(payment.succeeded_at)} UTC, {format_money(payment.amount, payment.currency)}",
    ]
    if payment.is_surplus:
        lines.append("This payment is a second one for an order that was paid already. It delivered nothing.")
    elif order.delivered_at:
        lines.append(f"Delivered: {_time(order.delivered_at)} UTC")
    for refund in payment.refunds.filter(status=RefundStatus.SUCCEEDED).order_by("settled_at"):
        amount = format_money(refund.amount, refund.currency)
        lines.append(f"Refunded: {_time(refund.settled_at or refund.created_at)} UTC, {amount}")
    return "\n".join(lines)


def _time(moment: datetime.datetime) -> str:
    return f"{moment.astimezone(datetime.UTC):%Y-%m-%d %H:%M}"
