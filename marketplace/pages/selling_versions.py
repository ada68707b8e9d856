"""A listing's versions: what each one was, what became of it, and what changed between any two."""

from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common.errors import DomainError, NotFound
from listings.diffing import DiffLine
from listings.models import DecisionKind, Listing, PromptVersion
from listings.queries.revisions import proposals_of
from listings.queries.studio import latest_version
from listings.queries.versions import version_get, versions_of
from listings.services.drafts import version_discard
from marketplace.editor_drafts import typed_set_aside
from marketplace.pages.selling_access import SellerRequest, own_listing_or_404, seller_page
from marketplace.pages.selling_form import ListingEditor
from marketplace.pages.version_diffs import version_diffs


@dataclass(frozen=True)
class VersionRow:
    version: PromptVersion
    state: str
    label: str
    is_on_sale: bool


@seller_page
@require_safe
def listing_versions(request: SellerRequest, slug: str) -> HttpResponse:
    """All versions. With `?from=` and `?to=` also what changed from the one to the other."""
    listing = own_listing_or_404(request, slug)
    rows = [_row(listing, version) for version in versions_of(listing)]
    numbers = [row.version.number for row in rows]
    old, new = _asked(request, numbers)
    context = {"listing": listing, "rows": rows, "section": "listings", "old": old, "new": new}
    if old and new:
        context |= {"diffs": _diffs(listing, old, new)}
    return render(request, "pages/selling/versions.html", context)


@seller_page
@require_POST
def discard(request: SellerRequest, slug: str) -> HttpResponse:
    """Throw the version that is being written away; the editor offers to bring its text back."""
    listing = own_listing_or_404(request, slug)
    proposal = proposals_of([listing]).get(listing.pk)
    written = ListingEditor.of(listing, latest_version(listing), proposal).data
    try:
        with transaction.atomic():
            number = version_discard(listing=listing)
            typed_set_aside(listing=listing, data=written)
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        sentence = _("Version %(number)d is thrown away. You can still bring its text back.")
        messages.success(request, sentence % {"number": number})
    return redirect("studio_listing_edit", slug)


def _asked(request: SellerRequest, numbers: list[int]) -> tuple[int, int]:
    """The two numbers to compare: as asked for, else the newest and the one before it; 0, 0 for none."""
    if "from" not in request.GET and "to" not in request.GET:
        return (numbers[1], numbers[0]) if len(numbers) > 1 else (0, 0)
    given = [request.GET.get(name, "") for name in ("from", "to")]
    chosen = [int(text) for text in given if text.isdecimal() and len(text) < 9]
    if len(chosen) < 2 or not set(chosen) <= set(numbers):
        raise Http404
    return chosen[0], chosen[1]


def _diffs(listing: Listing, old: int, new: int) -> list[tuple[str, list[DiffLine]]]:
    try:
        before, after = version_get(listing, old), version_get(listing, new)
    except NotFound as error:
        raise Http404 from error
    return version_diffs(before, after)


def _row(listing: Listing, version: PromptVersion) -> VersionRow:
    is_on_sale = version.pk == listing.published_version_id
    decision = getattr(version, "decision", None)
    if is_on_sale:
        return VersionRow(version, "published", _("On sale"), is_on_sale)
    if version.published_at:
        return VersionRow(version, "paid", _("Published before"), is_on_sale)
    if decision is not None and decision.decision == DecisionKind.REJECT:
        return VersionRow(version, "rejected", _("Returned"), is_on_sale)
    if version.is_sealed:
        return VersionRow(version, "in_review", _("Submitted"), is_on_sale)
    return VersionRow(version, "draft", _("Being written"), is_on_sale)
