"""What a buyer keeps beside a prompt: which version opens, labels, saved values, finished texts, runs."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms import show_errors
from common.errors import DomainError, NotFound
from marketplace.library.models import RenderRecord, RunReport
from marketplace.library.queries import label_names
from marketplace.library.services import (
    MAX_MODEL_VERSION,
    MAX_OUTPUT,
    labels_set,
    preset_delete,
    preset_save,
    renders_delete,
    run_delete,
    run_report,
)
from marketplace.pages.buying_access import buyer_page, typed
from marketplace.pages.buying_checkout import see_other
from marketplace.pages.buying_form import PromptForm
from marketplace.pages.people import signed_in
from payments.models import Entitlement
from payments.queries import entitlement_get, owned_version, version_in_use
from payments.services.reading import version_choose


class RunForm(forms.Form):
    """How a run went."""

    use_required_attribute = False

    model_version = forms.CharField(
        label=gettext_lazy("With which model and version?"),
        max_length=MAX_MODEL_VERSION,
        help_text=gettext_lazy("As the model calls itself, such as GPT-5.2 or Claude Opus 4.5."),
    )
    worked = forms.TypedChoiceField(
        label=gettext_lazy("Did it do what the examples show?"),
        choices=[("yes", gettext_lazy("Yes, it worked")), ("no", gettext_lazy("No, it did not"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    output = forms.CharField(
        label=gettext_lazy("What came out?"),
        required=False,
        max_length=MAX_OUTPUT,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("For the seller alone. The listing shows only how many runs worked."),
    )


@buyer_page
@require_POST
def library_version(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Follow the newest version, or pin one."""
    entitlement = _own_or_404(request, pk)
    number = typed(request.POST.get("version", ""), 8)
    try:
        version_choose(entitlement=entitlement, number=int(number) if number.isdecimal() else None)
    except NotFound as error:
        raise Http404 from error
    if entitlement.follows_updates:
        messages.success(request, _("From now on the newest version opens."))
    else:
        pinned = _("Version %(number)s opens until you choose another.")
        messages.success(request, pinned % {"number": number})
    return see_other(entitlement.get_absolute_url())


@buyer_page
@require_POST
def library_label(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """File it under the labels that were typed, separated by commas."""
    entitlement = _own_or_404(request, pk)
    names = label_names(typed(request.POST.get("labels", ""), 600))
    try:
        labels_set(entitlement=entitlement, user=signed_in(request), names=names)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Your labels are saved."))
    return see_other(entitlement.get_absolute_url())


@buyer_page
@require_POST
def library_preset(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Keep what is filled in under a name."""
    entitlement = _own_or_404(request, pk)
    version = _version_or_404(entitlement, request.GET.get("version", ""))
    form = PromptForm(version, request.POST)
    try:
        preset = preset_save(
            entitlement=entitlement, name=request.POST.get("preset", ""), values=form.typed_values()
        )
    except DomainError as error:
        messages.error(request, error.message)
        return see_other(entitlement.get_absolute_url())
    messages.success(request, _("Kept as “%(name)s”.") % {"name": preset.name})
    return see_other(f"{entitlement.get_absolute_url()}?preset={preset.pk}")


@buyer_page
@require_POST
def library_preset_delete(request: HttpRequest, pk: uuid.UUID, preset: int) -> HttpResponse:
    entitlement = _own_or_404(request, pk)
    preset_delete(entitlement=entitlement, preset_id=preset)
    messages.success(request, _("Those values are deleted."))
    return see_other(entitlement.get_absolute_url())


@buyer_page
@require_safe
def library_history(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The texts that were finished lately, by their values."""
    entitlement = _own_or_404(request, pk)
    records = RenderRecord.objects.filter(entitlement=entitlement).select_related("version")
    rows = records.defer("version__text", "version__instructions", "version__variables").order_by("-pk")
    context = {
        "entitlement": entitlement,
        "listing": entitlement.listing,
        "rows": [(row, _shown(row.values)) for row in rows],
    }
    return render(request, "pages/buying/library_history.html", context)


@buyer_page
@require_POST
def library_history_delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Forget one finished text, or all."""
    entitlement = _own_or_404(request, pk)
    which = request.POST.get("render", "")
    renders_delete(entitlement=entitlement, render_id=int(which) if which.isdecimal() else None)
    messages.success(request, _("Forgotten."))
    return see_other(reverse("library_history", kwargs={"pk": pk}))


@buyer_page
@require_http_methods(["GET", "HEAD", "POST"])
def library_run(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Say how a run went; one's own reports, each with a way to take it back."""
    entitlement = _own_or_404(request, pk)
    if (gone := request.POST.get("delete", "")).isdecimal():
        run_delete(entitlement=entitlement, report_id=int(gone))
        messages.success(request, _("Your report is gone."))
        return see_other(reverse("library_run", kwargs={"pk": pk}))
    form = RunForm(request.POST if request.method == "POST" else None, label_suffix="")
    number = version_in_use(entitlement)
    if form.is_bound and form.is_valid():
        try:
            version = owned_version(entitlement, number)
            run_report(entitlement=entitlement, version=version, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("Thank you. It counts on the listing."))
            return see_other(entitlement.get_absolute_url())
    runs = (
        RunReport.objects.filter(entitlement=entitlement).select_related("version").order_by("-reported_at")
    )
    context: dict[str, Any] = {
        "form": form,
        "entitlement": entitlement,
        "listing": entitlement.listing,
        "number": number,
        "runs": runs.defer("version__text", "version__instructions", "version__variables"),
    }
    return render(request, "pages/buying/library_run.html", context, status=400 if form.errors else 200)


def _own_or_404(request: HttpRequest, pk: uuid.UUID) -> Entitlement:
    try:
        return entitlement_get(signed_in(request), pk)
    except NotFound as error:
        raise Http404 from error


def _version_or_404(entitlement: Entitlement, asked: str) -> Any:
    number = int(asked) if asked.isdecimal() and len(asked) < 9 else version_in_use(entitlement)
    try:
        return owned_version(entitlement, number)
    except NotFound as error:
        raise Http404 from error


def _shown(values: dict[str, Any]) -> list[tuple[str, str]]:
    """What was filled in, by name; what was left empty is left out."""
    texts = {name: ", ".join(value) if isinstance(value, list) else value for name, value in values.items()}
    return [(name, str(text)) for name, text in texts.items() if text]
