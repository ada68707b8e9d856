"""Reading events back: what a sweeper does when webhooks were lost."""

from typing import Any

from ..errors import invalid
from ..jsontypes import Json
from ..pagination import list_answer
from ..params import LIST_FIELDS, Bool, ListOf, Obj, Str
from ..presenting import PRESENTERS, present
from ..routing import Call, route
from ..sandbox import Sandbox

LISTED_SECONDS = 30 * 24 * 3600

_UNDELIVERED = (
    "SELECT 1 FROM deliveries WHERE deliveries.event = objects.id AND deliveries.state != 'delivered'"
)


@route(
    "GET",
    "/v1/events",
    Obj(
        LIST_FIELDS
        | {"type": Str(max_length=200), "types": ListOf(Str(), maximum=20), "delivery_success": Bool()}
    ),
)
def list_events(call: Call) -> Json:
    """Answer events of the last 30 days, newest first.

    `delivery_success=false` gives those still on their way or given up for at least one endpoint.
    """
    if "type" in call.params and "types" in call.params:
        raise invalid("You may only specify one of these parameters: type, types.", param="types")
    condition, values = "created >= ?", [call.sandbox.clock.now() - LISTED_SECONDS]
    condition, values = _with_types(call, condition, values)
    if "delivery_success" in call.params:
        condition += f" AND {'NOT ' if call.params['delivery_success'] else ''}EXISTS ({_UNDELIVERED})"
    return list_answer(call, "event", url="/v1/events", extra=(condition, values))


def _with_types(call: Call, condition: str, values: list[Any]) -> tuple[str, list[Any]]:
    types = call.params.get("types") or ([call.params["type"]] if "type" in call.params else [])
    if not types:
        return condition, values
    either = " OR ".join("json_extract(body, '$.type') GLOB ?" for _ in types)
    return f"{condition} AND ({either})", values + types


@route("GET", "/v1/events/{id}")
def retrieve_event(call: Call) -> Json:
    """Answer one event."""
    return present(call.sandbox, call.sandbox.load("event", call.ids["id"]))


def _present(sandbox: Sandbox, event: Json) -> Json:
    with sandbox.store.transaction() as connection:
        pending = connection.execute(
            "SELECT count(*) FROM deliveries WHERE event = ? AND state IN ('pending', 'dropped')",
            (event["id"],),
        ).fetchone()[0]
    return event | {"pending_webhooks": pending}


PRESENTERS["event"] = _present
