"""What the checks of the books found, and how far books and Stripe were compared."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.forms import show_errors
from common.enqueue import enqueue
from common.errors import DomainError
from common.read_only_admin import ReadOnlyAdmin
from payments.admin import decisions
from payments.models import Finding, FindingSource, ReconciliationRun, StripeCursor
from payments.services.findings import amounts_in_words, finding_close, finding_reopen
from payments.services.invariants import findings_look_again
from payments.services.reconciliation import movement_book

MAY_DECIDE = "payments.change_finding"


@admin.register(Finding)
class FindingAdmin(ReadOnlyAdmin):
    list_display = (
        *("kind", "subject", "detail", "expected_amount", "found_amount"),
        *("first_seen_at", "last_seen_at", "times_seen", "resolved_at", "closed_at", "closed_by"),
    )
    list_filter = (
        ("resolved_at", admin.EmptyFieldListFilter),
        ("closed_at", admin.EmptyFieldListFilter),
        *("source", "kind"),
    )
    list_select_related = ("closed_by",)
    search_fields = ("subject", "detail", "closed_note")
    date_hierarchy = "first_seen_at"
    readonly_fields = ("close_link",)
    actions = ("check_again_now", "book_as_the_platforms_own", "close", "open_again")

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

    @admin.action(description=_("Close with a note…"))
    def close(self, request: HttpRequest, queryset: QuerySet[Finding]) -> HttpResponse | None:
        return decisions.go_to_page(self, request, queryset, "close")

    @admin.action(description=_("Open again"))
    def open_again(self, request: HttpRequest, queryset: QuerySet[Finding]) -> None:
        for finding in queryset:
            try:
                finding_reopen(finding=finding, by=decisions.staff_of(request, MAY_DECIDE))
                text = _("%(finding)s: open again.") % {"finding": finding}
                self.message_user(request, text, messages.SUCCESS)
            except DomainError as error:
                self.message_user(request, f"{finding}: {error}", messages.ERROR)

    @admin.display(description=_("Nothing to do about it"))
    def close_link(self, finding: Finding) -> str:
        if not finding.is_open:
            return "-"
        return decisions.decision_link(self, finding, "close", _("Close with a note…"))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.close_view)
        return [path("<int:pk>/close/", view, name="payments_finding_close"), *super().get_urls()]

    def close_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Why nothing is to be done about one finding."""
        staff = decisions.staff_of(request, MAY_DECIDE)
        finding = get_object_or_404(Finding, pk=pk)
        form = decisions.NoteForm(request.POST or None)
        if form.is_valid():
            try:
                finding_close(finding=finding, by=staff, note=form.cleaned_data["note"])
            except DomainError as error:
                show_errors(form, error)
            else:
                return decisions.decided(self, request, finding, gettext("The finding is closed."))
        return decisions.decision_page(
            self,
            request,
            row=finding,
            form=form,
            title=gettext("Close a finding"),
            facts=[
                (_("What was found"), f"{finding.kind}, {finding.subject}"),
                (_("In words"), f"{finding.detail}{amounts_in_words(finding)}"),
            ],
            sentences=[
                _("It counts as open no longer, in figures and commands. The books stay as they are."),
                _("It stays closed while it is met as it is now. If its facts change, staff are told again."),
            ],
            button=gettext("Close it"),
        )

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(MAY_DECIDE))

    check_again_now.allowed_permissions = ("decide",)  # type: ignore[attr-defined]
    book_as_the_platforms_own.allowed_permissions = ("decide",)  # type: ignore[attr-defined]
    close.allowed_permissions = ("decide",)  # type: ignore[attr-defined]
    open_again.allowed_permissions = ("decide",)  # type: ignore[attr-defined]


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
