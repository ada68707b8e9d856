"""How a listing's runs went, the seller's word that it still works, and remixes of others' free prompts."""

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common.errors import DomainError, NotFound
from listings.queries.detail import is_stale
from listings.services.attesting import listing_attest
from listings.services.remixing import listing_remix
from marketplace.library.queries import run_counts, runs_of
from marketplace.pages.buying_checkout import see_other
from marketplace.pages.people import signed_in
from marketplace.pages.selling_access import SellerRequest, own_listing_or_404, seller_page
from payments.queries import entitlement_get

PAGE_SIZE = 25


@seller_page
@require_safe
def listing_runs(request: SellerRequest, slug: str) -> HttpResponse:
    """What buyers report, with what came out where they said; never who."""
    listing = own_listing_or_404(request, slug)
    version = listing.published_version
    context = {
        "listing": listing,
        "page": Paginator(runs_of(listing), PAGE_SIZE).get_page(request.GET.get("page")),
        "counts": run_counts(listing),
        "is_stale": is_stale(listing, version.published_at if version else None),
        "section": "listings",
    }
    return render(request, "pages/selling/runs.html", context)


@seller_page
@require_POST
def listing_works(request: SellerRequest, slug: str) -> HttpResponse:
    """The seller has tried it with the model as it is."""
    listing_attest(listing=own_listing_or_404(request, slug))
    messages.success(request, _("Noted. The listing says so no longer."))
    return see_other(reverse("studio_listing_runs", args=[slug]))


@seller_page
@require_POST
def remix(request: SellerRequest, pk: uuid.UUID) -> HttpResponse:
    """A draft that begins as a free prompt of one's library."""
    try:
        entitlement = entitlement_get(signed_in(request), pk)
    except NotFound as error:
        raise Http404 from error
    try:
        draft = listing_remix(version=entitlement.version, seller=request.seller)
    except DomainError as error:
        messages.error(request, error.message)
        return see_other(entitlement.listing.get_absolute_url())
    messages.success(request, _("This is your draft. Make it your own, then submit it."))
    return see_other(reverse("studio_listing_edit", args=[draft.slug]))
