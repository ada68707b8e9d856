"""Reports and takedowns before a moderator."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import show_errors
from accounts.models import User
from common import clock
from common.errors import DomainError
from listings.models import Takedown, TakedownKind, TakedownState
from listings.queries.moderation import has_other_moderator
from listings.queries.timeline import timeline_of
from listings.services.takedowns import MAX_WORDS, counter_deadline, takedown_restore, takedown_uphold
from marketplace.models import Report
from marketplace.pages.moderation_access import moderator_page
from marketplace.pages.moderation_queue import desk_context
from marketplace.pages.people import signed_in
from marketplace.report_queries import open_reports, open_takedowns, reports_of
from marketplace.reports import report_dismiss, report_uphold


def _words(label: object, rows: int = 3) -> forms.CharField:
    return forms.CharField(
        label=label,  # type: ignore[arg-type]
        max_length=MAX_WORDS,
        required=False,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class ReportDecisionForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("Reason for a takedown"), choices=TakedownKind.choices)
    words = _words(gettext_lazy("To the seller: what is wrong"))
    answer = _words(gettext_lazy("To the reporter"), rows=2)


class TakedownForm(forms.Form):
    words = _words(gettext_lazy("Why, for seller and reporter"))
    ends_access = forms.BooleanField(
        label=gettext_lazy("End buyers' access and give their money back (a legal takedown)"), required=False
    )


@moderator_page
@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    context = desk_context(signed_in(request), "reports") | {"reports": open_reports()[:200]}
    return render(request, "pages/moderation/reports.html", context)


@moderator_page
@require_safe
def takedowns(request: HttpRequest) -> HttpResponse:
    context = desk_context(signed_in(request), "takedowns") | {"takedowns": open_takedowns()[:200]}
    return render(request, "pages/moderation/takedowns.html", context)


@moderator_page
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """One report, what else was said of the listing, and the two decisions."""
    moderator = signed_in(request)
    row = Report.objects.select_related("listing__seller", "listing__model").filter(pk=pk).first()
    if row is None:
        raise Http404
    initial = {"kind": row.kind}
    form = ReportDecisionForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid() and _report_decided(request, moderator, row, form):
        return redirect("moderation_reports")
    context = desk_context(moderator, "reports") | {
        "report": row,
        "listing": row.listing,
        "others": reports_of([row.listing]).exclude(pk=row.pk)[:20],
        "timeline": timeline_of(row.listing),
        "form": form,
    }
    return render(request, "pages/moderation/report.html", context, status=400 if form.errors else 200)


def _report_decided(request: HttpRequest, moderator: User, row: Report, form: ReportDecisionForm) -> bool:
    data = form.cleaned_data
    try:
        if request.POST.get("decision") == "uphold":
            report_uphold(
                report=row,
                moderator=moderator,
                kind=data["kind"],
                words=data["words"],
                answer=data["answer"],
            )
            sentence = _("“%(title)s” was taken down. Seller and reporter are told.")
        else:
            report_dismiss(report=row, moderator=moderator, answer=data["answer"])
            sentence = _("The report on “%(title)s” is closed. The reporter is told.")
    except DomainError as error:
        show_errors(form, error)
        return False
    messages.success(request, sentence % {"title": row.listing.title})
    return True


@moderator_page
@require_http_methods(["GET", "HEAD", "POST"])
def takedown(request: HttpRequest, pk: int) -> HttpResponse:
    """One takedown, the seller's counter-notice, and the judgement of another moderator."""
    moderator = signed_in(request)
    row = Takedown.objects.select_related("listing__seller", "moderator", "decided_by").filter(pk=pk).first()
    if row is None:
        raise Http404
    form = TakedownForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and _takedown_decided(request, moderator, row, form):
        return redirect("moderation_takedowns")
    was_first = row.moderator_id == moderator.pk
    context = desk_context(moderator, "takedowns") | {
        "takedown": row,
        "listing": row.listing,
        "reports": reports_of([row.listing])[:20],
        "timeline": timeline_of(row.listing),
        "form": form,
        "was_first": was_first,
        "may_restore": row.is_open and (not was_first or row.state == TakedownState.IN_FORCE),
        "may_uphold": row.is_open
        and not was_first
        and (row.state == TakedownState.COUNTERED or clock.now() >= counter_deadline(row)),
        "deadline": counter_deadline(row),
        "is_only_moderator": was_first and not has_other_moderator(moderator),
    }
    return render(request, "pages/moderation/takedown.html", context, status=400 if form.errors else 200)


def _takedown_decided(request: HttpRequest, moderator: User, row: Takedown, form: TakedownForm) -> bool:
    words = form.cleaned_data["words"]
    try:
        if request.POST.get("decision") == "restore":
            takedown_restore(takedown=row, moderator=moderator, words=words)
            sentence = _("“%(title)s” is back where it was.")
        else:
            ends = form.cleaned_data["ends_access"]
            takedown_uphold(takedown=row, moderator=moderator, words=words, ends_access=ends)
            sentence = _("The takedown of “%(title)s” is final.")
    except DomainError as error:
        show_errors(form, error)
        return False
    messages.success(request, sentence % {"title": row.listing.title})
    return True
