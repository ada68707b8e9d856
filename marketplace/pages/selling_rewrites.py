"""Other words for public text from a model, where the operator offers it: asked for, shown, used by hand."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import show_errors
from common.errors import DomainError
from listings.models import Rewrite, RewriteField
from listings.rewriter import rewriter_host
from listings.services.rewriting import rewrite_request, rewrite_undo, rewrite_use
from marketplace.editor_drafts import typed_of
from marketplace.pages.selling_access import SellerRequest, own_listing_or_404, seller_page

SHOWN = 10


class RewriteForm(forms.Form):
    field = forms.ChoiceField(
        label=gettext_lazy("What to improve"), choices=RewriteField.choices, widget=forms.RadioSelect
    )
    consent = forms.BooleanField(
        label=gettext_lazy("Send title, summary and description there, this once"), required=False
    )


@seller_page
@require_http_methods(["GET", "HEAD", "POST"])
def rewrites(request: SellerRequest, slug: str) -> HttpResponse:
    """Ask, and see what came. For htmx the suggestions alone."""
    listing = own_listing_or_404(request, slug)
    host = rewriter_host()
    if not host:
        raise Http404
    form = (
        RewriteForm(request.POST) if request.method == "POST" else RewriteForm(initial={"field": "summary"})
    )
    if form.is_valid():
        try:
            rewrite_request(
                listing=listing, field=form.cleaned_data["field"], consents=form.cleaned_data["consent"]
            )
        except DomainError as error:
            show_errors(form, error)
        else:
            return redirect("studio_rewrites", slug)
    found = list(Rewrite.objects.filter(listing=listing).order_by("-created_at", "-pk")[:SHOWN])
    context = {
        "listing": listing,
        "host": host,
        "form": form,
        "rewrites": found,
        "is_unsaved": typed_of(listing) is not None,
        "is_waiting": any(rewrite.is_waiting for rewrite in found),
        "section": "listings",
    }
    is_htmx = bool(getattr(request, "htmx", False))
    return render(request, f"pages/selling/{'rewrite_list' if is_htmx else 'rewrites'}.html", context)


@seller_page
@require_POST
def use(request: SellerRequest, pk: int) -> HttpResponse:
    """Put a suggestion in the place of the listing's text."""
    rewrite = _own_rewrite_or_404(request, pk)
    if typed_of(rewrite.listing):
        messages.error(
            request, _("Save or throw away what you typed in the editor first: it would hide this.")
        )
        return redirect("studio_rewrites", rewrite.listing.slug)
    return _done(request, rewrite, rewrite_use, _("Put in. Undo brings back what stood there before."))


@seller_page
@require_POST
def undo(request: SellerRequest, pk: int) -> HttpResponse:
    """Put back what a suggestion took the place of."""
    rewrite = _own_rewrite_or_404(request, pk)
    return _done(request, rewrite, rewrite_undo, _("Undone. What stood there before stands there again."))


def _done(
    request: SellerRequest, rewrite: Rewrite, service: Callable[..., Rewrite], success: str
) -> HttpResponse:
    try:
        service(rewrite=rewrite)
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, success)
    return redirect("studio_rewrites", rewrite.listing.slug)


def _own_rewrite_or_404(request: SellerRequest, pk: int) -> Rewrite:
    own = Rewrite.objects.filter(listing__seller=request.seller).select_related("listing")
    rewrite = own.filter(pk=pk).first()
    if rewrite is None:
        raise Http404
    return rewrite
