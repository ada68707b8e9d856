"""Refund claims before the seller: what buyers show, and the answer."""

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import show_errors
from common.errors import DomainError, NotFound
from marketplace.pages.buying_checkout import see_other
from marketplace.pages.claims import WordsForm, claim_context
from marketplace.pages.selling_access import SellerRequest, seller_page
from payments.models import ClaimStatus, RefundClaim, StepKind
from payments.queries_claims import seller_claim, seller_claims
from payments.services.refund_claims import refund_claim_accept, refund_claim_contest
from payments.services.refund_rows import item_left_amount

PAGE_SIZE = 25


@seller_page
@require_safe
def claims(request: SellerRequest) -> HttpResponse:
    """Those that wait for an answer first."""
    page = Paginator(seller_claims(request.seller), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "pages/selling/claims.html", {"page": page, "section": "sales"})


@seller_page
@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: SellerRequest, pk: uuid.UUID) -> HttpResponse:
    """GET shows evidence and story. POST accepts, or contests with a reply."""
    try:
        row = seller_claim(request.seller, pk)
    except NotFound as error:
        raise Http404 from error
    does_accept = request.POST.get("answer") == "accept"
    form = WordsForm(request.POST if request.method == "POST" and not does_accept else None)
    status = 200
    try:
        if request.method == "POST" and does_accept:
            refund_claim_accept(claim=row, seller=request.seller)
            messages.success(request, _("You agreed. The buyer is told."))
            return see_other(reverse("studio_claim", kwargs={"pk": pk}))
        if form.is_bound and form.is_valid():
            refund_claim_contest(claim=row, seller=request.seller, words=form.cleaned_data["words"])
            messages.success(request, _("Your reply is sent. A moderator decides."))
            return see_other(reverse("studio_claim", kwargs={"pk": pk}))
    except DomainError as error:
        status = error.status
        if form.is_bound:
            show_errors(form, error)
        else:
            messages.error(request, error.message)
    context = claim_context(row) | {
        "side": "seller",
        "form": form,
        "left": item_left_amount(row.item),
        "may_reply": row.status == ClaimStatus.OPEN or _is_referred_unheard(row),
        "section": "sales",
    }
    return render(request, "pages/selling/claim.html", context, status=400 if form.errors else status)


def _is_referred_unheard(row: RefundClaim) -> bool:
    """Passed on to a moderator before the seller said a word."""
    return row.status == ClaimStatus.CONTESTED and not row.steps.filter(kind=StepKind.CONTESTED).exists()
