"""From what happened (the outbox) to rows for endpoints that want to know: no buyer's name, no prompt's text.

The outbox may run a handler twice: a message's `source` makes it one row.
"""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from accounts.models import SellerProfile
from common.enqueue import enqueue_on_commit
from common.models import OutboxMessage
from common.outbox import handles
from listings.models import DecisionKind, ModerationDecision
from marketplace.api.fields import shaped
from marketplace.api.seller import SaleSerializer
from marketplace.api.seller_payouts import PayoutSerializer
from marketplace.models import Review
from marketplace.outgoing.models import WebhookEndpoint, WebhookEvent, WebhookMessage
from marketplace.outgoing.services import TASK, message_of
from marketplace.reviewing import WRITTEN_TOPIC
from payments.models import Dispute, OrderItem, Payout, RefundItem
from payments.queries import seller_sales
from payments.services.refunds import SUCCEEDED_TOPIC


@handles("order_paid")
def sale_completed(message: OutboxMessage) -> None:
    """One message per sold item, to its seller."""
    sellers = OrderItem.objects.filter(order__id=message.subject).values("seller")
    for endpoint in _wanting(WebhookEvent.SALE_COMPLETED, sellers):
        items = seller_sales(endpoint.seller).filter(order__id=message.subject).order_by("pk")
        _write(message, endpoint, WebhookEvent.SALE_COMPLETED, f"order:{message.subject}", _sales(items))


@handles(SUCCEEDED_TOPIC)
def sale_refunded(message: OutboxMessage) -> None:
    """One message per item that money went back for, with the sale as it stands after."""
    parts = {
        part.item_id: part
        for part in RefundItem.objects.select_related("refund", "item").filter(refund__id=message.subject)
    }
    sellers = [part.item.seller_id for part in parts.values()]
    for endpoint in _wanting(WebhookEvent.SALE_REFUNDED, sellers):
        items = seller_sales(endpoint.seller).filter(pk__in=parts).order_by("pk")
        told = [{"sale": sale, "refund": _refund(parts[sale["id"]])} for sale in _sales(items)]
        order = next(part.item.order_id for part in parts.values())
        _write(message, endpoint, WebhookEvent.SALE_REFUNDED, f"order:{order}", told)


@handles("dispute_opened")
def dispute_opened(message: OutboxMessage) -> None:
    _dispute(message, WebhookEvent.DISPUTE_OPENED)


@handles("dispute_closed")
def dispute_closed(message: OutboxMessage) -> None:
    _dispute(message, WebhookEvent.DISPUTE_CLOSED)


@handles("payout_paid")
def payout_paid(message: OutboxMessage) -> None:
    _payout(message, WebhookEvent.PAYOUT_PAID)


@handles("payout_failed")
def payout_failed(message: OutboxMessage) -> None:
    _payout(message, WebhookEvent.PAYOUT_FAILED)


@handles(WRITTEN_TOPIC)
def review_created(message: OutboxMessage) -> None:
    review = Review.objects.select_related("listing").filter(pk=int(message.subject)).first()
    if review is None:
        return
    told = {
        "listing": review.listing.slug,
        "stars": review.stars,
        "text": review.text,
        "created_at": review.created_at.isoformat(),
    }
    for endpoint in _wanting(WebhookEvent.REVIEW_CREATED, [review.listing.seller_id]):
        subject = f"listing:{review.listing_id}"
        _write(message, endpoint, WebhookEvent.REVIEW_CREATED, subject, [told])


@handles("listing_published")
def version_published(message: OutboxMessage) -> None:
    _version(message, WebhookEvent.VERSION_PUBLISHED)


@handles("listing_rejected")
def version_rejected(message: OutboxMessage) -> None:
    _version(message, WebhookEvent.VERSION_REJECTED)


def _dispute(message: OutboxMessage, event: WebhookEvent) -> None:
    stakes: dict[str, int] = message.payload["stakes"]
    dispute = Dispute.objects.select_related("payment__order").get(pk=message.subject)
    order = dispute.payment.order
    for endpoint in _wanting(event, [int(seller) for seller in stakes]):
        told = {
            "id": str(dispute.pk),
            "order_number": order.number,
            "status": message.payload["status"],
            "amount": stakes[str(endpoint.seller_id)],
            "currency": dispute.currency,
            "sales": _sales(seller_sales(endpoint.seller).filter(order=order).order_by("pk")),
        }
        _write(message, endpoint, event, f"order:{order.pk}", [told])


def _payout(message: OutboxMessage, event: WebhookEvent) -> None:
    payout = Payout.objects.get(pk=message.subject)
    for endpoint in _wanting(event, [payout.seller_id]):
        _write(message, endpoint, event, f"payout:{payout.pk}", shaped(PayoutSerializer, [payout]))


def _version(message: OutboxMessage, event: WebhookEvent) -> None:
    """Nothing is told of a decision that was taken back meanwhile, though another one stands now."""
    kind = DecisionKind.REJECT if event == WebhookEvent.VERSION_REJECTED else DecisionKind.PUBLISH
    decision = (
        ModerationDecision.objects.select_related("version__listing")
        .defer("version__text", "version__instructions")
        .filter(version__listing=int(message.subject), version__number=message.payload["version"])
        .filter(decision=kind)
        .first()
    )
    if decision is None:
        return
    listing = decision.version.listing
    told = {
        "listing": listing.slug,
        "title": listing.title,
        "url": f"{settings.PUBLIC_URL}{listing.get_absolute_url()}",
        "version": decision.version.number,
        "reasons": list(decision.reasons),
    }
    for endpoint in _wanting(event, [listing.seller_id]):
        _write(message, endpoint, event, f"listing:{listing.pk}", [told])


def _wanting(event: WebhookEvent, sellers: Iterable[Any] | QuerySet[Any, Any]) -> list[WebhookEndpoint]:
    """Endpoints of these sellers that asked for the event and are not paused."""
    wanting = WebhookEndpoint.objects.filter(
        seller__in=SellerProfile.objects.filter(pk__in=sellers), events__contains=[event], paused_at=None
    )
    return list(wanting.select_related("seller"))


def _write(
    message: OutboxMessage,
    endpoint: WebhookEndpoint,
    event: WebhookEvent,
    subject: str,
    told: list[dict[str, Any]],
) -> None:
    """One row for each of `told`, and a hint to send them."""
    WebhookMessage.objects.bulk_create(
        (
            message_of(
                endpoint,
                event,
                subject=subject,
                source=f"{message.topic}:{message.pk}:{position}",
                at=message.created_at,
                data=data,
            )
            for position, data in enumerate(told)
        ),
        ignore_conflicts=True,
    )
    enqueue_on_commit(TASK, str(endpoint.pk))


def _sales(items: QuerySet[OrderItem]) -> list[dict[str, Any]]:
    return shaped(SaleSerializer, items)


def _refund(part: RefundItem) -> dict[str, Any]:
    return {
        "id": str(part.refund_id),
        "amount": part.amount,
        "seller_amount": part.seller_amount,
        "currency": part.refund.currency,
        "settled_at": part.refund.settled_at.isoformat() if part.refund.settled_at else None,
    }
