"""Lists as pages with keyset cursors: page 1,000 costs what page 1 does, and a new row shifts nothing."""

import base64
import binascii
import datetime
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.exceptions import ValidationError as FieldError
from django.db.models import Field, Model, Q, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100
MAX_CURSOR_LENGTH = 300

PAGE_PARAMETERS = [
    OpenApiParameter("cursor", str, description="Where the page starts: follow `next` and `previous`."),
    OpenApiParameter(
        "page_size",
        int,
        description=f"Rows per page, {DEFAULT_PAGE_SIZE} unless told, at most {MAX_PAGE_SIZE} (more is cut).",
    ),
]

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class _Cursor:
    """The row a page starts after, or with `backwards` the row it ends before."""

    backwards: bool
    values: tuple[Any, ...]


def paged(
    request: Request,
    queryset: QuerySet[M],
    keyset: Sequence[str],
    to_data: Callable[[list[M]], Iterable[Any]],
) -> Response:
    """One page of `queryset` in the order of `keyset`: columns without nulls, ending in a unique one.

    All go the same way: `("-created_at", "-id")`. `to_data` turns the page's rows into what is sent.
    """
    names = [name.removeprefix("-") for name in keyset]
    descending = keyset[0].startswith("-")
    size = page_size_of(request)
    cursor = _cursor_of(request, queryset.model, names)
    backwards = cursor is not None and cursor.backwards
    if cursor is not None:
        queryset = queryset.filter(_beyond(names, cursor.values, "lt" if descending != backwards else "gt"))
    towards = "-" if descending != backwards else ""
    rows = list(queryset.order_by(*(f"{towards}{name}" for name in names))[: size + 1])
    has_more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    has_next, has_previous = (bool(rows), has_more) if backwards else (has_more, bool(cursor and rows))
    return page_response(
        request,
        to_data(rows),
        next_cursor=_encoded(rows[-1], names, backwards=False) if has_next else None,
        previous_cursor=_encoded(rows[0], names, backwards=True) if has_previous else None,
    )


def page_response(
    request: Request, results: Iterable[Any], *, next_cursor: str | None, previous_cursor: str | None
) -> Response:
    return Response(
        {
            "results": list(results),
            "next": _page_url(request, next_cursor),
            "previous": _page_url(request, previous_cursor),
        }
    )


def whole_list(request: Request, results: Iterable[Any]) -> Response:
    """A short vocabulary in the shape of every list, always one page."""
    return page_response(request, results, next_cursor=None, previous_cursor=None)


def page_size_of(request: Request) -> int:
    """The page size asked for, at most MAX_PAGE_SIZE. Raises ValidationError unless positive."""
    asked = request.query_params.get("page_size")
    if asked is None:
        return DEFAULT_PAGE_SIZE
    if not (asked.isascii() and asked.isdigit()) or int(asked[:9]) < 1:
        raise ValidationError({"page_size": [_("Send a whole number from 1 to 100.")]})
    return min(int(asked[:9]), MAX_PAGE_SIZE)


def _beyond(names: Sequence[str], values: Sequence[Any], comparison: str) -> Q:
    """(a, b) < (x, y), written so that an index on (a, b) can start right there."""
    condition = Q()
    for position in range(len(names)):
        same = dict(zip(names[:position], values[:position], strict=True))
        condition |= Q(**same, **{f"{names[position]}__{comparison}": values[position]})
    return Q(**{f"{names[0]}__{comparison}e": values[0]}) & condition


def _encoded(row: Model, names: Sequence[str], *, backwards: bool) -> str:
    values = [getattr(row, name) for name in names]
    texts = [value.isoformat() if hasattr(value, "isoformat") else str(value) for value in values]
    raw = json.dumps(["p" if backwards else "n", *texts]).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _cursor_of(request: Request, model: type[Model], names: Sequence[str]) -> _Cursor | None:
    text = request.query_params.get("cursor")
    if not text:
        return None
    try:
        if len(text) > MAX_CURSOR_LENGTH:
            raise ValueError("too long")
        direction, *texts = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if direction not in ("n", "p") or not all(
            isinstance(value, str) and value.isprintable() for value in texts
        ):
            raise ValueError("not one of ours")
        pairs = zip(names, texts, strict=True)
        values = tuple(_column(model, name).to_python(value) for name, value in pairs)
        if any(isinstance(value, datetime.datetime) and value.tzinfo is None for value in values):
            raise ValueError("no time zone")
    except (ValueError, TypeError, binascii.Error, RecursionError, FieldError) as error:
        raise ValidationError({"cursor": [_("This is not a cursor of this list.")]}) from error
    return _Cursor(backwards=direction == "p", values=values)


def _column(model: type[Model], name: str) -> "Field[Any, Any]":
    column = model._meta.get_field(name)
    if not isinstance(column, Field):
        raise TypeError(f"{name} is not a column.")
    return column


def _page_url(request: Request, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    return replace_query_param(request.build_absolute_uri(), "cursor", cursor)
