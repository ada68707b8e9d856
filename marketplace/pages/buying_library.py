"""The library: what a buyer owns, and the desk where a prompt is filled in and taken away."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.errors import NotFound
from listings.diffing import text_diff
from listings.markdown import markdown_html
from listings.models import License, PromptVersion
from listings.queries.versions import published_versions_since
from listings.templating import parse
from marketplace.library.exports import (
    Owned,
    api_snippet,
    as_json,
    as_skill,
    mcp_snippet,
    stamp_line,
)
from marketplace.library.models import Preset, RenderRecord
from marketplace.library.queries import LibraryFilter, library_labels, library_models, library_page
from marketplace.library.services import render_note
from marketplace.pages.buying_access import buyer_page, opened_item_or_404, typed
from marketplace.pages.buying_claims import item_refund
from marketplace.pages.buying_export import as_markdown, file_response
from marketplace.pages.buying_form import PromptForm
from marketplace.pages.people import signed_in
from payments.models import Entitlement
from payments.queries import library_of, owned_version, version_in_use
from payments.queries_claims import claim_of_item

PAGE_SIZE = 24
EXPORTS = {
    "json": (as_json, "json"),
    "skill": (as_skill, "SKILL.md"),
    "api": (api_snippet, "sh"),
    "mcp": (mcp_snippet, "mcp.json"),
}
EXPORT_LABELS = (("json", "JSON"), ("skill", "SKILL.md"))


@buyer_page
@require_safe
def library(request: HttpRequest) -> HttpResponse:
    """Everything the buyer owns, newest first: `?q= &model= &label= &updates=1 &after=`."""
    buyer, asked = signed_in(request), request.GET
    wanted = LibraryFilter(
        q=typed(asked.get("q", "")),
        model=typed(asked.get("model", ""), 50),
        label=typed(asked.get("label", ""), 40),
        has_update=asked.get("updates") == "1",
    )
    page = library_page(buyer, wanted, typed(asked.get("after", ""), 40), PAGE_SIZE)
    context = {
        "page": page,
        "wanted": wanted,
        "models": library_models(buyer),
        "labels": library_labels(buyer),
    }
    return render(request, "pages/buying/library.html", context)


@buyer_page
@require_safe
def library_item(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The version that was bought, or with `?version=` another, its form, and the finished text.

    What was paid for and never opened is shown closed, so that its refund stays a matter of one click.
    """
    unopened = library_of(signed_in(request)).filter(pk=pk, first_read_at=None).first()
    if unopened is not None and (refund := item_refund(unopened)):
        context = {"entitlement": unopened, "listing": unopened.listing, "refund": refund}
        return render(request, "pages/buying/library_cover.html", context)
    entitlement, version = _opened_version_or_404(request, pk, via="page")
    kept = _kept_values(request, entitlement)
    form = PromptForm(version) if kept is None else PromptForm.retyped(version, kept)
    return _desk(request, entitlement, version, form, status=200)


@buyer_page
@require_POST
def library_open(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the text for the first time: from now on a refund takes more than asking."""
    opened_item_or_404(request, pk, via="page")
    return redirect("library_item", pk=pk)


@buyer_page
@require_safe
def library_changes(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What changed from the version bought to the one of `?version=`."""
    entitlement, version = _opened_version_or_404(request, pk, via="page")
    bought = entitlement.version
    context = {
        "entitlement": entitlement,
        "listing": entitlement.listing,
        "bought": bought,
        "version": version,
        "diffs": [
            (_("Prompt"), text_diff(bought.text, version.text)),
            (_("How to use it"), text_diff(bought.instructions, version.instructions)),
        ],
    }
    return render(request, "pages/buying/library_changes.html", context)


@buyer_page
@require_http_methods(["GET", "POST"])
def library_render(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The finished text for what was typed: a part of the page while typing, the whole page on submit."""
    if request.method == "GET":  # a reload, or the way back from signing in again
        return redirect("library_item", pk=pk)
    entitlement, version = _opened_version_or_404(request, pk, via="render")
    form = PromptForm(version, request.POST)
    if request.htmx:  # type: ignore[attr-defined]
        context = {"form": form, "is_live": True, **_counts(form)}
        return render(request, "pages/buying/library_finished.html", context)
    if form.is_valid():
        render_note(entitlement=entitlement, version=version, values=form.typed_values())
    return _desk(request, entitlement, version, form)


@buyer_page
@require_safe
def library_markdown(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """All that was bought as one Markdown file."""
    entitlement, version = _opened_version_or_404(request, pk, via="file")
    return file_response(entitlement, version, as_markdown(entitlement, version), "md")


@buyer_page
@require_http_methods(["GET", "POST"])
def library_text(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """GET: the text with its blanks, as it was bought. POST: the finished text for what was typed."""
    entitlement, version = _opened_version_or_404(request, pk, via="file")
    if request.method == "GET":
        return file_response(entitlement, version, version.text, "txt")
    form = PromptForm(version, request.POST)
    if not form.is_valid():
        return _desk(request, entitlement, version, form)
    render_note(entitlement=entitlement, version=version, values=form.typed_values())
    return file_response(entitlement, version, form.rendered.text, "txt")


@buyer_page
@require_safe
def library_export(request: HttpRequest, pk: uuid.UUID, kind: str) -> HttpResponse:
    """All that was bought as JSON, as SKILL.md, or how programs call it."""
    if kind not in EXPORTS:
        raise Http404
    entitlement, version = _opened_version_or_404(request, pk, via="file")
    write, extension = EXPORTS[kind]
    return file_response(entitlement, version, write(Owned(entitlement, version)), extension)


def _kept_values(request: HttpRequest, entitlement: Entitlement) -> dict[str, Any] | None:
    """Values kept under a name (`?preset=`) or of a text finished before (`?render=`)."""
    for name, model in (("preset", Preset), ("render", RenderRecord)):
        asked = request.GET.get(name, "")
        if asked.isdecimal() and len(asked) < 18:
            row = model.objects.filter(entitlement=entitlement, pk=int(asked)).first()
            if row is not None:
                return dict(row.values)
    return None


def _opened_version_or_404(
    request: HttpRequest, pk: uuid.UUID, *, via: str
) -> tuple[Entitlement, PromptVersion]:
    """What the buyer owns, noted as opened, and the version asked for: the one in use unless told."""
    entitlement = opened_item_or_404(request, pk, via=via)
    asked = request.GET.get("version", "")
    number = int(asked) if asked.isdecimal() and len(asked) < 9 else version_in_use(entitlement)
    try:
        return entitlement, owned_version(entitlement, number)
    except NotFound as error:
        raise Http404 from error


def _desk(
    request: HttpRequest,
    entitlement: Entitlement,
    version: PromptVersion,
    form: PromptForm,
    status: int | None = None,
) -> HttpResponse:
    later = published_versions_since(entitlement.listing, entitlement.version.number)
    owned = Owned(entitlement, version)
    in_use = version_in_use(entitlement)
    context = {
        "entitlement": entitlement,
        "listing": entitlement.listing,
        "version": version,
        "bought": entitlement.version,
        "is_bought_version": version.pk == entitlement.version_id,
        "later_versions": later,
        "in_use": in_use,
        "is_in_use": version.number == in_use,
        "presets": Preset.objects.filter(entitlement=entitlement),
        "labels": ", ".join(entitlement.labels.values_list("name", flat=True)),
        "snippets": [("API", "api", api_snippet(owned)), ("MCP", "mcp", mcp_snippet(owned))],
        "stamp": stamp_line(owned),
        "exports": EXPORT_LABELS,
        "order": entitlement.item.order,
        "refund": item_refund(entitlement),
        "claim": claim_of_item(entitlement.item_id),
        "license_label": License(entitlement.item.license).label,
        "form": form,
        "instructions_html": markdown_html(version.instructions) if version.instructions else "",
        "template_pieces": template_pieces(version.text),
        "examples": [_example(form, example) for example in version.examples.all()],
        **_counts(form),
    }
    status = status or (422 if form.errors else 200)
    return render(request, "pages/buying/library_item.html", context, status=status)


def template_pieces(text: str) -> list[tuple[str, bool]]:
    """The text cut into plain pieces and variables (True), to mark the variables on the page."""
    pieces, end = [], 0
    for tag in parse(text).tags:
        if not tag.is_literal:
            pieces += [(text[end : tag.start], False), (text[tag.start : tag.end], True)]
            end = tag.end
    return [piece for piece in [*pieces, (text[end:], False)] if piece[0]]


def _example(form: PromptForm, example: Any) -> dict[str, Any]:
    """An example with its values under the labels, and in the order, of the form."""
    labels = {name: field.label for name, field in form.fields.items()}
    names = [*(name for name in labels if name in example.values), *(example.values.keys() - labels.keys())]
    values = [(labels.get(name, name), _shown(example.values[name])) for name in names]
    return {
        "values": values,
        "output_html": markdown_html(example.output_text),
        "picture": example.picture,
        "picture_alt": example.picture_alt,
    }


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _counts(form: PromptForm) -> dict[str, int]:
    text = form.rendered.text
    return {"word_count": len(text.split()), "character_count": len(text)}
