"""The seller's own listings: the list, and what can be done with one in a click."""

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.errors import DomainError, InvalidInput
from listings.models import Listing, ListingStatus
from listings.queries.studio import (
    ARCHIVED,
    DELETED,
    own_deleted_listing,
    own_shown_listings,
    own_status_counts,
)
from listings.services.deleted import (
    KEPT_DAYS,
    listing_archive,
    listing_duplicate,
    listing_restore,
    listing_unarchive,
)
from listings.services.drafts import listing_delete
from listings.services.review import listing_relist, listing_submit, listing_unlist, listing_withdraw
from marketplace.editor_drafts import typed_among, typed_of
from marketplace.pages.people import signed_in
from marketplace.pages.selling_access import SellerRequest, own_listing_or_404, seller_page

PAGE_SIZE = 25


@seller_page
@require_safe
def listings(request: SellerRequest) -> HttpResponse:
    """Own listings, 25 a page, filtered by status and by words of the title."""
    status = request.GET.get("status", "")
    status = status if status in (*ListingStatus.values, ARCHIVED, DELETED) else ""
    q = request.GET.get("q", "").replace("\0", "").strip()[:100]
    page = Paginator(own_shown_listings(request.seller, status=status, q=q), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    typed = typed_among(page.object_list)
    for listing in page.object_list:
        listing.typed = typed.get(listing.pk)  # type: ignore[attr-defined]
    counts = own_status_counts(request.seller)
    aside = (ListingStatus.REMOVED, ARCHIVED, DELETED)
    context = {
        "page": page,
        "status": status,
        "q": q,
        "filters": [
            {"value": value, "label": label, "count": counts[value]}
            for value, label in [*ListingStatus.choices, (ARCHIVED, _("Archived")), (DELETED, _("Deleted"))]
            if counts.get(value)
        ],
        "total": sum(n for value, n in counts.items() if value not in aside),
        "undo": own_deleted_listing(request.seller, request.GET.get("deleted", "")),
        "kept_days": KEPT_DAYS,
        "section": "listings",
    }
    return render(request, "pages/selling/listings.html", context)


@seller_page
@require_POST
def submit(request: SellerRequest, slug: str) -> HttpResponse:
    """Put a listing before the moderators; what keeps it from that is shown in the editor."""
    listing = own_listing_or_404(request, slug)
    if typed_of(listing) is not None:
        messages.warning(request, _("You have changes here that are not saved. Save or discard them first."))
        return redirect("studio_listing_edit", slug)
    try:
        listing_submit(listing=listing, by=signed_in(request))
    except InvalidInput:
        return redirect(reverse("studio_listing_edit", args=[slug]) + "?check=1")
    except DomainError as error:
        messages.error(request, str(error.message))
        return _back(request)
    messages.success(request, _("“%(title)s” is with the moderators now.") % {"title": listing.title})
    return redirect("studio_listing_edit", slug)


@seller_page
@require_POST
def withdraw(request: SellerRequest, slug: str) -> HttpResponse:
    """Take a submission back, to change it."""
    listing = own_listing_or_404(request, slug)
    done = _("“%(title)s” is withdrawn. You can change it again.")
    return _act(request, listing, lambda: listing_withdraw(listing=listing, by=signed_in(request)), done)


@seller_page
@require_POST
def unlist(request: SellerRequest, slug: str) -> HttpResponse:
    """Take a listing off sale. Relisting undoes it, so nothing is asked first."""
    listing = own_listing_or_404(request, slug)
    done = _("“%(title)s” is off sale. Those who own it keep it; relist it whenever you like.")
    return _act(request, listing, lambda: listing_unlist(listing=listing, by=signed_in(request)), done)


@seller_page
@require_POST
def relist(request: SellerRequest, slug: str) -> HttpResponse:
    """Put an unlisted listing on sale again."""
    listing = own_listing_or_404(request, slug)
    done = _("“%(title)s” is on sale again.")
    return _act(request, listing, lambda: listing_relist(listing=listing, by=signed_in(request)), done)


@seller_page
@require_POST
def archive(request: SellerRequest, slug: str) -> HttpResponse:
    """Put a listing that is off sale out of sight. Bringing it back undoes it, so nothing is asked first."""
    listing = own_listing_or_404(request, slug)
    done = _("“%(title)s” is archived. You find it under “Archived”.")
    return _act(request, listing, lambda: listing_archive(listing=listing), done)


@seller_page
@require_POST
def unarchive(request: SellerRequest, slug: str) -> HttpResponse:
    """Put an archived listing back among the others."""
    listing = own_listing_or_404(request, slug)
    done = _("“%(title)s” is back among your listings.")
    return _act(request, listing, lambda: listing_unarchive(listing=listing), done)


@seller_page
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: SellerRequest, slug: str) -> HttpResponse:
    """Ask, then delete: a draft can be brought back for a while; what was reviewed or sold is taken away."""
    listing = own_listing_or_404(request, slug)
    if request.method == "POST":
        done = _("“%(title)s” is deleted.")
        _act(request, listing, lambda: listing_delete(listing=listing), done)
        return redirect(reverse("studio_listings") + f"?deleted={slug}")
    keeps_record = listing.versions.exclude(sealed_at=None).exists()
    context = {"listing": listing, "keeps_record": keeps_record, "section": "listings"}
    return render(request, "pages/selling/listing_delete.html", context | {"kept_days": KEPT_DAYS})


@seller_page
@require_POST
def restore(request: SellerRequest, slug: str) -> HttpResponse:
    """Bring a deleted draft back, to where it is edited."""
    listing = own_deleted_listing(request.seller, slug)
    if listing is None:
        raise Http404
    listing_restore(listing=listing)
    messages.success(request, _("“%(title)s” is back.") % {"title": listing.title})
    return redirect("studio_listing_edit", slug)


@seller_page
@require_POST
def duplicate(request: SellerRequest, slug: str) -> HttpResponse:
    """A new draft that begins as this listing."""
    copy = listing_duplicate(listing=own_listing_or_404(request, slug))
    messages.success(request, _("This is a copy. The first one stays as it is."))
    return redirect("studio_listing_edit", copy.slug)


def _act(request: SellerRequest, listing: Listing, action: Callable[[], object], done: str) -> HttpResponse:
    try:
        action()
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, done % {"title": listing.title})
    return _back(request)


def _back(request: SellerRequest) -> HttpResponse:
    """To the page of ours that the button stood on, else to the list."""
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return redirect(back if is_ours else "studio_listings")
