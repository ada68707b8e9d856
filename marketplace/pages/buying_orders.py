"""A buyer's orders: the list, the receipt, and giving up one that is not paid."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from listings.models import License
from marketplace.pages.buying_access import buyer_page, own_order_or_404
from marketplace.pages.buying_checkout import first_listing, review_url, see_other
from marketplace.pages.buying_gift_form import AddressForm
from marketplace.pages.buying_refunds import refund_offer
from marketplace.pages.buying_states import order_state, refund_on_its_way
from marketplace.pages.people import signed_in
from payments import services
from payments.models import Order, OrderItem, OrderStatus, Refund, RefundStatus
from payments.queries import library_of, orders_of
from payments.queries_gifts import gift_of, gift_state

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Line:
    """A bought item as the receipt shows it; `library_url` is empty where the text may not be read."""

    item: OrderItem
    license: Any
    library_url: str
    refund_url: str = ""


@buyer_page
@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """All orders of the buyer, newest first."""
    page = Paginator(orders_of(signed_in(request)), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [{"order": order, "items": order.items.all(), "state": order_state(order)} for order in page]
    return render(request, "pages/buying/orders.html", {"page": page, "rows": rows, "section": "orders"})


@buyer_page
@require_safe
def order(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One order: its state in words, what to do about it, and the receipt."""
    return order_page(request, own_order_or_404(request, pk))


def order_page(
    request: HttpRequest, order: Order, *, address_form: Any = None, status: int = 200
) -> HttpResponse:
    """`address_form`: of a gift, with what was typed."""
    lines, refunds = _lines(request, order), _refunds(order)
    gift = gift_of(order)
    has_access = any(line.library_url for line in lines)
    is_on_its_way = any(refund.status == RefundStatus.REQUESTED for refund in refunds)
    is_given_back = order.status == OrderStatus.PAID and is_on_its_way and not (has_access or gift)
    context = {
        "order": order,
        "state": refund_on_its_way() if is_given_back else order_state(order),
        "lines": lines,
        "refunds": refunds,
        "refund_offer": refund_offer(order),
        "buy_again_url": review_url(first_listing(order).slug),
        "gift": gift,
        "gift_state": gift_state(gift) if gift else "",
        "address_form": address_form or AddressForm(initial={"gift_email": gift.email if gift else ""}),
        "section": "orders",
    }
    return render(request, "pages/buying/order.html", context, status=status)


@buyer_page
@require_POST
def order_cancel(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Give up an order that is not paid."""
    order = own_order_or_404(request, pk)
    if not order_state(order).can_cancel:
        messages.error(request, _("This order cannot be canceled any more."))
    elif services.order_cancel(order=order).is_paid:
        messages.info(request, _("This order was paid in the meantime, so it was not canceled."))
    else:
        messages.success(request, _("The order is canceled. Nothing was charged."))
    return see_other(reverse("order", kwargs={"pk": order.pk}))


def _lines(request: HttpRequest, order: Order) -> list[Line]:
    owned = {owned.item_id: owned for owned in library_of(signed_in(request)).filter(item__order=order)}
    return [
        Line(
            item,
            License(item.license).label,
            owned[item.pk].get_absolute_url() if item.pk in owned else "",
            reverse("library_refund", args=[owned[item.pk].pk])
            if item.pk in owned and item.net_amount
            else "",
        )
        for item in order.items.all()
    ]


def _refunds(order: Order) -> list[Refund]:
    refunds = [refund for payment in order.payments.all() for refund in payment.refunds.all()]
    return sorted(refunds, key=lambda refund: refund.created_at)
