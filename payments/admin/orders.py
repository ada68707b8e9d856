"""Orders, what they granted, and what was given back."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.forms import show_errors
from common.errors import DomainError
from common.money import format_money
from common.read_only_admin import ReadOnlyAdmin
from payments.admin import decisions
from payments.admin.inlines import ReadOnlyInline
from payments.admin.work import WorkAdmin
from payments.models import Entitlement, Order, OrderItem, Payment, Refund
from payments.services.refund_decisions import order_refund, refundable_of

MAY_REFUND = "payments.change_order"


class OrderItemInline(ReadOnlyInline):
    model = OrderItem
    fields = ("title", "seller", "unit_amount", "discount_amount", "platform_fee_amount", "seller_amount")
    readonly_fields = fields


class PaymentInline(ReadOnlyInline):
    model = Payment
    fields = ("stripe_payment_intent_id", "amount", "processing_fee_amount", "is_surplus", "succeeded_at")
    readonly_fields = fields


class RefundForm(decisions.AmountForm):
    """Of the whole order, or of one item."""

    item = forms.ModelChoiceField(
        OrderItem.objects.none(), label=_("Item"), required=False, empty_label=_("The whole order")
    )
    field_order = ("item", "amount", "note")

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        items: forms.ModelChoiceField = self.fields["item"]  # type: ignore[assignment, type-arg]
        items.queryset = order.items.order_by("pk")
        items.label_from_instance = _item_label  # type: ignore[method-assign, assignment]


def _item_label(item: OrderItem) -> str:
    return gettext("%(name)s: %(value)s") % {"name": item.title, "value": format_money(item.net_amount)}


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ("number", "status", "buyer", "total_amount", "currency", "created_at", "paid_at")
    list_filter = ("status",)
    search_fields = ("number", "stripe_session_id", "buyer__email")
    list_select_related = ("buyer",)
    inlines = (OrderItemInline, PaymentInline)
    readonly_fields = ("refund_link",)
    actions = ("refund", "refund_in_full")

    @admin.action(description=_("Refund in full (a moderator decided)"))
    def refund_in_full(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        for order in queryset:
            try:
                order_refund(order=order, by=decisions.staff_of(request, MAY_REFUND))
                self.message_user(
                    request, _("%(number)s: the refund is on its way.") % {"number": order.number}
                )
            except DomainError as error:
                self.message_user(request, f"{order.number}: {error}", messages.ERROR)

    @admin.action(description=_("Refund a part…"))
    def refund(self, request: HttpRequest, queryset: QuerySet[Order]) -> HttpResponse | None:
        return decisions.go_to_page(self, request, queryset, "refund")

    def has_refund_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(MAY_REFUND))

    refund.allowed_permissions = ("refund",)  # type: ignore[attr-defined]
    refund_in_full.allowed_permissions = ("refund",)  # type: ignore[attr-defined]

    @admin.display(description=_("Money back"))
    def refund_link(self, order: Order) -> str:
        return decisions.decision_link(self, order, "refund", _("Refund…")) if order.is_paid else "-"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.refund_view)
        return [path("<uuid:pk>/refund/", view, name="payments_order_refund"), *super().get_urls()]

    def refund_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """How much to give back of an order or of one item of it, and why."""
        staff = decisions.staff_of(request, MAY_REFUND)
        order = get_object_or_404(Order.objects.select_related("buyer"), pk=pk)
        refundable = refundable_of(order)
        form = RefundForm(request.POST or None, order=order, initial={"left": refundable.payment_amount})
        if form.is_valid():
            try:
                refund = order_refund(
                    order=order,
                    by=staff,
                    item=form.cleaned_data["item"],
                    amount=form.cleaned_data["amount"],
                    note=form.cleaned_data["note"],
                    seen_refundable=form.cleaned_data["left"],
                )
            except DomainError as error:
                show_errors(form, error)
            else:
                given = format_money(refund.amount, refund.currency)
                return decisions.decided(
                    self, request, order, gettext("%(amount)s are on their way back.") % {"amount": given}
                )
        return decisions.decision_page(
            self,
            request,
            row=order,
            form=form,
            title=gettext("Refund an order"),
            facts=[
                (_("Buyer"), order.buyer.email),
                (_("Total"), order.total_label),
                (_("Left to give back"), format_money(refundable.left_amount, order.currency)),
            ],
            sentences=[
                _("The seller returns the share, we return our fee. What Stripe kept is lost to us."),
                _("An item given back in full leaves the buyer's library; one given back in part stays."),
            ],
            button=gettext("Give it back"),
        )


@admin.register(Entitlement)
class EntitlementAdmin(ReadOnlyAdmin):
    list_display = ("id", "buyer", "listing", "granted_at", "revoked_at", "first_read_at")
    list_select_related = ("buyer", "listing")
    search_fields = ("buyer__email", "listing__slug")
    exclude = ("version",)


@admin.register(Refund)
class RefundAdmin(WorkAdmin, ReadOnlyAdmin):
    list_display = ("id", "amount", "currency", "reason", "status", "created_at", "settled_at", "last_error")
    list_filter = ("status", "reason")
    search_fields = ("stripe_refund_id", "payment__order__number")
