"""What a refund gives back of which item, kept at Stripe for when a restored database has lost its row."""

from collections.abc import Mapping, Sequence

from payments.models import OrderItem, Refund, RefundReason
from payments.services.keeping import entries_keep, entries_kept


def refund_metadata(refund: Refund) -> dict[str, str]:
    """The reason, and each part as the item's listing and its amount. The order is known by the payment."""
    parts = refund.items.select_related("item").order_by("item")
    entries = (f"{part.item.listing_id}:{part.amount}" for part in parts)
    return {"reason": refund.reason} | entries_keep("parts", entries)


def reason_kept(metadata: Mapping[str, str]) -> RefundReason:
    """Why it was made; those without a reason of ours were made in Stripe's dashboard."""
    reason = metadata.get("reason", "")
    return RefundReason(reason) if reason in RefundReason.values else RefundReason.STRIPE_DASHBOARD


def parts_kept(
    metadata: Mapping[str, str], items: Sequence[OrderItem], amount: int
) -> list[tuple[OrderItem, int]] | None:
    """The parts that were decided on; None where Stripe's refund does not tell of such."""
    by_listing = {item.listing_id: item for item in items}
    try:
        pairs = [entry.split(":") for entry in entries_kept("parts", metadata)]
        parts = [(by_listing[int(listing)], int(part)) for listing, part in pairs]
    except (KeyError, ValueError):
        return None
    fits = all(0 < part <= item.net_amount for item, part in parts)
    return parts if fits and sum(part for _, part in parts) == amount else None
