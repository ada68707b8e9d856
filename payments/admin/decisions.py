"""Pages of the admin where staff decide about an amount: what it means, how much, and why."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.options import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common.money_fields import AmountField


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("Why?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text=_("Kept with the record of who decided."),
    )


class AmountForm(NoteForm):
    """How much, and why; `left` is what the page showed."""

    amount = AmountField(
        label=_("Amount in US dollars"), required=False, help_text=_("All that is left, if empty.")
    )
    left = forms.IntegerField(widget=forms.HiddenInput)
    field_order = ("amount", "note", "left")


def decision_page(
    model_admin: "ModelAdmin[Any]",
    request: HttpRequest,
    *,
    row: Any,
    form: forms.Form,
    title: Any,
    facts: Sequence[tuple[Any, Any]],
    sentences: Sequence[Any],
    button: Any,
) -> HttpResponse:
    """The page: facts about the row, what the decision does, the form."""
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": title,
        "row": row,
        "row_url": change_url(model_admin, row),
        "form": form,
        "facts": facts,
        "sentences": sentences,
        "button": button,
    }
    return TemplateResponse(request, "admin/payments/decision.html", context)


def decided(
    model_admin: "ModelAdmin[Any]", request: HttpRequest, row: Any, sentence: str
) -> HttpResponseRedirect:
    """Back to the row, with what was done."""
    model_admin.message_user(request, sentence, messages.SUCCESS)
    return HttpResponseRedirect(change_url(model_admin, row))


def change_url(model_admin: "ModelAdmin[Any]", row: Any) -> str:
    return reverse(f"admin:{_name(model_admin)}_change", args=[row.pk])


def decision_link(model_admin: "ModelAdmin[Any]", row: Any, page: str, label: Any) -> SafeString:
    """A link to one of these pages, for a row's own page."""
    return format_html(
        '<a href="{}">{}</a>', reverse(f"admin:{_name(model_admin)}_{page}", args=[row.pk]), label
    )


def go_to_page(
    model_admin: "ModelAdmin[Any]", request: HttpRequest, rows: Any, page: str
) -> HttpResponseRedirect | None:
    """From an action on the list to the page of the one row that was ticked."""
    if rows.count() != 1:
        model_admin.message_user(request, _("Choose one at a time."), messages.WARNING)
        return None
    return HttpResponseRedirect(reverse(f"admin:{_name(model_admin)}_{page}", args=[rows.get().pk]))


def staff_of(request: HttpRequest, permission: str) -> User:
    """The member of staff who asks. Raises PermissionDenied without the permission."""
    if not isinstance(request.user, User) or not request.user.has_perm(permission):
        raise PermissionDenied
    return request.user


def _name(model_admin: "ModelAdmin[Any]") -> str:
    return f"{model_admin.opts.app_label}_{model_admin.opts.model_name}"
