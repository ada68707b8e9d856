"""The check itself: requests, answers and events against what the installed SDK says of them."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.validators import extend

from . import generate
from .forms import Typing, nested
from .schemas import Schema

ERROR_TYPES = {"api_error", "card_error", "idempotency_error", "invalid_request_error"}


class Contract:
    """Answers lists of problems, empty when all is well. For tests: production never pays for it."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.sdk_version = str(document["sdk_version"])
        self.api_version = str(document["api_version"])
        self.operations: dict[str, Any] = document["operations"]
        self._definitions: dict[str, Schema] = document["$defs"]
        self._kinds: dict[str, str] = document["kinds"]
        self._validators: dict[str, Any] = {}
        self._validator_class = extend(Draft202012Validator, {"$ref": self._follow})
        self._typing = Typing(self._resolved, lambda value, schema: self._validator(schema).is_valid(value))
        fixed_first = sorted(self.operations, key=lambda name: name.count("{}"))
        self._routes = [(name, _route_pattern(name)) for name in fixed_first]

    @classmethod
    def installed(cls) -> "Contract":
        """Return the contract of the installed SDK; derived once per process at most."""
        return _installed()

    def operation(self, verb: str, path: str) -> str | None:
        """Return the name of an operation (`POST /v1/charges/{}`), None if Stripe has none at this path."""
        asked = f"{verb.upper()} {path}"
        return next((name for name, pattern in self._routes if pattern.fullmatch(asked)), None)

    def request_problems(self, verb: str, path: str, body: str) -> list[str]:
        """Check a request; `body` is the form body, or the query string of a GET."""
        name = self.operation(verb, path)
        if name is None:
            return [f"{verb} {path}: no such operation"]
        schema = self.operations[name]["params"]
        return self._problems(self._typing.typed(nested(body), schema), schema)

    def answer_problems(self, verb: str, path: str, answer: Any) -> list[str]:
        """Check the body of a 2xx answer."""
        name = self.operation(verb, path)
        if name is None:
            return [f"{verb} {path}: no such operation"]
        return self._problems(answer, self.operations[name]["answer"])

    def object_problems(self, obj: Mapping[str, Any]) -> list[str]:
        """Check any object by its `object` field."""
        kind = str(obj.get("object"))
        if kind not in self._kinds:
            return [f"object: unknown kind {kind!r}"]
        return self._problems(obj, {"$ref": f"#/$defs/{self._kinds[kind]}"})

    def event_problems(self, event: Mapping[str, Any]) -> list[str]:
        """Check an event's envelope, the object inside, and that former values belong to fields it has."""
        problems = self.object_problems(event)
        data = event.get("data", {})
        inside = data.get("object", {})
        problems += [f"data/object/{problem}" for problem in self.object_problems(inside)]
        unknown = set(data.get("previous_attributes") or {}) - set(inside)
        problems += [
            f"data/previous_attributes: {name} is no field of the object" for name in sorted(unknown)
        ]
        if event.get("api_version") != self.api_version:
            problems.append(f"api_version: {event.get('api_version')!r} instead of {self.api_version!r}")
        return problems

    def error_problems(self, answer: Any) -> list[str]:
        """Check the body of an answer that is not 2xx."""
        error = answer.get("error") if isinstance(answer, dict) else None
        if not isinstance(error, dict):
            return ["error: missing"]
        problems = [
            f"error/{name}: not a string"
            for name in ("type", "message")
            if not isinstance(error.get(name), str)
        ]
        if error.get("type") not in ERROR_TYPES:
            problems.append(f"error/type: {error.get('type')!r} is none of Stripe's")
        return problems

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self._definitions[schema["$ref"].removeprefix("#/$defs/")]
        return schema

    def _validator(self, schema: Schema) -> Any:
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            self._validators[key] = self._validator_class(schema)
        return self._validators[key]

    def _follow(self, validator: Any, ref: str, instance: Any, _: Any) -> Iterator[Any]:
        """Look a reference up in our one table; the library's general way is many times slower."""
        yield from validator.descend(instance, self._definitions[ref.removeprefix("#/$defs/")])

    def _problems(self, value: Any, schema: Schema) -> list[str]:
        errors = self._validator(schema).iter_errors(value)
        return [f"{_place(error.absolute_path)}: {_inner(error)[:200]}" for error in errors]


@cache
def _installed() -> Contract:
    return Contract(generate.load())


def _route_pattern(name: str) -> re.Pattern[str]:
    return re.compile(re.escape(name).replace(r"\{\}", "[^/]+"))


def _place(path: Any) -> str:
    return "/".join(str(part) for part in path) or "(top)"


def _inner(error: Any) -> str:
    """Return the message, and for a union that of the alternative that came closest."""
    if not error.context:
        return str(error.message)
    deepest = max(error.context, key=lambda inner: len(inner.absolute_path))
    return f"{_place(deepest.absolute_path)}: {deepest.message}"
