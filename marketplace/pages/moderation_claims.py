"""Refund claims before a moderator, who decides with words for both sides."""

import uuid

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import show_errors
from common.errors import DomainError, NotFound
from marketplace.pages.claims import WordsForm, claim_context
from marketplace.pages.moderation_access import moderator_page
from marketplace.pages.moderation_queue import desk_context
from marketplace.pages.people import signed_in
from payments.models import RefundClaim
from payments.queries_claims import claims_before_moderators, moderator_claim, referred_for
from payments.services.refund_claims import refund_claim_decide
from payments.services.refund_rows import item_left_amount


@moderator_page
@require_safe
def claims(request: HttpRequest) -> HttpResponse:
    """What sellers contest, and what was referred, the oldest first."""
    context = desk_context(signed_in(request), "claims") | {"claims": claims_before_moderators()[:200]}
    return render(request, "pages/moderation/claims.html", context)


@moderator_page
@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Evidence, example and story; and the two decisions."""
    try:
        row = moderator_claim(pk)
    except NotFound as error:
        raise Http404 from error
    form = WordsForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and _decided(request, row, form):
        return redirect("moderation_claims")
    moderator = signed_in(request)
    context = desk_context(moderator, "claims") | claim_context(row)
    context |= {
        "side": "moderator",
        "form": form,
        "left": item_left_amount(row.item),
        "referred_for": referred_for(row),
    }
    return render(request, "pages/moderation/claim.html", context, status=400 if form.errors else 200)


def _decided(request: HttpRequest, row: RefundClaim, form: forms.Form) -> bool:
    is_refunded = request.POST.get("decision") == "refund"
    words = form.cleaned_data["words"]
    try:
        refund_claim_decide(claim=row, moderator=signed_in(request), is_refunded=is_refunded, words=words)
    except DomainError as error:
        show_errors(form, error)
        return False
    messages.success(request, _("Decided. Buyer and seller are told."))
    return True
