"""Work that waits: Stripe's events, deliveries, and messages between apps."""

from django.contrib import admin

from common.models import OutboxMessage
from common.read_only_admin import ReadOnlyAdmin
from payments.admin.work import WorkAdmin
from payments.models import Delivery, Gift, StripeEvent


@admin.register(StripeEvent)
class StripeEventAdmin(WorkAdmin, ReadOnlyAdmin):
    list_display = ("stripe_event_id", "type", "received_at", "handled_at", "attempts", "last_error")
    list_filter = (("handled_at", admin.EmptyFieldListFilter), "type")
    search_fields = ("stripe_event_id",)


@admin.register(Delivery)
class DeliveryAdmin(WorkAdmin, ReadOnlyAdmin):
    list_display = ("order", "granted_at", "receipt_sent_at", "sellers_notified_at", "attempts", "last_error")
    list_filter = (("receipt_sent_at", admin.EmptyFieldListFilter),)
    list_select_related = ("order",)


@admin.register(Gift)
class GiftAdmin(WorkAdmin, ReadOnlyAdmin):
    """What somebody wrote to somebody stays unshown."""

    list_display = ("order", "send_at", "sent_at", "claimed_at", "sent_count", "attempts", "last_error")
    list_filter = (("claimed_at", admin.EmptyFieldListFilter),)
    list_select_related = ("order",)
    exclude = ("message", "email")


@admin.register(OutboxMessage)
class OutboxMessageAdmin(WorkAdmin, ReadOnlyAdmin):
    """What a message says stays unshown: it may name people."""

    list_display = ("topic", "subject", "created_at", "handled_at", "attempts", "last_error")
    list_filter = (("handled_at", admin.EmptyFieldListFilter), "topic")
    exclude = ("payload",)
