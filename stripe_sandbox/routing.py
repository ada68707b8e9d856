"""Which function answers which verb and path of the API."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from .errors import missing
from .jsontypes import Json
from .params import NOTHING, Obj
from .sandbox import Sandbox


@dataclass
class Call:
    """One API request on its way to a resource function."""

    sandbox: Sandbox
    params: Json
    ids: dict[str, str]
    account: str | None
    """The connected account named by the `Stripe-Account` header."""

    def load(self, kind: str, object_id: str, *, label: str | None = None, param: str = "id") -> Json:
        """Return an object of the platform, or of the account in the header, or raise Stripe's 404."""
        found = self.sandbox.load(kind, object_id, label=label, param=param)
        if self.sandbox.store.owner(object_id) != self.account:
            raise missing(label or kind, object_id, param=param)
        return found


Handler = Callable[[Call], Json]


@dataclass(frozen=True)
class Route:
    """A handler with the parameters it takes."""

    handler: Handler
    spec: Obj


_ROUTES: list[tuple[str, re.Pattern[str], Route]] = []


def route(verb: str, path: str, spec: Obj = NOTHING) -> Callable[[Handler], Handler]:
    """Register a resource function for e.g. `GET /v1/charges/{id}`."""

    def register(handler: Handler) -> Handler:
        pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path) + r"\Z")
        _ROUTES.append((verb, pattern, Route(handler, spec)))
        return handler

    return register


def find(verb: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """Return the route for a request and the ids in its path."""
    for known_verb, pattern, candidate in _ROUTES:
        match = pattern.match(path) if known_verb == verb else None
        if match:
            return candidate, match.groupdict()
    return None
