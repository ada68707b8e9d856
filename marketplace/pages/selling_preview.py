"""What a listing will look like: its public page, the buyer's form and text, the description being typed."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_http_methods, require_POST

from listings.markdown import markdown_html
from listings.queries.studio import latest_version
from listings.services.public_text import listing_as_proposed
from marketplace.pages.buying_form import PromptForm
from marketplace.pages.finding_prompt import preview_page_of
from marketplace.pages.selling_access import SellerRequest, own_listing_or_404, seller_page
from marketplace.pages.selling_status import standing_of

MAX_DESCRIPTION_LENGTH = 6000


@seller_page
@require_http_methods(["GET", "HEAD", "POST"])
def listing_preview(request: SellerRequest, slug: str) -> HttpResponse:
    """The listing as the public page will show it, then the form and the text as a buyer gets them.

    Posting fills the form in; for htmx the answer is the finished text alone.
    """
    listing = own_listing_or_404(request, slug)
    version = latest_version(listing)
    if version is None:
        raise Http404
    form = PromptForm(version, request.POST if request.method == "POST" else None)
    text = form.rendered.text
    counts = {"word_count": len(text.split()), "character_count": len(text)}
    if getattr(request, "htmx", False):
        return render(
            request, "pages/buying/library_finished.html", {"form": form, "is_live": True, **counts}
        )
    standing = standing_of(listing, version)
    proposal = standing.proposal
    shown = listing_as_proposed(listing, proposal.revision.fields) if proposal else listing
    context = {
        "page": preview_page_of(shown, version),
        "standing": standing,
        "form": form,
        "instructions_html": _html(version.instructions),
        **counts,
    }
    return render(request, "pages/selling/listing_preview.html", context)


@seller_page
@require_POST
def description_preview(request: SellerRequest) -> HttpResponse:
    """The description that is being typed, as it will look. A fragment for htmx, a page without it."""
    html = _html(request.POST.get("description", "")[:MAX_DESCRIPTION_LENGTH])
    name = "description_fragment.html" if getattr(request, "htmx", False) else "description_preview.html"
    return render(request, f"pages/selling/{name}", {"html": html, "section": "listings"})


def _html(source: str) -> SafeString:
    return mark_safe(markdown_html(source))  # noqa: S308 - markdown_html sanitises
