"""Lists: newest first, `limit`, `starting_after`, `ending_before`, `has_more`, ranges of `created`."""

import json
from collections.abc import Mapping
from typing import Any

from .errors import missing
from .jsontypes import Json
from .presenting import present
from .routing import Call

_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "eq": "="}


def list_answer(
    call: Call,
    kind: str,
    *,
    url: str,
    equal: Mapping[str, str] | None = None,
    extra: tuple[str, list[Any]] | None = None,
) -> Json:
    """Return a page of objects of a kind.

    `equal` maps parameters to the JSON fields they filter; `extra` is a further SQL condition with its
    values.
    """
    conditions, values = ["kind = ?", "account IS ?"], [kind, call.account]
    for param, field in (equal or {}).items():
        if param in call.params:
            conditions.append(f"json_extract(body, '$.{field}') = ?")
            values.append(call.params[param])
    for name, moment in call.params.get("created", {}).items():
        conditions.append(f"created {_COMPARISONS[name]} ?")
        values.append(moment)
    if extra:
        conditions.append(extra[0])
        values.extend(extra[1])
    return _page(call, conditions, values, url)


def _page(call: Call, conditions: list[str], values: list[Any], url: str) -> Json:
    limit = call.params.get("limit", 10)
    before = call.params.get("ending_before")
    cursor = before or call.params.get("starting_after")
    direction = "ASC" if before else "DESC"
    with call.sandbox.store.transaction() as connection:
        if cursor:
            row = connection.execute("SELECT created, seq FROM objects WHERE id = ?", (cursor,)).fetchone()
            if row is None:
                raise missing("object", cursor, param="ending_before" if before else "starting_after")
            conditions.append(f"(created, seq) {'>' if before else '<'} (?, ?)")
            values += [row["created"], row["seq"]]
        sql = (
            f"SELECT body FROM objects WHERE {' AND '.join(conditions)} "
            f"ORDER BY created {direction}, seq {direction} LIMIT ?"
        )
        rows = connection.execute(sql, [*values, limit + 1]).fetchall()
        page = [present(call.sandbox, json.loads(row["body"])) for row in rows[:limit]]
    if before:
        page.reverse()
    return {"object": "list", "data": page, "has_more": len(rows) > limit, "url": url}


def whole_list(items: list[Json], *, url: str) -> Json:
    """Return a short list that is always given in full."""
    return {"object": "list", "data": items, "has_more": False, "url": url}
