"""New public text of a listing on sale before a moderator: old and new beside each other."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.forms import show_errors
from common.errors import DomainError
from listings.models import DecisionKind, ListingRevision
from listings.queries.revisions import revision_changes, revisions_waiting
from listings.services.revision_decisions import revision_apply, revision_reject
from listings.services.verdicts import MAX_REASON_LENGTH
from marketplace.pages.moderation_access import moderator_page
from marketplace.pages.moderation_queue import desk_context, next_url
from marketplace.pages.people import signed_in


class TextForm(forms.Form):
    reasons = forms.CharField(
        label=gettext_lazy("If you return it: why"),
        max_length=MAX_REASON_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@moderator_page
@require_http_methods(["GET", "HEAD", "POST"])
def text(request: HttpRequest, pk: int) -> HttpResponse:
    """What would change, and the two decisions."""
    moderator = signed_in(request)
    revision = revisions_waiting().filter(pk=pk).first()
    if revision is None:
        if not ListingRevision.objects.filter(pk=pk, submitted_at__isnull=False).exists():
            raise Http404
        messages.warning(request, _("This submission is no longer waiting."))
        return redirect(next_url(moderator))
    form = TextForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            if request.POST.get("decision") == DecisionKind.PUBLISH:
                revision_apply(revision=revision, moderator=moderator)
            else:
                revision_reject(
                    revision=revision, moderator=moderator, reasons=[form.cleaned_data["reasons"]]
                )
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("Decided."))
            return redirect(next_url(moderator))
    context = desk_context(moderator) | {
        "revision": revision,
        "listing": revision.listing,
        "changes": revision_changes(revision, revision.before),
        "form": form,
        "DecisionKind": DecisionKind,
    }
    return render(
        request, "pages/moderation/text.html", context, status=400 if form.errors and form.is_bound else 200
    )
