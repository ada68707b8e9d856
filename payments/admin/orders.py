"""Orders, what they granted, and what was given back."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.read_only_admin import ReadOnlyAdmin
from payments.admin.inlines import ReadOnlyInline
from payments.models import Entitlement, Order, OrderItem, Payment, Refund, RefundReason
from payments.services.refunds import refund_request


class OrderItemInline(ReadOnlyInline):
    model = OrderItem
    fields = ("title", "seller", "unit_amount", "discount_amount", "platform_fee_amount", "seller_amount")
    readonly_fields = fields


class PaymentInline(ReadOnlyInline):
    model = Payment
    fields = ("stripe_payment_intent_id", "amount", "processing_fee_amount", "is_surplus", "succeeded_at")
    readonly_fields = fields


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ("number", "status", "buyer", "total_amount", "currency", "created_at", "paid_at")
    list_filter = ("status",)
    search_fields = ("number", "stripe_session_id", "buyer__email")
    list_select_related = ("buyer",)
    inlines = (OrderItemInline, PaymentInline)
    actions = ("refund_in_full",)

    @admin.action(description=_("Refund in full (a moderator decided)"))
    def refund_in_full(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        for order in queryset:
            try:
                refund_request(order=order, by=request.user, reason=RefundReason.MODERATOR)  # type: ignore[arg-type]
                self.message_user(
                    request, _("%(number)s: the refund is on its way.") % {"number": order.number}
                )
            except DomainError as error:
                self.message_user(request, f"{order.number}: {error}", messages.ERROR)

    def has_refund_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("payments.change_order"))

    refund_in_full.allowed_permissions = ("refund",)  # type: ignore[attr-defined]


@admin.register(Entitlement)
class EntitlementAdmin(ReadOnlyAdmin):
    list_display = ("id", "buyer", "listing", "granted_at", "revoked_at", "first_read_at")
    list_select_related = ("buyer", "listing")
    search_fields = ("buyer__email", "listing__slug")
    exclude = ("version",)


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    list_display = ("id", "amount", "currency", "reason", "status", "created_at", "settled_at", "last_error")
    list_filter = ("status", "reason")
    search_fields = ("stripe_refund_id", "payment__order__number")
