"""Writing a listing, new or known. What was typed is in the answer whatever happens."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from common.errors import Conflict, DomainError, InvalidInput
from listings.models import Listing
from listings.queries.studio import latest_version
from listings.services.drafts import ListingInput, listing_create, listing_update
from listings.services.review import listing_submit, submission_problems
from listings.services.revisions import revision_discard, revision_propose, revision_withdraw
from marketplace.editor_drafts import (
    Data,
    discarded_of,
    saved_tab_of,
    typed_bring_back,
    typed_discard,
    typed_keep,
    typed_of,
    typed_saved,
)
from marketplace.pages.people import signed_in
from marketplace.pages.selling_access import SellerRequest, own_listing_or_404, seller_page
from marketplace.pages.selling_form import ListingEditor, typed_fields
from marketplace.pages.selling_lengths import lengths_of
from marketplace.pages.selling_pictures import sent_with_pictures
from marketplace.pages.selling_quality import quality_of
from marketplace.pages.selling_review import copies_before
from marketplace.pages.selling_status import Standing, standing_of
from marketplace.pages.selling_typing import (
    Tab,
    autosaved,
    begin_listing,
    begun_listing,
    keep_name,
    keeps_typed,
    kept_before_sign_in,
)


@keeps_typed
@seller_page
@require_http_methods(["GET", "HEAD", "POST"])
def listing_new(request: SellerRequest) -> HttpResponse:
    """An empty editor; the first save, by hand or by itself, makes the draft."""
    empty = ListingEditor.empty(language=(get_language() or "en")[:2])
    if request.method != "POST":
        if kept := kept_before_sign_in(request):
            data, tab = typed_fields(kept), Tab.posted(kept)
            return _kept_shown(request, begin_listing(request, ListingEditor(data), tab), data, tab)
        return _page(request, empty, tab=Tab.opened(request, empty.data, is_new=True))
    data, refused = sent_with_pictures(request)
    editor, tab = ListingEditor(data), Tab.posted(request.POST)
    editor.show_problems({"examples": refused} if refused else {})
    if _is_change_of_rows(request, editor):
        return _rows(request, editor, tab=tab)
    begun = begun_listing(request, tab.key)
    if "autosave" in request.POST:
        listing = begun or begin_listing(request, editor, tab)
        return autosaved(request, listing, lambda: _stored(listing))
    if begun is not None:
        return _edit_saved(request, begun, standing_of(begun, latest_version(begun)))
    if refused or not editor.is_valid():
        return _page(request, editor, tab=tab)
    try:
        listing = listing_create(seller=request.seller, data=ListingInput(**editor.fields()))
    except DomainError as error:
        editor.show_errors(error)
        return _page(request, editor, tab=tab)
    typed_saved(listing=listing, tab=tab.id)
    return _saved(request, listing)


@keeps_typed
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
        if kept := kept_before_sign_in(request):
            return _kept_shown(request, listing, typed_fields(kept), Tab.posted(kept))
        return _edit_shown(request, standing)
    if "autosave" in request.POST:
        return autosaved(request, listing, lambda: _stored(listing))
    return _edit_saved(request, listing, standing)


@seller_page
@require_POST
def typed(request: SellerRequest, slug: str) -> HttpResponse:
    """Throw away what was typed and not saved, or bring it back."""
    listing = own_listing_or_404(request, slug)
    if "bring_back" in request.POST:
        typed_bring_back(listing=listing)
    else:
        typed_discard(listing=listing)
    return redirect("studio_listing_edit", slug)


@seller_page
@require_POST
def proposal(request: SellerRequest, slug: str) -> HttpResponse:
    """What is done with new public text alone: proposed, withdrawn, thrown away."""
    listing, person = own_listing_or_404(request, slug), signed_in(request)
    try:
        if "propose" in request.POST:
            revision_propose(listing=listing, by=person)
            messages.success(request, _("The new text is with the moderators now."))
        elif "withdraw" in request.POST:
            revision_withdraw(listing=listing, by=person)
            messages.success(request, _("The new text is withdrawn. You can change it again."))
        else:
            revision_discard(listing=listing, by=person)
            messages.success(request, _("The new text is gone; the one on sale stays."))
    except InvalidInput:
        return redirect(reverse("studio_listing_edit", args=[slug]) + "?check=1")
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect("studio_listing_edit", slug)


def _edit_shown(request: SellerRequest, standing: Standing) -> HttpResponse:
    listing, kept = standing.listing, typed_of(standing.listing)
    editor = ListingEditor.of(listing, standing.version, standing.proposal)
    if "check" in request.GET and kept is None and editor.is_valid():
        editor.show_problems(submission_problems(listing))
    if kept is not None and kept.data is not None:
        base: Data = kept.data
        editor = ListingEditor.posted(dict(base), listing, standing.proposal)
    else:
        base = editor.data
    return _page(request, editor, standing, tab=Tab.opened(request, base))


def _edit_saved(request: SellerRequest, listing: Listing, standing: Standing) -> HttpResponse:
    """Save what was sent; whatever keeps it from being saved, it is kept as it was typed."""
    sent, refused = sent_with_pictures(request)
    editor = ListingEditor.posted(sent, listing, standing.proposal)
    editor.show_problems({"examples": refused} if refused else {})
    data, tab = typed_fields(sent), Tab.posted(request.POST)
    if _is_change_of_rows(request, editor):
        return _rows(request, editor, standing, tab=tab)
    try:
        base = typed_keep(
            listing=listing, data=data, tab=tab.id, base=tab.base, stored=lambda: _stored(listing)
        )
    except Conflict as error:
        sentence = _("%(reason)s Nothing is saved yet. Saving again overwrites it.")
        editor.listing.add_error(None, sentence % {"reason": error.message})
        return _page(request, editor, standing, tab=Tab.opened(request, _shown_data(listing)))
    tab = Tab(base, tab.person, id=tab.id)
    if refused or not editor.is_valid():
        return _page(request, editor, standing, tab=tab)
    try:
        listing = listing_update(listing=listing, data=editor.fields())
    except DomainError as error:
        editor.show_errors(error)
        return _page(request, editor, standing, tab=tab)
    typed_saved(listing=listing, tab=tab.id)
    return _saved(request, listing)


def _kept_shown(request: SellerRequest, listing: Listing, data: Data, tab: Tab) -> HttpResponse:
    """Keep what was sent before signing in, and show it; where another tab was quicker it is shown only."""
    try:
        typed_keep(listing=listing, data=data, tab=tab.id, base=tab.base, stored=lambda: _stored(listing))
    except Conflict as error:
        standing = standing_of(listing, latest_version(listing))
        editor = ListingEditor.posted(dict(data), listing, standing.proposal)
        editor.listing.add_error(None, error.message)
        return _page(request, editor, standing, tab=Tab.opened(request, _shown_data(listing)))
    messages.info(request, _("Here is what you typed before you signed in. It is not saved yet."))
    return redirect("studio_listing_edit", listing.slug)


def _stored(listing: Listing) -> Data:
    """What the editor shows of the listing as it was saved."""
    fresh = Listing.objects.select_related("model", "category", "seller").get(pk=listing.pk)
    standing = standing_of(fresh, latest_version(fresh))
    return ListingEditor.of(fresh, standing.version, standing.proposal).data


def _shown_data(listing: Listing) -> Data:
    """What the editor would show if it were opened now."""
    kept = typed_of(listing)
    return kept.data if kept is not None and kept.data is not None else _stored(listing)


def _is_change_of_rows(request: HttpRequest, editor: ListingEditor) -> bool:
    """Do what a button of the rows asks, if it was one of those; nothing is saved by them."""
    if "convert_blanks" in request.POST:
        editor.blanks_convert()
    elif "add_example" in request.POST:
        editor.example_add()
    elif request.POST.get("remove_example", "").isdecimal():
        editor.example_remove(int(request.POST["remove_example"]))
    elif request.POST.get("remove_picture", "").isdecimal():
        editor.picture_remove(int(request.POST["remove_picture"]))
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


def _page(
    request: SellerRequest, editor: ListingEditor, standing: Standing | None = None, *, tab: Tab
) -> HttpResponse:
    problems = editor.problems()
    listing = standing.listing if standing else None
    context = _context(standing) | {
        "editor": editor,
        "tab": tab,
        "keep": keep_name(request, listing),
        "problems": problems,
        "quality": quality_of(editor),
        "lengths": _lengths(editor),
        "is_unsaved": request.method == "POST",
    }
    if listing is not None:
        context |= {
            "typed": typed_of(listing) if request.method != "POST" else None,
            "discarded": discarded_of(listing),
            "saved_tab": saved_tab_of(listing),
        }
    if standing is not None and standing.version is not None and request.method != "POST":
        context["copies"] = copies_before(standing.version)
    if standing is not None and standing.can_submit and not problems:
        context["missing"] = [
            message for messages in submission_problems(standing.listing).values() for message in messages
        ]
    return render(request, "pages/selling/listing_form.html", context)


def _rows(
    request: SellerRequest, editor: ListingEditor, standing: Standing | None = None, *, tab: Tab
) -> HttpResponse:
    if _is_htmx(request):
        context = {"editor": editor, "quality": quality_of(editor), "lengths": _lengths(editor)}
        return render(request, "pages/selling/listing_rows_fragment.html", context)
    return _page(request, editor, standing, tab=tab)


def _lengths(editor: ListingEditor) -> object:
    return lengths_of(editor.rendered.text, str(editor.listing["model"].value()))


def _context(standing: Standing | None) -> dict[str, object]:
    listing = standing.listing if standing else None
    return {"standing": standing, "listing": listing, "section": "listings"}


def _is_htmx(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))
