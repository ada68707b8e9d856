"""Reading events back: what a sweeper does when webhooks were lost."""

import fnmatch

from ..errors import invalid
from ..jsontypes import Json
from ..pagination import Where, list_answer
from ..params import LIST_FIELDS, Bool, ListOf, Obj, Str
from ..presenting import PRESENTERS, present
from ..routing import Call, route
from ..sandbox import Sandbox
from ..schema import column

LISTED_SECONDS = 30 * 24 * 3600

_UNDELIVERED = "SELECT event FROM deliveries WHERE state != 'delivered'"
_FEW = 500


@route(
    "GET",
    "/v1/events",
    Obj(
        LIST_FIELDS
        | {"type": Str(max_length=200), "types": ListOf(Str(), maximum=20), "delivery_success": Bool()}
    ),
)
def list_events(call: Call) -> Json:
    """Answer events of the last 30 days, newest first: the platform's, or the account's in the header.

    `delivery_success=false` gives those still on their way or given up for at least one endpoint.
    """
    if "type" in call.params and "types" in call.params:
        raise invalid("You may only specify one of these parameters: type, types.", param="types")
    where = Where("created >= ?", [call.sandbox.clock.now() - LISTED_SECONDS])
    source = "objects"
    if "delivery_success" in call.params:
        delivered = call.params["delivery_success"]
        if not delivered and _few_undelivered(call.sandbox):
            where &= Where(f"seq IN (SELECT seq FROM objects WHERE id IN ({_UNDELIVERED}))")
            source = "objects NOT INDEXED"  # begins with those few instead of looking at each event
        else:
            where &= Where(f"{'NOT ' if delivered else ''}EXISTS ({_UNDELIVERED} AND event = objects.id)")
    return list_answer(call, "event", url="/v1/events", where=where, either=_types(call), source=source)


def _few_undelivered(sandbox: Sandbox) -> bool:
    with sandbox.store.transaction() as connection:
        rows = connection.execute(f"{_UNDELIVERED} LIMIT {_FEW}").fetchall()
    return len(rows) < _FEW


def _types(call: Call) -> list[Where]:
    """Return a condition for each type asked for; `charge.*` stands for all that begin so."""
    asked = call.params.get("types") or ([call.params["type"]] if "type" in call.params else [])
    named = {type for type in asked if "*" not in type}
    for pattern in asked:
        if "*" in pattern:
            named.update(fnmatch.filter(_known_types(call), pattern))
    return [Where(f"{column('type')} = ?", [type]) for type in sorted(named) or asked]


def _known_types(call: Call) -> list[str]:
    """Return the types of events there are, without looking at each event."""
    known = [""]
    type = column("type")
    sql = f"SELECT min({type}) FROM objects WHERE kind = 'event' AND account IS ? AND {type} > ?"
    with call.sandbox.store.transaction() as connection:
        while known[-1] is not None:
            known.append(connection.execute(sql, (call.account, known[-1])).fetchone()[0])
    return known[1:-1]


@route("GET", "/v1/events/{id}")
def retrieve_event(call: Call) -> Json:
    """Answer one event."""
    return present(call.sandbox, call.load("event", call.ids["id"]))


def _present(sandbox: Sandbox, event: Json) -> Json:
    with sandbox.store.transaction() as connection:
        pending = connection.execute(
            "SELECT count(*) FROM deliveries WHERE event = ? AND state IN ('pending', 'dropped')",
            (event["id"],),
        ).fetchone()[0]
    return event | {"pending_webhooks": pending}


PRESENTERS["event"] = _present
