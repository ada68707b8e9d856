"""From a form body to the types its schema names; written apart from the sandbox's own reading of forms."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from .schemas import Schema


def nested(body: str) -> dict[str, Any]:
    """Return `a[b][0]=c` as `{"a": {"b": ["c"]}}`."""
    root: dict[str, Any] = {}
    for key, value in parse_qsl(body, keep_blank_values=True):
        parts = [key.split("[")[0], *re.findall(r"\[([^\]]*)\]", key)]
        node = root
        for part in parts[:-1]:
            node = node.setdefault(part, {})
        node[parts[-1] or str(len(node))] = value
    return {key: _with_lists(value) for key, value in root.items()}


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdecimal() for key in value):
        return [_with_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _with_lists(item) for key, item in value.items()}


class Typing:
    """Turns the text leaves of a form into what the schema asks for, where they can be."""

    def __init__(self, resolve: Callable[[Schema], Schema], fits: Callable[[Any, Schema], bool]) -> None:
        self._resolve = resolve
        self._fits = fits

    def typed(self, value: Any, schema: Schema) -> Any:
        """Return the value as the schema would have it; unfitting values stay text and fail validation."""
        schema = self._resolve(schema)
        if "anyOf" in schema:
            candidates = ((self.typed(value, part), part) for part in schema["anyOf"])
            return next((typed for typed, part in candidates if self._fits(typed, part)), value)
        if isinstance(value, str):
            return _scalar(value, schema)
        if isinstance(value, list) and "items" in schema:
            return [self.typed(item, schema["items"]) for item in value]
        if isinstance(value, dict):
            return {name: self._member(item, name, schema) for name, item in value.items()}
        return value

    def _member(self, value: Any, name: str, schema: Schema) -> Any:
        if name in schema.get("properties", {}):
            return self.typed(value, schema["properties"][name])
        others = schema.get("additionalProperties")
        return self.typed(value, others) if isinstance(others, dict) else value


def _scalar(value: str, schema: Schema) -> Any:
    kind = schema.get("type")
    if kind == "integer" and re.fullmatch(r"-?\d+", value):
        return int(value)
    if kind == "number" and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return float(value)
    if kind == "boolean" and value in {"true", "false"}:
        return value == "true"
    if schema.get("enum") == [""] or value not in {"true", "false"}:
        return value
    return value == "true" if True in schema.get("enum", []) else value
