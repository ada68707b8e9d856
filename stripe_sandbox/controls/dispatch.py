"""Which control answers which path under `/_sandbox/`."""

import re
from collections.abc import Callable
from typing import Any

from ..jsontypes import Json
from ..sandbox import Sandbox

Answer = tuple[int, Any]
Control = Callable[..., Answer]

_CONTROLS: list[tuple[str, re.Pattern[str], Control]] = []


class ControlError(Exception):
    """A control asked for in a way it does not understand."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def register(verb: str, path: str) -> Callable[[Control], Control]:
    """Register a function for e.g. `POST checkout/{session_id}/pay`; ids come as keyword arguments."""

    def add(function: Control) -> Control:
        pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path) + r"\Z")
        _CONTROLS.append((verb, pattern, function))
        return function

    return add


def control(sandbox: Sandbox, verb: str, path: str, body: Json) -> Answer:
    """Run the control for a path; returns status and JSON."""
    from . import (  # noqa: F401  (they register themselves)
        checkout,
        connect,
        deliveries,
        money,
        platform,
        time_and_faults,
    )

    for known_verb, pattern, function in _CONTROLS:
        match = pattern.match(path.rstrip("/")) if known_verb == verb else None
        if match:
            return function(sandbox, body, **match.groupdict())
    raise ControlError(f"No control answers {verb} /_sandbox/{path}", 404)


def number(body: Json, name: str, default: float, *, least: float | None = None) -> float:
    """Return a number from a control's body."""
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ControlError(f"{name} must be a number")
    if least is not None and value < least:
        raise ControlError(f"{name} must be at least {least}")
    return value


def choice(body: Json, name: str, default: str, choices: tuple[str, ...]) -> str:
    """Return one of a few words from a control's body."""
    value = body.get(name, default)
    if value not in choices:
        raise ControlError(f"{name} must be one of {', '.join(choices)}")
    return str(value)


def flag(body: Json, name: str, *, default: bool) -> bool:
    """Return true or false from a control's body."""
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise ControlError(f"{name} must be true or false")
    return value


def only(body: Json, *known: str) -> None:
    """Refuse names that a control does not know: a misspelt one would be lost in silence."""
    unknown = sorted(set(body) - set(known))
    if unknown:
        raise ControlError(f"Unknown: {', '.join(unknown)}")
