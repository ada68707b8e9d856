"""A seller's sales as a file: streamed, so that a million rows take no more memory than ten."""

import csv
from collections.abc import Iterator
from dataclasses import astuple, fields

from django.http import StreamingHttpResponse
from django.views.decorators.http import require_safe

from common import clock
from marketplace.pages.selling_access import SellerRequest, seller_page
from payments.queries import SaleLine, seller_sale_lines

# A spreadsheet would run these as a formula when they begin a cell.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@seller_page
@require_safe
def sales_csv(request: SellerRequest) -> StreamingHttpResponse:
    """All sales, oldest first, amounts in minor units. Columns are named as in the API, in any language."""
    name = f"promptfair-sales-{request.seller.handle}-{clock.now():%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        _rows(seller_sale_lines(request.seller)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _rows(lines: Iterator[SaleLine]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(field.name for field in fields(SaleLine))
    for line in lines:
        yield writer.writerow(_cell(value) for value in astuple(line))


def _cell(value: object) -> object:
    if hasattr(value, "isoformat"):
        return value.isoformat(timespec="seconds")
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


class _Echo:
    """What csv.writer writes to: it hands each line back."""

    def write(self, line: str) -> str:
        return line
