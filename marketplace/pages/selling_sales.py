"""What was sold and what it earned. Buyers' addresses are none of the seller's business."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common.money import format_money
from marketplace.pages.selling_access import SellerRequest, seller_page
from payments.models import DisputeStatus, OrderItem
from payments.models.dispute import FREEZING_STATUSES
from payments.queries import seller_sales, seller_totals
from payments.queries_claims import claims_to_answer_count

PAGE_SIZE = 25


@dataclass(frozen=True)
class SaleRow:
    """One sold item, and what has become of its share."""

    item: OrderItem
    state: str
    label: str

    @property
    def can_refund(self) -> bool:
        return self.state in ("pending", "available", "partially_refunded")


@seller_page
@require_safe
def sales(request: SellerRequest) -> HttpResponse:
    """Every sale with its fee and share, newest first, and the totals of all of them."""
    page = Paginator(seller_sales(request.seller), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [_row(item) for item in page.object_list],
        "totals": seller_totals(request.seller),
        "claims_waiting": claims_to_answer_count(request.seller),
        "section": "sales",
    }
    return render(request, "pages/selling/sales.html", context)


def _row(item: Any) -> SaleRow:
    """`item` comes from seller_sales, with what refunds and disputes took."""
    return _dispute_row(item) or _plain_row(item, item.refunded_amount)


def _dispute_row(item: Any) -> SaleRow | None:
    """What a dispute holds or has lost of the share; a bank that has yet to take the money holds nothing."""
    if not item.disputed_share_amount:
        return SaleRow(item, "disputed", _("Disputed")) if item.dispute_status in FREEZING_STATUSES else None
    amount = {"amount": format_money(item.disputed_share_amount, item.order.currency)}
    if item.dispute_status == DisputeStatus.LOST:
        return SaleRow(item, "disputed", _("Dispute lost, %(amount)s") % amount)
    return SaleRow(item, "disputed", _("Disputed, %(amount)s held") % amount)


def _plain_row(item: OrderItem, refunded_amount: int) -> SaleRow:
    if refunded_amount:
        is_whole = refunded_amount >= item.net_amount
        return (
            SaleRow(item, "refunded", _("Refunded"))
            if is_whole
            else SaleRow(item, "partially_refunded", _("Refunded in part"))
        )
    if item.seller_amount == 0:
        return SaleRow(item, "free", _("Free"))
    if item.earnings_released_at is not None:
        return SaleRow(item, "available", _("Available"))
    return SaleRow(item, "pending", _("Pending"))
