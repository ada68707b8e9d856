"""Keyset cursors: where a page of a list starts, said by the last row seen rather than by a count."""

import base64
import binascii
import datetime
import json
import math
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from common.errors import InvalidInput

MAX_CURSOR_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Cursor:
    """The row beside which a page starts: after it, or before it when `backwards`."""

    sort: str
    value: Any
    row_id: int
    backwards: bool = False

    def encode(self) -> str:
        value = self.value.isoformat() if isinstance(self.value, datetime.datetime) else self.value
        packed = json.dumps([self.sort, value, self.row_id, int(self.backwards)], separators=(",", ":"))
        return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def cursor_decode(text: str, *, sorts: tuple[str, ...]) -> Cursor:
    """The cursor written as `text`.

    Raises InvalidInput (field `cursor`) unless it was made for one of `sorts`.
    """
    try:
        if len(text) > MAX_CURSOR_LENGTH:
            raise ValueError("too long")
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        made_for, value, row_id, backwards = json.loads(packed)
        if made_for not in sorts or not _is_integer(row_id) or backwards not in (0, 1):
            raise ValueError("not of this list")
        return Cursor(made_for, _value(made_for, value), row_id, bool(backwards))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        message = _("This cursor is not one of this list. Start again without it.")
        raise InvalidInput.of("cursor", message, code="invalid_cursor") from None


def _value(sort: str, value: Any) -> Any:
    if sort == "newest":
        moment = datetime.datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("no time zone")
        return moment
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("not a number")
    if abs(value) >= 2**31:
        raise ValueError("out of range")
    return value


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31
