"""A seller's sales and prompts as files: streamed, so that a million rows take no more memory than ten."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields

from django.http import StreamingHttpResponse
from django.views.decorators.http import require_safe

from common import clock
from common.spreadsheets import csv_lines
from listings.services.exporting import prompts_csv, prompts_json_lines
from marketplace.pages.selling_access import SellerRequest, seller_page
from marketplace.pages.selling_sales import SalesForm
from payments.queries_sales import SaleLine, seller_sale_lines

_COLUMNS = [field.name for field in fields(SaleLine)]
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "jsonl": "application/x-ndjson; charset=utf-8",
}


@seller_page
@require_safe
def sales_csv(request: SellerRequest) -> StreamingHttpResponse:
    """Sales, oldest first, amounts in minor units; those that the page's filters find.

    Columns are named as in the API, in any language.
    """
    lines = seller_sale_lines(request.seller, SalesForm(request.GET).wanted)
    written = csv_lines(_COLUMNS, (map(_cell, _values(line)) for line in lines))
    return _file(request, written, "sales", "csv")


@seller_page
@require_safe
def sales_json(request: SellerRequest) -> StreamingHttpResponse:
    """The same as a JSON array, an object a line."""
    lines = seller_sale_lines(request.seller, SalesForm(request.GET).wanted)
    return _file(request, _json_array(lines), "sales", "json")


def _json_array(lines: Iterable[SaleLine]) -> Iterator[str]:
    separator = "[\n"
    for line in lines:
        yield separator + json.dumps(dict(zip(_COLUMNS, map(_cell, _values(line)), strict=True)))
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def _values(line: SaleLine) -> tuple[object, ...]:
    return tuple(getattr(line, name) for name in _COLUMNS)


@seller_page
@require_safe
def prompts_as_csv(request: SellerRequest) -> StreamingHttpResponse:
    """The newest version of each listing, text and all, as the import reads it back."""
    return _file(request, prompts_csv(seller=request.seller), "prompts", "csv")


@seller_page
@require_safe
def prompts_as_json_lines(request: SellerRequest) -> StreamingHttpResponse:
    """The same, a JSON object a line."""
    return _file(request, prompts_json_lines(seller=request.seller), "prompts", "jsonl")


def _file(request: SellerRequest, lines: Iterator[str], what: str, suffix: str) -> StreamingHttpResponse:
    name = f"promptfair-{what}-{request.seller.handle}-{clock.now():%Y-%m-%d}.{suffix}"
    return StreamingHttpResponse(
        lines,
        content_type=_TYPES[suffix],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _cell(value: object) -> object:
    return value.isoformat(timespec="seconds") if hasattr(value, "isoformat") else value
