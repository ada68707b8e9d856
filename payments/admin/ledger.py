"""The books."""

from django.contrib import admin

from common.read_only_admin import ReadOnlyAdmin
from payments.admin.inlines import ReadOnlyInline
from payments.models import Journal, LedgerEntry


class LedgerEntryInline(ReadOnlyInline):
    model = LedgerEntry
    fields = ("account", "seller", "amount", "currency")
    readonly_fields = fields


@admin.register(Journal)
class JournalAdmin(ReadOnlyAdmin):
    list_display = ("kind", "cause", "booked_at")
    list_filter = ("kind",)
    search_fields = ("cause",)
    inlines = (LedgerEntryInline,)
