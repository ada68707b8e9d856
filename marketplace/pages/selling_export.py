"""A seller's sales and prompts as files: streamed, so that a million rows take no more memory than ten."""

from collections.abc import Iterator
from dataclasses import astuple, fields

from django.http import StreamingHttpResponse
from django.views.decorators.http import require_safe

from common import clock
from common.spreadsheets import csv_lines
from listings.services.exporting import prompts_csv, prompts_json_lines
from marketplace.pages.selling_access import SellerRequest, seller_page
from payments.queries import SaleLine, seller_sale_lines

_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson; charset=utf-8"}


@seller_page
@require_safe
def sales_csv(request: SellerRequest) -> StreamingHttpResponse:
    """All sales, oldest first, amounts in minor units. Columns are named as in the API, in any language."""
    header = [field.name for field in fields(SaleLine)]
    lines = csv_lines(header, (map(_cell, astuple(line)) for line in seller_sale_lines(request.seller)))
    return _file(request, lines, "sales", "csv")


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
