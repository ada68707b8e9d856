"""A buyer asks for the money back of one prompt: at once while it was not opened, else with evidence."""

import uuid
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import show_errors
from common.errors import Conflict, DomainError, NotFound
from common.money import format_money
from listings.models import PromptVersion
from marketplace.pages.buying_access import buyer_page
from marketplace.pages.buying_checkout import see_other
from marketplace.pages.buying_refunds import RefundForm
from marketplace.pages.claims import claim_context
from marketplace.pages.people import signed_in
from payments.models import Entitlement, RefundClaim, RefundReason
from payments.queries import entitlement_get
from payments.queries_claims import buyer_claim, claim_of_item
from payments.services import refund_request
from payments.services.refund_claim_open import (
    MAX_MODEL_VERSION,
    MAX_OUTPUT,
    ClaimEvidence,
    refund_claim_open,
    refuse_what_cannot_be_claimed,
)
from payments.services.refund_claims import refund_claim_withdraw
from payments.services.refund_rows import item_left_amount


class ClaimForm(forms.Form):
    """What was tried and what came out, against an example of the version."""

    use_required_attribute = False

    example = forms.TypedChoiceField(label=gettext_lazy("Which example does it fall short of?"), coerce=int)
    tried = forms.CharField(
        label=gettext_lazy("What did you try?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("The values you filled in, and what you expected."),
    )
    model_version = forms.CharField(
        label=gettext_lazy("With which model and version?"),
        max_length=MAX_MODEL_VERSION,
        help_text=gettext_lazy("As the model calls itself, such as GPT-5.2 or Claude Opus 4.5."),
    )
    output = forms.CharField(
        label=gettext_lazy("What came out?"),
        max_length=MAX_OUTPUT,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("Word for word. Only you, the seller and moderators see it."),
    )
    picture = forms.FileField(
        label=gettext_lazy("A picture"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
        help_text=gettext_lazy("A screenshot or the image that came out, if that says more."),
    )

    def __init__(self, data: Any = None, files: Any = None, *, version: PromptVersion) -> None:
        super().__init__(data, files, label_suffix="")
        count = version.examples.count()
        choices = [(n, _("Example %(number)s") % {"number": n}) for n in range(1, count + 1)]
        self.fields["example"].choices = [*choices, (0, _("None of them: it is something else"))]  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class ItemRefund:
    """How the price of one item can come back. `obstacle` says why it cannot, in a sentence."""

    amount_label: str
    is_at_once: bool
    obstacle: Any = ""


def item_refund(entitlement: Entitlement) -> ItemRefund | None:
    """What the library offers for an item it was paid for; None where nothing was."""
    item = entitlement.item
    if item.net_amount == 0:
        return None
    label = format_money(item_left_amount(item), item.order.currency)
    try:
        refuse_what_cannot_be_claimed(entitlement, item)
    except Conflict as error:
        if error.code == "not_opened":
            return ItemRefund(label, is_at_once=True)
        return ItemRefund(label, is_at_once=False, obstacle=error.message)
    return ItemRefund(label, is_at_once=False)


@buyer_page
@require_http_methods(["GET", "HEAD", "POST"])
def library_refund(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask for the money back of one prompt. Asking does not open it."""
    try:
        entitlement = entitlement_get(signed_in(request), pk)
    except NotFound as error:
        raise Http404 from error
    claim = claim_of_item(entitlement.item_id)
    if claim is not None and claim.is_active and claim.buyer_id == signed_in(request).pk:
        return redirect("refund_claim", pk=claim.pk)
    offer = item_refund(entitlement)
    if offer is None:
        messages.info(request, _("This one was free, so there is nothing to give back."))
        return redirect("library_item", pk=pk)
    if offer.is_at_once:
        return _at_once(request, entitlement, offer)
    return _with_evidence(request, entitlement, offer)


@buyer_page
@require_http_methods(["GET", "HEAD"])
def refund_claim(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One claim with its story."""
    claim = _own_claim_or_404(request, pk)
    context = claim_context(claim) | {"side": "buyer", "section": "orders"}
    return render(request, "pages/buying/claim.html", context)


@buyer_page
@require_POST
def refund_claim_take_back(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Keep the prompt after all."""
    claim = _own_claim_or_404(request, pk)
    try:
        refund_claim_withdraw(claim=claim, buyer=signed_in(request))
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Your claim is withdrawn. You keep the prompt."))
    return see_other(reverse("refund_claim", kwargs={"pk": pk}))


def _at_once(request: HttpRequest, entitlement: Entitlement, offer: ItemRefund) -> HttpResponse:
    form, status = RefundForm(request.POST if request.method == "POST" else None), 200
    if form.is_bound and form.is_valid():
        try:
            refund_request(
                order=entitlement.item.order,
                by=signed_in(request),
                reason=RefundReason.BUYER_REQUEST,
                item=entitlement.item,
                note=form.cleaned_data["note"],
            )
        except DomainError as error:
            show_errors(form, error)
            status = error.status
        else:
            messages.success(request, _("Your refund is on its way. Banks take 5 to 10 days to show it."))
            return see_other(reverse("order", kwargs={"pk": entitlement.item.order_id}))
    return _asked(request, entitlement, offer, form, status)


def _with_evidence(request: HttpRequest, entitlement: Entitlement, offer: ItemRefund) -> HttpResponse:
    given = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form, status = ClaimForm(*given, version=entitlement.version), 200
    if form.is_bound and form.is_valid():
        try:
            claim = refund_claim_open(
                entitlement=entitlement, buyer=signed_in(request), evidence=_evidence(form.cleaned_data)
            )
        except DomainError as error:
            show_errors(form, error)
            status = error.status
        else:
            messages.success(request, _("The seller is asked. Each step is mailed to you and shown here."))
            return see_other(reverse("refund_claim", kwargs={"pk": claim.pk}))
    elif form.is_bound:
        status = 400
    return _asked(request, entitlement, offer, form, status)


def _evidence(data: dict[str, Any]) -> ClaimEvidence:
    file = data.pop("picture", None)
    return ClaimEvidence(**data, picture=(file, file.size) if file else None)


def _asked(
    request: HttpRequest, entitlement: Entitlement, offer: ItemRefund, form: forms.Form, status: int
) -> HttpResponse:
    context = {
        "entitlement": entitlement,
        "listing": entitlement.listing,
        "offer": offer,
        "form": form,
        "hours": settings.REFUND_ANSWER_HOURS,
        "support_address": parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
        "order": entitlement.item.order,
    }
    return render(request, "pages/buying/library_refund.html", context, status=status)


def _own_claim_or_404(request: HttpRequest, pk: uuid.UUID) -> RefundClaim:
    try:
        return buyer_claim(signed_in(request), pk)
    except NotFound as error:
        raise Http404 from error
