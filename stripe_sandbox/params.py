"""From a form body (`line_items[0][price_data][currency]=usd`) to typed values, refusing what Stripe would
refuse.

A resource declares what it takes with the small types below. Whatever is not declared is answered with
`parameter_unknown`: a double that swallows misspelt parameters would hide the bugs it is there to find.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from .errors import invalid
from .jsontypes import Json

_PART = re.compile(r"\[([^\]]*)\]")


class Spec(Protocol):
    """How one parameter is read. `name` is its full name, for the error."""

    def read(self, value: Any, name: str) -> Any:
        """Return the typed value or raise a 400."""


def decode_form(encoded: str) -> Json:
    """Return the nested structure of a form body or query string; leaves are strings."""
    root: Json = {}
    for key, value in parse_qsl(encoded, keep_blank_values=True):
        parts = [key.split("[", 1)[0], *_PART.findall(key)]
        node = root
        for part in parts[:-1]:
            child = node.setdefault(part, {})
            if not isinstance(child, dict):
                raise invalid(f"Invalid parameter nesting: {key}", param=key)
            node = child
        leaf = parts[-1] or str(len(node))
        node[leaf] = value
    return {key: _lists(value) for key, value in root.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(child) for key, child in value.items()}


class Str:
    """Text; empty is refused unless `blank`, in which case it unsets the value (None)."""

    def __init__(self, *, max_length: int = 5000, choices: Iterable[str] = (), blank: bool = False) -> None:
        self.max_length = max_length
        self.choices = tuple(choices)
        self.blank = blank

    def read(self, value: Any, name: str) -> str | None:
        """Return the text."""
        if not isinstance(value, str):
            raise invalid("Invalid string: expected a string", param=name)
        if value == "":
            if self.blank:
                return None
            raise invalid(
                f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a "
                f"parameter; however '{name}' cannot be unset. You should remove '{name}' from "
                "your request or "
                "supply a non-empty value.",
                code="parameter_invalid_empty",
                param=name,
            )
        if len(value) > self.max_length:
            raise invalid(
                f"Invalid string: {value[:12]}...; must be at most {self.max_length} characters", param=name
            )
        if self.choices and value not in self.choices:
            raise invalid(f"Invalid {name}: must be one of {', '.join(self.choices)}", param=name)
        return value


class Url(Str):
    """An absolute http or https address."""

    def read(self, value: Any, name: str) -> str | None:
        """Return the address as given."""
        text = super().read(value, name)
        parts = urlsplit(text or "")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise invalid("Not a valid URL", code="url_invalid", param=name)
        return text


class Int:
    """A whole number."""

    def __init__(self, *, minimum: int | None = None, maximum: int | None = None) -> None:
        self.minimum = minimum
        self.maximum = maximum

    def read(self, value: Any, name: str) -> int:
        """Return the number."""
        if not isinstance(value, str) or not re.fullmatch(r"-?\d{1,18}", value):
            raise invalid(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)
        number = int(value)
        if self.minimum is not None and number < self.minimum:
            raise invalid(
                f"This value must be greater than or equal to {self.minimum}.",
                code="parameter_invalid_integer",
                param=name,
            )
        if self.maximum is not None and number > self.maximum:
            raise invalid(
                f"This value must be less than or equal to {self.maximum}.",
                code="parameter_invalid_integer",
                param=name,
            )
        return number


class Bool:
    """`true` or `false`."""

    def read(self, value: Any, name: str) -> bool:
        """Return the truth value."""
        if value not in {"true", "false"}:
            raise invalid(f"Invalid boolean: {value}", param=name)
        return bool(value == "true")


class Metadata:
    """Up to 50 text values; an empty value removes a key, an empty string removes all of them."""

    def read(self, value: Any, name: str) -> dict[str, str]:
        """Return the pairs as given; `merge_metadata` applies them."""
        if value == "":
            return {}
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            raise invalid("Invalid hash", param=name)
        for key, item in value.items():
            if len(key) > 40:
                raise invalid(f"Metadata keys can have up to 40 characters: {key}", param=name)
            if len(item) > 500:
                raise invalid(f"Metadata values can have up to 500 characters: {key}", param=f"{name}[{key}]")
        if len(value) > 50:
            raise invalid("Metadata can have up to 50 keys.", param=name)
        return value


class ListOf:
    """An array."""

    def __init__(self, item: Spec, *, maximum: int = 100) -> None:
        self.item = item
        self.maximum = maximum

    def read(self, value: Any, name: str) -> list[Any]:
        """Return the items in the order of their indexes."""
        if not isinstance(value, list):
            raise invalid("Invalid array", param=name)
        if len(value) > self.maximum:
            raise invalid(f"Array too long: at most {self.maximum} elements", param=name)
        return [self.item.read(item, f"{name}[{index}]") for index, item in enumerate(value)]


class Obj:
    """A hash with declared fields."""

    def __init__(self, fields: Mapping[str, Spec], *, required: Iterable[str] = ()) -> None:
        self.fields = fields
        self.required = tuple(required)

    def read(self, value: Any, name: str) -> Json:
        """Return the declared fields that were given."""
        if not isinstance(value, dict):
            raise invalid("Invalid object", param=name)
        for key in value:
            if key not in self.fields:
                full = self._full(name, key)
                raise invalid(f"Received unknown parameter: {full}", code="parameter_unknown", param=full)
        for key in self.required:
            if key not in value:
                full = self._full(name, key)
                raise invalid(f"Missing required param: {full}.", code="parameter_missing", param=full)
        return {key: self.fields[key].read(item, self._full(name, key)) for key, item in value.items()}

    @staticmethod
    def _full(name: str, key: str) -> str:
        return f"{name}[{key}]" if name else key


class TimeRange:
    """A moment, or a range given as `created[gte]` and the like."""

    _RANGE = Obj({"gt": Int(), "gte": Int(), "lt": Int(), "lte": Int()})

    def read(self, value: Any, name: str) -> dict[str, int]:
        """Return comparisons by name; a plain moment becomes `{"eq": n}`."""
        if isinstance(value, dict):
            return self._RANGE.read(value, name)
        return {"eq": Int().read(value, name)}


def merge_metadata(current: dict[str, str], given: dict[str, str] | None) -> dict[str, str]:
    """Return metadata after an update: None leaves it, {} clears it, empty values remove keys."""
    if given is None:
        return current
    if not given:
        return {}
    merged = current | given
    return {key: value for key, value in merged.items() if value != ""}


NOTHING = Obj({"expand": ListOf(Str())})
LIST_FIELDS: dict[str, Spec] = {
    "limit": Int(minimum=1, maximum=100),
    "starting_after": Str(),
    "ending_before": Str(),
    "created": TimeRange(),
    "expand": ListOf(Str()),
}
