"""Telling us what is wrong with a listing."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.forms import show_errors
from accounts.models import User
from common.errors import DomainError, NotFound
from listings.models import TakedownKind
from listings.queries.detail import public_listing
from marketplace.addresses import client_address
from marketplace.reports import MAX_TEXT, report_make


class ReportForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("What is wrong?"), choices=TakedownKind.choices, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=gettext_lazy("In your words"),
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy(
            "Where to look, and for a right of yours: what it is and where it can be seen."
        ),
    )
    email = forms.EmailField(
        label=gettext_lazy("Your email address"),
        help_text=gettext_lazy("We write to you when a moderator has looked. The seller does not see it."),
    )

    def __init__(self, data: QueryDict | None, user: User | None) -> None:
        super().__init__(data)
        if user is not None:
            del self.fields["email"]


@require_http_methods(["GET", "HEAD", "POST"])
def prompt_report(request: HttpRequest, slug: str) -> HttpResponse:
    """The form, for anyone; a signed-in person is not asked for an address."""
    try:
        listing = public_listing(slug)
    except NotFound as error:
        raise Http404 from error
    reporter = request.user if isinstance(request.user, User) else None
    form, status = ReportForm(request.POST if request.method == "POST" else None, reporter), 200
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            report_make(
                listing=listing,
                kind=data["kind"],
                text=data["text"],
                email=data.get("email", ""),
                reporter=reporter,
                address=client_address(request),
                language=(get_language() or "en")[:2],
            )
        except DomainError as error:
            show_errors(form, error)
            status = error.status
        else:
            messages.success(request, _("Thank you. A moderator will look, and we write to you then."))
            return redirect(listing)
    return render(request, "pages/finding/report.html", {"listing": listing, "form": form}, status=status)
