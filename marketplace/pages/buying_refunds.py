"""Asking for money back: the page that says what it means, and the asking itself."""

import uuid
from dataclasses import dataclass
from email.utils import parseaddr

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.forms import show_errors
from common.errors import DomainError
from common.money import format_money
from marketplace.pages.buying_access import buyer_page, own_order_or_404
from marketplace.pages.buying_checkout import see_other
from marketplace.pages.buying_states import order_dispute
from marketplace.pages.people import signed_in
from payments.models import Entitlement, Order, RefundReason
from payments.services import refund_request
from payments.services.refund_rows import refundable_amount


class RefundForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Why?"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("It helps the seller to do better. Leave it empty if you like."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@dataclass(frozen=True, slots=True)
class RefundOffer:
    """What can still be given back of an order; opened texts need a person to look, disputed ones a bank."""

    amount_label: str
    is_opened: bool
    is_disputed: bool
    support_address: str


def refund_offer(order: Order) -> RefundOffer | None:
    """The refund a buyer may ask for now; None where nothing was paid or all has been given back."""
    payment = next((payment for payment in order.payments.all() if not payment.is_surplus), None)
    left = refundable_amount(payment) if payment and order.is_paid else 0
    dispute = order_dispute(order)
    is_disputed = dispute is not None and dispute.freezes_refunds
    if left <= 0 and not is_disputed:
        return None
    opened = Entitlement.objects.filter(item__order=order, first_read_at__isnull=False)
    return RefundOffer(
        amount_label=format_money(left, order.currency),
        is_opened=opened.exists(),
        is_disputed=is_disputed,
        support_address=parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
    )


@buyer_page
@require_http_methods(["GET", "HEAD", "POST"])
def order_refund(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """GET says what a refund means. POST asks for it, or says why it cannot be had without a person."""
    order = own_order_or_404(request, pk)
    offer = refund_offer(order)
    if offer is None:
        messages.error(request, _("There is nothing left to give back of this order."))
        return redirect("order", pk=order.pk)
    form, status = RefundForm(request.POST if request.method == "POST" else None), 200
    if form.is_bound and form.is_valid():
        try:
            refund_request(
                order=order,
                by=signed_in(request),
                reason=RefundReason.BUYER_REQUEST,
                note=form.cleaned_data["note"],
            )
        except DomainError as error:
            show_errors(form, error)
            status = error.status
        else:
            messages.success(request, _("Your refund is on its way. Banks take 5 to 10 days to show it."))
            return see_other(reverse("order", kwargs={"pk": order.pk}))
    context = {"order": order, "offer": offer, "form": form, "section": "orders"}
    return render(request, "pages/buying/refund.html", context, status=status)
