"""What a listing will look like: its public page, the filled prompt, the description being typed."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_POST, require_safe

from listings.covers import cover_svg
from listings.markdown import markdown_html
from listings.models import PromptVersion
from listings.queries.studio import latest_version
from listings.templating import Rendered, TemplateVariable, fit_variables
from listings.templating import render as render_prompt
from marketplace.pages.selling_access import SellerRequest, own_listing_or_404, seller_page
from marketplace.pages.selling_status import standing_of

MAX_DESCRIPTION_LENGTH = 6000


@dataclass(frozen=True)
class PreviewExample:
    """An example as the public page shows it, and the prompt its values make."""

    values: list[tuple[str, str]]
    output: str
    filled: Rendered


@seller_page
@require_safe
def listing_preview(request: SellerRequest, slug: str) -> HttpResponse:
    """The listing as the public page will show it, then what a buyer gets."""
    listing = own_listing_or_404(request, slug)
    version = latest_version(listing)
    variables = _variables(version)
    context = {
        "listing": listing,
        "standing": standing_of(listing, version),
        "variables": variables,
        "examples": _examples(version, variables),
        "unfilled": render_prompt(version.text, variables, {}) if version else None,
        "instructions_html": _html(version.instructions if version else ""),
        "cover_url": reverse("studio_listing_cover", args=[slug]),
        "section": "listings",
    }
    return render(request, "pages/selling/listing_preview.html", context)


@seller_page
@require_safe
def listing_cover(request: SellerRequest, slug: str) -> HttpResponse:
    """The cover of an own listing, on sale or not."""
    listing = own_listing_or_404(request, slug)
    return HttpResponse(
        cover_svg(listing.slug, listing.model.slug, listing.title), content_type="image/svg+xml"
    )


@seller_page
@require_POST
def description_preview(request: SellerRequest) -> HttpResponse:
    """The description that is being typed, as it will look. A fragment for htmx, a page without it."""
    html = _html(request.POST.get("description", "")[:MAX_DESCRIPTION_LENGTH])
    name = "description_fragment.html" if getattr(request, "htmx", False) else "description_preview.html"
    return render(request, f"pages/selling/{name}", {"html": html, "section": "listings"})


def _variables(version: PromptVersion | None) -> list[TemplateVariable]:
    if version is None:
        return []
    return fit_variables(version.text, [TemplateVariable.from_dict(raw) for raw in version.variables])


def _examples(version: PromptVersion | None, variables: list[TemplateVariable]) -> list[PreviewExample]:
    if version is None:
        return []
    labels = {variable.name: variable.label for variable in variables}
    return [
        PreviewExample(
            values=[(labels.get(name, name), str(value)) for name, value in example.values.items()],
            output=example.output_text,
            filled=render_prompt(version.text, variables, example.values),
        )
        for example in version.examples.all()
    ]


def _html(source: str) -> SafeString:
    return mark_safe(markdown_html(source))  # noqa: S308 - markdown_html sanitises
