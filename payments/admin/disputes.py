"""Disputes and our answers to them: read here, and answered."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import linebreaksbr
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common.errors import DomainError
from common.read_only_admin import ReadOnlyAdmin
from payments.admin.inlines import ReadOnlyInline
from payments.admin.work import WorkAdmin
from payments.models import Dispute, DisputeEvidence, DisputeItem, DisputeMovement
from payments.services.evidence import evidence_draft, evidence_note_update, evidence_request


class DisputeItemInline(ReadOnlyInline):
    model = DisputeItem
    fields = ("item", "amount", "seller_amount")
    readonly_fields = fields


class DisputeMovementInline(ReadOnlyInline):
    model = DisputeMovement
    fields = ("stripe_balance_transaction_id", "amount", "fee_amount", "created_at")
    readonly_fields = fields


class DisputeEvidenceInline(ReadOnlyInline):
    model = DisputeEvidence
    fields = ("created_at", "requested_at", "requested_by", "submitted_at", "last_error")
    readonly_fields = fields
    show_change_link = True


@admin.register(Dispute)
class DisputeAdmin(ReadOnlyAdmin):
    list_display = (
        "stripe_dispute_id",
        "order",
        "status",
        "amount",
        "reason",
        "evidence_due_at",
        "closed_at",
    )
    list_filter = ("status", "reason")
    search_fields = ("stripe_dispute_id", "payment__order__number", "payment__stripe_payment_intent_id")
    list_select_related = ("payment__order",)
    ordering = ("-opened_at",)
    readonly_fields = ("order",)
    inlines = (DisputeItemInline, DisputeMovementInline, DisputeEvidenceInline)
    actions = ("evidence_send", "evidence_draft_again")

    @admin.display(description=_("order"))
    def order(self, dispute: Dispute) -> str:
        return dispute.payment.order.number

    @admin.action(description=_("Send the evidence to the bank"))
    def evidence_send(self, request: HttpRequest, queryset: QuerySet[Dispute]) -> None:
        self._for_each(
            request,
            queryset,
            lambda dispute, by: evidence_request(dispute_pk=dispute.pk, by=by),
            _("%(id)s: the evidence is on its way."),
        )

    @admin.action(description=_("Draft it again"))
    def evidence_draft_again(self, request: HttpRequest, queryset: QuerySet[Dispute]) -> None:
        self._for_each(
            request,
            queryset,
            lambda dispute, by: evidence_draft(dispute_pk=dispute.pk, by=by),
            _("%(id)s: the evidence is drafted from what is known now."),
        )

    def _for_each(
        self,
        request: HttpRequest,
        queryset: QuerySet[Dispute],
        act: Callable[[Dispute, User], Any],
        done: Any,
    ) -> None:
        for dispute in queryset.order_by("pk"):
            try:
                is_done = act(dispute, request.user) is not None  # type: ignore[arg-type]  # staff are users
            except DomainError as error:
                self.message_user(request, f"{dispute}: {error}", messages.ERROR)
                continue
            text = done if is_done else _("%(id)s: it is on its way already, or no answer is wanted.")
            self.message_user(
                request, text % {"id": dispute}, messages.SUCCESS if is_done else messages.WARNING
            )

    def has_answer_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("payments.change_dispute"))

    evidence_send.allowed_permissions = ("answer",)  # type: ignore[attr-defined]
    evidence_draft_again.allowed_permissions = ("answer",)  # type: ignore[attr-defined]


@admin.register(DisputeEvidence)
class DisputeEvidenceAdmin(WorkAdmin):
    """What the bank gets. Only the note is a person's to write, and only until it is sent."""

    list_display = ("dispute", "created_at", "requested_at", "submitted_at", "attempts", "last_error")
    list_filter = (("submitted_at", admin.EmptyFieldListFilter),)
    list_select_related = ("dispute",)
    fields = ("dispute", "note", "what_is_sent", "created_at", "requested_at", "requested_by", "submitted_at")
    readonly_fields = (
        "dispute",
        "what_is_sent",
        "created_at",
        "requested_at",
        "requested_by",
        "submitted_at",
    )
    actions = None

    @admin.display(description=_("what is sent"))
    def what_is_sent(self, evidence: DisputeEvidence) -> SafeString:
        rows = [(name, linebreaksbr(text, autoescape=True)) for name, text in sorted(evidence.fields.items())]
        return format_html_join("", "<h3>{}</h3><p>{}</p>", rows)

    def save_model(self, request: HttpRequest, obj: DisputeEvidence, form: Any, change: bool) -> None:
        try:
            evidence_note_update(evidence_pk=obj.pk, note=obj.note, by=request.user)  # type: ignore[arg-type]
        except DomainError as error:
            self.message_user(request, str(error), messages.ERROR)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: DisputeEvidence | None = None) -> bool:
        return (obj is None or obj.requested_at is None) and super().has_change_permission(request, obj)
