"""What an object looks like at the moment it is shown: values that depend on the clock, and `expand`."""

from collections.abc import Callable
from typing import Any

from .errors import invalid
from .jsontypes import Json
from .sandbox import Sandbox

Presenter = Callable[[Sandbox, Json], Json]

PRESENTERS: dict[str, Presenter] = {}
"""By kind: fills in what is derived rather than stored. Resource modules register theirs."""

INCLUDABLE: dict[tuple[str, str], Presenter] = {}
"""By kind and field: sub-lists that are absent unless they are expanded."""

_EXPANDABLE_PREFIXES = (
    "ch_",
    "py_",
    "pi_",
    "txn_",
    "po_",
    "re_",
    "tr_",
    "trr_",
    "acct_",
    "du_",
    "prod_",
)
_MAX_DEPTH = 4


def present(sandbox: Sandbox, obj: Json) -> Json:
    """Return the object as the API shows it now."""
    presenter = PRESENTERS.get(obj.get("object", ""))
    return presenter(sandbox, obj) if presenter else obj


def expand(sandbox: Sandbox, answer: Json, paths: list[str]) -> Json:
    """Replace the ids at `paths` by the objects they name, e.g. `latest_charge.balance_transaction`."""
    for path in paths:
        parts = path.split(".")
        if len(parts) > _MAX_DEPTH + (parts[0] == "data"):
            raise invalid(f"You cannot expand more than {_MAX_DEPTH} levels of a property", param="expand")
        _expand_at(sandbox, answer, parts, path)
    return answer


def _expand_at(sandbox: Sandbox, node: Any, parts: list[str], path: str) -> None:
    if isinstance(node, list):
        for item in node:
            _expand_at(sandbox, item, parts, path)
        return
    field, rest = parts[0], parts[1:]
    include = INCLUDABLE.get((node.get("object", ""), field))
    if include and field not in node:
        node[field] = include(sandbox, node)["value"]
    elif field not in node:
        raise invalid(f"This property cannot be expanded ({path}).", param="expand")
    value = node[field]
    if isinstance(value, str):
        node[field] = value = _object_named(sandbox, value, path)
    if value is None:
        return
    if not isinstance(value, dict | list):
        raise invalid(f"This property cannot be expanded ({path}).", param="expand")
    if rest:
        _expand_at(sandbox, value, rest, path)


def _object_named(sandbox: Sandbox, object_id: str, path: str) -> Json:
    found = sandbox.store.any_kind(object_id) if object_id.startswith(_EXPANDABLE_PREFIXES) else None
    if found is None:
        raise invalid(f"This property cannot be expanded ({path}).", param="expand")
    return present(sandbox, found)
