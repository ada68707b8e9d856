"""Prompts from a file: uploaded, tried row by row, imported on the seller's word. Nothing of it is public."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files import File
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms import show_errors
from common.errors import DomainError, NotFound
from common.spreadsheets import csv_lines
from listings.models import ImportJob, ImportOutcome, ImportState
from listings.queries.imports import import_rows, outcome_counts, own_import, own_imports
from listings.services.import_jobs import MAX_FILE_BYTES, import_cancel, import_start, import_upload
from marketplace.pages.selling_access import SellerRequest, seller_page

PAGE_SIZE = 50
SHOWN_JOBS = 10
REPORT_COLUMNS = ("line", "title", "outcome", "reason", "score", "listing")


class ImportForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV or JSON Lines, at most 10 MB and 5,000 rows."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.jsonl,.ndjson,.json"}),
        allow_empty_file=True,
    )


@seller_page
@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: SellerRequest) -> HttpResponse:
    """Choose a file; the ones before it."""
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if form.is_valid():
        try:
            job = _uploaded(request, form.cleaned_data["file"])
        except DomainError as error:
            show_errors(form, error)
        else:
            return redirect("studio_import", job.pk)
    jobs = list(own_imports(request.seller)[:SHOWN_JOBS])
    context = {"form": form, "jobs": jobs, "blank": "{{name}}", "section": "listings"}
    return render(request, "pages/selling/imports.html", context)


@seller_page
@require_safe
def import_job(request: SellerRequest, pk: uuid.UUID) -> HttpResponse:
    """How far it is, and what becomes of each row. For htmx the progress, and the page once it is over."""
    job = _own_import_or_404(request, pk)
    is_htmx = bool(getattr(request, "htmx", False))
    context = _context(job)
    if is_htmx:
        answer = render(request, "pages/selling/import_progress.html", context)
        if not job.is_active:
            answer["HX-Refresh"] = "true"
        return answer
    outcome = request.GET.get("outcome", "")
    outcome = outcome if outcome in ImportOutcome.values else ""
    page = Paginator(import_rows(job, outcome=outcome), PAGE_SIZE).get_page(request.GET.get("page"))
    context |= {"page": page, "outcome": outcome, "section": "listings"}
    return render(request, "pages/selling/import.html", context)


@seller_page
@require_POST
def start(request: SellerRequest, pk: uuid.UUID) -> HttpResponse:
    """Import what was checked."""
    job = _own_import_or_404(request, pk)
    try:
        import_start(job=job)
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect("studio_import", job.pk)


@seller_page
@require_POST
def cancel(request: SellerRequest, pk: uuid.UUID) -> HttpResponse:
    """Stop it where it is."""
    job = import_cancel(job=_own_import_or_404(request, pk))
    if job.state == ImportState.CANCELED:
        messages.success(request, _("Canceled. Drafts that were made already are among your listings."))
    return redirect("studio_import", job.pk)


@seller_page
@require_safe
def report_csv(request: SellerRequest, pk: uuid.UUID) -> StreamingHttpResponse:
    """Every row with what became of it, in the file's order."""
    job = _own_import_or_404(request, pk)
    rows = (
        (row.line, row.title, row.outcome, row.reason, row.score, row.listing.slug if row.listing else "")
        for row in import_rows(job).iterator(chunk_size=500)
    )
    return StreamingHttpResponse(
        csv_lines(REPORT_COLUMNS, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="import-{job.created_at:%Y-%m-%d-%H%M}.csv"'},
    )


def _uploaded(request: SellerRequest, file: "File[bytes]") -> ImportJob:
    """What is larger than it may be is read only far enough to be refused."""
    content = file.read(MAX_FILE_BYTES + 1)
    return import_upload(seller=request.seller, file_name=file.name or "", content=content)


def _own_import_or_404(request: SellerRequest, pk: uuid.UUID) -> ImportJob:
    try:
        return own_import(request.seller, pk)
    except NotFound as error:
        raise Http404 from error


def _context(job: ImportJob) -> dict[str, Any]:
    counts = outcome_counts(job)
    return {
        "job": job,
        "percent": job.rows_done * 100 // job.rows_total,
        "counts": counts,
        "outcomes": [
            {"value": value, "label": label, "count": counts[value]}
            for value, label in ImportOutcome.choices
            if counts[value]
        ],
        "title": _title(job),
        "import_label": ngettext("Import %(count)d draft", "Import %(count)d drafts", counts["new"])
        % {"count": counts["new"]},
    }


def _title(job: ImportJob) -> str:
    return {
        ImportState.CHECKING: _("Checking your file"),
        ImportState.CHECKED: _("Your file is checked"),
        ImportState.IMPORTING: _("Importing your prompts"),
        ImportState.DONE: _("Your prompts are in"),
        ImportState.CANCELED: _("This import was canceled"),
        ImportState.FAILED: _("This import was stopped"),
    }[ImportState(job.state)]
