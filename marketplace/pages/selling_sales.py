"""What was sold and what it earned. Buyers' addresses are none of the seller's business."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from common.money import format_money
from marketplace.pages.selling_access import SellerRequest, seller_page
from payments.models import DisputeStatus, OrderItem, SaleSource
from payments.models.dispute import FREEZING_STATUSES
from payments.queries import seller_sales
from payments.queries_claims import claims_to_answer_count
from payments.queries_sales import SaleState, SalesWanted, sales_before, sales_wanted
from payments.queries_stats import figures_so_far

PAGE_SIZE = 25
MOST_DIGITS = 18


class SalesForm(forms.Form):
    """What to look for; every field may be empty."""

    q = forms.CharField(
        label=gettext_lazy("Order number or title"),
        required=False,
        max_length=100,
        widget=forms.TextInput({"type": "search"}),
    )
    state = forms.ChoiceField(
        label=gettext_lazy("State"), required=False, choices=[("", gettext_lazy("All")), *SaleState.choices]
    )
    source = forms.ChoiceField(
        label=gettext_lazy("What brought it"),
        required=False,
        choices=[("", gettext_lazy("All")), *SaleSource.choices],
    )
    first = forms.DateField(
        label=gettext_lazy("From"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    last = forms.DateField(
        label=gettext_lazy("To"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )

    @property
    def wanted(self) -> SalesWanted:
        self.full_clean()
        return SalesWanted(**{name: value for name, value in self.cleaned_data.items() if value})


@dataclass(frozen=True)
class SaleRow:
    """One sold item, and what has become of its share."""

    item: OrderItem
    state: str
    label: str

    @property
    def share_amount(self) -> int:
        """After card processing, which is the seller's for sales by the own link."""
        return self.item.seller_amount - self.item.processing_fee_amount

    @property
    def can_refund(self) -> bool:
        return self.state in ("pending", "available", "partially_refunded")


@seller_page
@require_safe
def sales(request: SellerRequest) -> HttpResponse:
    """Every sale with its fee and share, newest first, and the totals of all of them.

    `?cursor=` is the last sale of the page before. A filter that makes no sense is said, and left aside.
    """
    form = SalesForm(request.GET)
    found = seller_sales(request.seller).filter(sales_wanted(request.seller, form.wanted))
    cursor = request.GET.get("cursor", "")
    is_beyond = cursor.isascii() and cursor.isdigit() and len(cursor) < MOST_DIGITS
    if is_beyond:
        found = found.filter(sales_before(request.seller, int(cursor)))
    items = list(found[: PAGE_SIZE + 1])
    context = {
        "rows": [_row(item) for item in items[:PAGE_SIZE]],
        "next_cursor": items[PAGE_SIZE - 1].pk if len(items) > PAGE_SIZE else "",
        "is_beyond": is_beyond,
        "form": form,
        "is_filtered": any(value for value in form.cleaned_data.values()),
        "query": request.GET.urlencode(),
        "totals": figures_so_far(request.seller),
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
