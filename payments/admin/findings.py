"""What the checks of the books found, and how far books and Stripe were compared."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from common.enqueue import enqueue
from common.errors import DomainError
from common.read_only_admin import ReadOnlyAdmin
from payments.admin import decisions
from payments.models import Finding, FindingSource, ReconciliationRun, StripeCursor
from payments.services.invariants import findings_look_again
from payments.services.reconciliation import movement_book

MAY_DECIDE = "payments.change_finding"


@admin.register(Finding)
class FindingAdmin(ReadOnlyAdmin):
    list_display = (
        *("kind", "subject", "detail", "expected_amount", "found_amount"),
        *("first_seen_at", "last_seen_at", "times_seen", "resolved_at"),
    )
    list_filter = (("resolved_at", admin.EmptyFieldListFilter), "source", "kind")
    search_fields = ("subject", "detail")
    date_hierarchy = "first_seen_at"
    actions = ("check_again_now", "book_as_the_platforms_own")

    @admin.action(description=_("Check again now"))
    def check_again_now(self, request: HttpRequest, queryset: QuerySet[Finding]) -> None:
        """Rules are held at once. A comparison with Stripe takes a while, and is begun."""
        if queryset.filter(source=FindingSource.INVARIANT).exists():
            closed = findings_look_again(list(queryset.filter(source=FindingSource.INVARIANT)))
            self.message_user(request, _("Checked; %(count)d are closed now.") % {"count": closed})
        if queryset.filter(source=FindingSource.RECONCILIATION).exists():
            _compare_again(self, request)

    @admin.action(description=_("Book as the platform's own"))
    def book_as_the_platforms_own(self, request: HttpRequest, queryset: QuerySet[Finding]) -> None:
        """A movement at Stripe that belongs to no order: the platform bears it, or gains it."""
        for finding in queryset:
            try:
                movement_book(finding=finding, by=decisions.staff_of(request, MAY_DECIDE))
                self.message_user(request, _("%(finding)s: booked.") % {"finding": finding}, messages.SUCCESS)
            except DomainError as error:
                self.message_user(request, f"{finding}: {error}", messages.ERROR)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(MAY_DECIDE))

    check_again_now.allowed_permissions = ("decide",)  # type: ignore[attr-defined]
    book_as_the_platforms_own.allowed_permissions = ("decide",)  # type: ignore[attr-defined]


@admin.register(ReconciliationRun)
class ReconciliationRunAdmin(ReadOnlyAdmin):
    list_display = (
        *("started_at", "finished_at", "events_recovered", "orders_recovered", "transactions_read"),
        *("stripe_balance_amount", "ledger_balance_amount", "findings_count", "error"),
    )
    ordering = ("-started_at",)
    actions = ("check_again_now",)

    @admin.action(description=_("Check again now"))
    def check_again_now(self, request: HttpRequest, queryset: QuerySet[ReconciliationRun]) -> None:
        _compare_again(self, request)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(MAY_DECIDE))

    check_again_now.allowed_permissions = ("decide",)  # type: ignore[attr-defined]


@admin.register(StripeCursor)
class StripeCursorAdmin(ReadOnlyAdmin):
    list_display = ("name", "position")


def _compare_again(model_admin: Any, request: HttpRequest) -> None:
    enqueue("payments.reconcile")
    text = _("Books and Stripe are being compared; look again in a minute.")
    model_admin.message_user(request, text)
