"""Coupons of the marketplace itself, which staff make, and a view of the sellers' own."""

from django.contrib import admin
from django.http import HttpRequest

from payments.models import Coupon


@admin.register(Coupon)
class CouponAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The platform bears what these take off. A sellers' coupon can be stopped here, and nothing else."""

    list_display = ("code", "seller", "percent", "amount", "max_uses", "starts_at", "ends_at", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("seller",)
    search_fields = ("code", "seller__handle")
    fields = ("code", "percent", "amount", "max_uses", "starts_at", "ends_at", "is_active")

    def get_readonly_fields(self, request: HttpRequest, obj: Coupon | None = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        # What orders were made with stays as it was.
        return ("code", "percent", "amount", *(("max_uses", "starts_at", "ends_at") if obj.seller_id else ()))

    def has_delete_permission(self, request: HttpRequest, obj: Coupon | None = None) -> bool:
        return False
