"""Lists: newest first, `limit`, `starting_after`, `ending_before`, `has_more`, ranges of `created`."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .errors import missing
from .jsontypes import Json
from .presenting import present
from .routing import Call
from .schema import column

_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "eq": "="}


@dataclass
class Where:
    """A condition in SQL, with its values."""

    sql: str
    values: list[Any] = field(default_factory=list)

    def __and__(self, other: "Where") -> "Where":
        return Where(f"{self.sql} AND {other.sql}", [*self.values, *other.values])


def list_answer(
    call: Call,
    kind: str,
    *,
    url: str,
    equal: Iterable[str] = (),
    where: Where | None = None,
    either: Sequence[Where] = (),
    source: str = "objects",
) -> Json:
    """Return a page of objects of a kind, those of the platform or of the account in the header.

    `equal` names parameters that filter by the field of their name, `where` is a further condition, `either`
    are alternatives that exclude each other and have an index each. `source` tells SQLite how to begin.
    """
    condition = Where("kind = ? AND account IS ?", [kind, call.account])
    for name in equal:
        if name in call.params:
            condition &= Where(f"{column(name)} = ?", [call.params[name]])
    for name, moment in call.params.get("created", {}).items():
        condition &= Where(f"created {_COMPARISONS[name]} ?", [moment])
    if where:
        condition &= where
    return _page(call, kind, [condition & each for each in either] or [condition], source, url)


def _page(call: Call, kind: str, branches: list[Where], source: str, url: str) -> Json:
    limit = call.params.get("limit", 10)
    before = call.params.get("ending_before")
    direction = "ASC" if before else "DESC"
    order = f"ORDER BY created {direction}, seq {direction} LIMIT {limit + 1}"
    with call.sandbox.store.transaction() as connection:
        cursor = _cursor(call, kind)
        if cursor:
            branches = [branch & cursor for branch in branches]
        query = _query(branches, source, order)
        rows = connection.execute(query.sql, query.values).fetchall()
        page = [present(call.sandbox, json.loads(row["body"])) for row in rows[:limit]]
    if before:
        page.reverse()
    return {"object": "list", "data": page, "has_more": len(rows) > limit, "url": url}


def _cursor(call: Call, kind: str) -> Where | None:
    """Return where the page begins: beyond an object, by time and within a second by order of making."""
    name = "ending_before" if "ending_before" in call.params else "starting_after"
    if name not in call.params:
        return None
    place = call.sandbox.store.place(kind, call.params[name])
    if place is None:
        raise missing(kind, call.params[name], param=name)
    return Where(f"(created, seq) {'>' if name == 'ending_before' else '<'} (?, ?)", list(place))


def _query(branches: list[Where], source: str, order: str) -> Where:
    """Return the query of a page; of several branches it takes the first rows each before it sorts them."""
    if len(branches) == 1:
        return Where(f"SELECT body FROM {source} WHERE {branches[0].sql} {order}", branches[0].values)
    parts = [
        f"SELECT seq FROM (SELECT seq, created FROM {source} WHERE {branch.sql} {order})"
        for branch in branches
    ]
    return Where(
        f"SELECT body FROM objects NOT INDEXED WHERE seq IN ({' UNION ALL '.join(parts)}) {order}",
        [value for branch in branches for value in branch.values],
    )


def whole_list(items: list[Json], *, url: str) -> Json:
    """Return a short list that is always given in full."""
    return {"object": "list", "data": items, "has_more": False, "url": url}
