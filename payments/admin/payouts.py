"""Sellers' accounts at Stripe, payouts and what was taken back of them."""

from typing import Any

from django.contrib import admin
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
from payments.models import BankPayout, ConnectedAccount, Payout, PayoutReversal, PayoutRun, PayoutStatus
from payments.services.payout_reversals import payout_reverse, reversible_amount

MAY_TAKE_BACK = "payments.change_payout"


@admin.register(ConnectedAccount)
class ConnectedAccountAdmin(ReadOnlyAdmin):
    list_display = (
        *("seller", "stripe_account_id", "country", "details_submitted", "transfers_active"),
        *("payouts_enabled", "disabled_reason", "synced_at", "refreshed_at", "replaced_at"),
    )
    list_filter = ("transfers_active", "payouts_enabled", "details_submitted", "country")
    list_select_related = ("seller",)
    search_fields = ("stripe_account_id", "seller__handle", "seller__user__email")


class PayoutReversalInline(ReadOnlyInline):
    model = PayoutReversal
    fields = ("amount", "status", "note", "requested_by", "stripe_reversal_id", "created_at", "settled_at")
    readonly_fields = fields


@admin.register(Payout)
class PayoutAdmin(WorkAdmin, ReadOnlyAdmin):
    list_display = (
        *("id", "seller", "amount", "currency", "status", "trigger", "reversed_amount"),
        *("created_at", "settled_at", "attempts", "last_error"),
    )
    list_filter = ("status", "trigger")
    list_select_related = ("seller",)
    search_fields = ("id", "stripe_transfer_id", "seller__handle", "seller__user__email")
    date_hierarchy = "created_at"
    inlines = (PayoutReversalInline,)
    readonly_fields = ("take_back_link",)
    actions = ("take_back",)
    view_on_site = False  # its page is the seller's

    @admin.action(description=_("Take back…"))
    def take_back(self, request: HttpRequest, queryset: QuerySet[Payout]) -> HttpResponse | None:
        return decisions.go_to_page(self, request, queryset, "take_back")

    def has_take_back_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(MAY_TAKE_BACK))

    take_back.allowed_permissions = ("take_back",)  # type: ignore[attr-defined]

    @admin.display(description=_("Money back"))
    def take_back_link(self, payout: Payout) -> str:
        if payout.status != PayoutStatus.PAID:
            return "-"
        return decisions.decision_link(self, payout, "take_back", _("Take back…"))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.take_back_view)
        return [path("<uuid:pk>/take-back/", view, name="payments_payout_take_back"), *super().get_urls()]

    def take_back_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """How much to take back of one payout, and why."""
        staff = decisions.staff_of(request, MAY_TAKE_BACK)
        payout = get_object_or_404(Payout.objects.select_related("seller", "account"), pk=pk)
        left = reversible_amount(payout)
        form = decisions.AmountForm(request.POST or None, initial={"left": left})
        if form.is_valid():
            amount = form.cleaned_data["amount"]
            try:
                reversal = payout_reverse(
                    payout=payout,
                    amount=left if amount is None else amount,
                    by=staff,
                    note=form.cleaned_data["note"],
                    seen_left=form.cleaned_data["left"],
                )
            except DomainError as error:
                show_errors(form, error)
            else:
                taken = format_money(reversal.amount, payout.currency)
                return decisions.decided(
                    self, request, payout, gettext("%(amount)s are being taken back.") % {"amount": taken}
                )
        return decisions.decision_page(
            self,
            request,
            row=payout,
            form=form,
            title=gettext("Take money of a payout back"),
            facts=[
                (_("Seller"), payout.seller.name),
                (_("Stripe account"), payout.account.stripe_account_id),
                (_("Paid out"), format_money(payout.amount, payout.currency)),
                (_("Left to take back"), format_money(left, payout.currency)),
            ],
            sentences=[
                _("Stripe takes the money from the seller's Stripe account, if it is still there."),
                _("It is then available to the seller again here, and the next weekly payout sends it."),
            ],
            button=gettext("Take it back"),
        )


@admin.register(PayoutReversal)
class PayoutReversalAdmin(WorkAdmin, ReadOnlyAdmin):
    list_display = (
        *("id", "payout", "amount", "status", "requested_by", "note"),
        *("created_at", "settled_at", "attempts", "last_error"),
    )
    list_filter = ("status",)
    list_select_related = ("payout", "requested_by")
    search_fields = ("stripe_reversal_id", "payout__stripe_transfer_id", "payout__seller__handle")


@admin.register(PayoutRun)
class PayoutRunAdmin(ReadOnlyAdmin):
    list_display = ("week_begins", "started_at", "finished_at", "payouts_count")
    ordering = ("-week_begins",)


@admin.register(BankPayout)
class BankPayoutAdmin(ReadOnlyAdmin):
    list_display = (
        *("stripe_payout_id", "account", "amount", "currency", "status", "failure_code"),
        *("created_at", "arrives_at"),
    )
    list_filter = ("status",)
    list_select_related = ("account",)
    search_fields = ("stripe_payout_id", "account__stripe_account_id", "account__seller__handle")
