"""What staff see of outgoing webhooks: where they go, what waits, what failed. No secret, no body."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from common.read_only_admin import ReadOnlyAdmin
from marketplace.outgoing.models import WebhookAttempt, WebhookEndpoint, WebhookMessage


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnlyAdmin):
    list_display = ("seller", "url", "failures", "not_before", "paused_at", "pause_reason", "last_success_at")
    list_filter = ("pause_reason",)
    list_select_related = ("seller",)
    search_fields = ("seller__handle", "url")
    fields = (
        *("seller", "url", "events", "failures", "not_before"),
        *("paused_at", "pause_reason", "last_success_at", "created_at"),
    )


class WebhookAttemptInline(admin.TabularInline):  # type: ignore[type-arg]
    model = WebhookAttempt
    fields = readonly_fields = ("attempted_at", "status_code", "milliseconds", "error")
    can_delete = False
    extra = 0
    max_num = 0


@admin.register(WebhookMessage)
class WebhookMessageAdmin(ReadOnlyAdmin):
    list_display = ("event", "endpoint", "created_at", "attempts", "next_attempt_at", "status")
    list_filter = ("event", ("delivered_at", admin.EmptyFieldListFilter), "given_up_at")
    list_select_related = ("endpoint",)
    search_fields = ("key", "subject")
    fields = (
        *("event", "endpoint", "subject", "created_at", "attempts"),
        *("next_attempt_at", "resend_asked_at", "delivered_at", "given_up_at"),
    )
    inlines = (WebhookAttemptInline,)

    @admin.display(description=_("status"))
    def status(self, message: WebhookMessage) -> str:
        return message.status
