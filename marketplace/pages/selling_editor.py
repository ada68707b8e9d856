"""Writing a listing, new or known. What was typed is in the answer whatever happens."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common.errors import DomainError, InvalidInput
from listings.models import Listing
from listings.queries.studio import latest_version
from listings.services.drafts import ListingInput, listing_create, listing_update
from listings.services.review import listing_submit, submission_problems
from marketplace.pages.people import signed_in
from marketplace.pages.selling_access import SellerRequest, own_listing_or_404, seller_page
from marketplace.pages.selling_form import ListingEditor
from marketplace.pages.selling_quality import quality_of
from marketplace.pages.selling_status import Standing, standing_of


@seller_page
@require_http_methods(["GET", "HEAD", "POST"])
def listing_new(request: SellerRequest) -> HttpResponse:
    """An empty editor; saving makes the draft."""
    if request.method != "POST":
        return _page(request, ListingEditor.empty(language=(get_language() or "en")[:2]))
    editor = ListingEditor(request.POST.dict())
    if _is_change_of_rows(request, editor):
        return _rows(request, editor)
    if not editor.is_valid():
        return _page(request, editor)
    try:
        listing = listing_create(seller=request.seller, data=ListingInput(**editor.fields()))
    except DomainError as error:
        editor.show_errors(error)
        return _page(request, editor)
    return _saved(request, listing)


@seller_page
@require_http_methods(["GET", "HEAD", "POST"])
def listing_edit(request: SellerRequest, slug: str) -> HttpResponse:
    """The editor, or only the state of things while a moderator has the listing."""
    listing = own_listing_or_404(request, slug)
    standing = standing_of(listing, latest_version(listing))
    if not standing.can_edit:
        if request.method == "POST":
            messages.error(request, _("This listing cannot be changed now. Withdraw it first."))
        return render(request, "pages/selling/listing_waiting.html", _context(standing))
    if request.method != "POST":
        editor = ListingEditor.of(listing, standing.version, is_locked=standing.is_locked)
        if "check" in request.GET and editor.is_valid():
            editor.show_problems(submission_problems(listing))
        return _page(request, editor, standing)
    editor = ListingEditor.posted(request.POST.dict(), listing, is_locked=standing.is_locked)
    if _is_change_of_rows(request, editor):
        return _rows(request, editor, standing)
    if not editor.is_valid():
        return _page(request, editor, standing)
    try:
        listing = listing_update(listing=listing, data=editor.fields())
    except DomainError as error:
        editor.show_errors(error)
        return _page(request, editor, standing)
    return _saved(request, listing)


def _is_change_of_rows(request: HttpRequest, editor: ListingEditor) -> bool:
    """Do what a button of the rows asks, if it was one of those; nothing is saved by them."""
    if "convert_blanks" in request.POST:
        editor.blanks_convert()
    elif "add_example" in request.POST:
        editor.example_add()
    elif request.POST.get("remove_example", "").isdecimal():
        editor.example_remove(int(request.POST["remove_example"]))
    elif "refresh_variables" not in request.POST:
        return False
    return True


def _saved(request: SellerRequest, listing: Listing) -> HttpResponse:
    """After a save: back to the editor, or on to where the button that saved leads."""
    if "submit" in request.POST:
        return _submitted(request, listing)
    if "preview" in request.POST:
        return redirect("studio_listing_preview", listing.slug)
    messages.success(request, _("Saved."))
    return redirect("studio_listing_edit", listing.slug)


def _submitted(request: SellerRequest, listing: Listing) -> HttpResponse:
    try:
        listing_submit(listing=listing, by=signed_in(request))
    except InvalidInput:
        messages.warning(request, _("Saved, but not submitted yet."))
        return redirect(reverse("studio_listing_edit", args=[listing.slug]) + "?check=1")
    except DomainError as error:
        messages.warning(request, _("Saved. %(reason)s") % {"reason": error.message})
        return redirect("studio_listing_edit", listing.slug)
    messages.success(request, _("Submitted. We write to you as soon as a moderator has read it."))
    return redirect("studio_listing_edit", listing.slug)


def _page(request: SellerRequest, editor: ListingEditor, standing: Standing | None = None) -> HttpResponse:
    problems = editor.problems()
    context = _context(standing) | {
        "editor": editor,
        "problems": problems,
        "quality": quality_of(editor),
        "is_unsaved": request.method == "POST",
    }
    if standing is not None and standing.can_submit and not problems:
        context["missing"] = [
            message for messages in submission_problems(standing.listing).values() for message in messages
        ]
    return render(request, "pages/selling/listing_form.html", context)


def _rows(request: SellerRequest, editor: ListingEditor, standing: Standing | None = None) -> HttpResponse:
    if _is_htmx(request):
        context = {"editor": editor, "quality": quality_of(editor)}
        return render(request, "pages/selling/listing_rows_fragment.html", context)
    return _page(request, editor, standing)


def _context(standing: Standing | None) -> dict[str, object]:
    listing = standing.listing if standing else None
    return {"standing": standing, "listing": listing, "section": "listings"}


def _is_htmx(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))
