"""A seller gives money back: the page that says what it costs whom, and the doing of it."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.forms import show_errors
from common.errors import DomainError, NotFound
from common.money import format_money
from common.money_fields import AmountField
from listings.queries.filters import as_dollars
from marketplace.pages.buying_checkout import see_other
from marketplace.pages.selling_access import SellerRequest, seller_page
from payments.models import OrderItem
from payments.queries import sale_get
from payments.services.refund_decisions import refundable_of
from payments.services.refund_decisions import sale_refund as sale_refund_make
from payments.services.refund_rows import refund_split


class SaleRefundForm(forms.Form):
    """How much, and why; `seen` makes the second of two clicks fail."""

    use_required_attribute = False

    amount = AmountField(
        label=gettext_lazy("Amount in US dollars"),
        help_text=gettext_lazy("All that is left, or a part of it."),
    )
    note = forms.CharField(
        label=gettext_lazy("Why?"),
        max_length=500,
        help_text=gettext_lazy("Kept with the refund. The buyer does not see it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)


@seller_page
@require_http_methods(["GET", "HEAD", "POST"])
def sale_refund(request: SellerRequest, pk: int) -> HttpResponse:
    """GET says what a refund takes from whom. POST makes it."""
    item = _own_sale_or_404(request, pk)
    left = refundable_of(item.order, item).left_amount
    if left <= 0:
        messages.info(request, _("There is nothing left to give back of this sale."))
        return redirect("studio_sales")
    initial = {"amount": as_dollars(left), "seen": left}
    form, status = SaleRefundForm(request.POST if request.method == "POST" else None, initial=initial), 200
    if form.is_bound and form.is_valid():
        try:
            return _refunded(request, item, form)
        except DomainError as error:
            show_errors(form, error)
            status = error.status
    elif form.is_bound:
        status = 400
    fee, share = refund_split(item, left)
    context = {
        "item": item,
        "form": form,
        "left": left,
        "fee": fee,
        "share": share,
        "currency": item.order.currency,
        "is_partly_refunded": left < item.net_amount,
        "section": "sales",
    }
    return render(request, "pages/selling/sale_refund.html", context, status=status)


def _refunded(request: SellerRequest, item: OrderItem, form: SaleRefundForm) -> HttpResponse:
    refund = sale_refund_make(
        seller=request.seller,
        item_id=item.pk,
        amount=form.cleaned_data["amount"],
        note=form.cleaned_data["note"],
        seen_left=form.cleaned_data["seen"],
    )
    amount, share = refund.amount, sum(part.seller_amount for part in refund.items.all())
    words = {
        "amount": format_money(amount, refund.currency),
        "share": format_money(share, refund.currency),
        "fee": format_money(amount - share, refund.currency),
    }
    messages.success(
        request,
        _("%(amount)s are on their way back to the buyer: %(share)s from you, %(fee)s from us.") % words,
    )
    return see_other(reverse("studio_sales"))


def _own_sale_or_404(request: SellerRequest, pk: int) -> OrderItem:
    try:
        return sale_get(request.seller, pk)
    except NotFound as error:
        raise Http404 from error
