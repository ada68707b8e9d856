"""Work that waits: Stripe's events and deliveries."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from common.read_only_admin import ReadOnlyAdmin
from payments.models import Delivery, StripeEvent
from payments.services import events


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnlyAdmin):
    list_display = ("stripe_event_id", "type", "received_at", "handled_at", "attempts", "last_error")
    list_filter = (("handled_at", admin.EmptyFieldListFilter), "type")
    search_fields = ("stripe_event_id",)
    actions = ("handle_now",)

    @admin.action(description=_("Handle now"))
    def handle_now(self, request: HttpRequest, queryset: QuerySet[StripeEvent]) -> None:
        for event in queryset.filter(events.WAITING):
            StripeEvent.objects.filter(pk=event.pk).update(next_attempt_at=event.received_at)
            done = events.event_handle(event_pk=event.pk)
            text = _("%(id)s: handled.") if done else _("%(id)s: failed again; see its last error.")
            level = messages.SUCCESS if done else messages.ERROR
            self.message_user(request, text % {"id": event.stripe_event_id}, level)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("order", "granted_at", "receipt_sent_at", "sellers_notified_at", "attempts", "last_error")
    list_filter = (("receipt_sent_at", admin.EmptyFieldListFilter),)
    list_select_related = ("order",)
