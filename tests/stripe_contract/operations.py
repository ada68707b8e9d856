"""Which requests exist: found in the SDK's services, which build every path and name every type."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .schemas import Schema, SchemaBuilder
from .sources import Module, Sources

RESOURCES = (
    "accounts",
    "account_links",
    "balance",
    "balance_transactions",
    "charges",
    "checkout/sessions",
    "coupons",
    "customers",
    "disputes",
    "events",
    "payment_intents",
    "payment_methods",
    "payouts",
    "prices",
    "products",
    "promotion_codes",
    "refunds",
    "transfers",
    "webhook_endpoints",
)
"""First parts of the paths that the project may ever use."""


@dataclass(frozen=True)
class Found:
    """One operation with its schemas."""

    verb: str
    path: str
    """With `{}` in the place of ids."""
    params: Schema
    params_required: bool
    answer: Schema


def find_operations(sources: Sources, builder: SchemaBuilder) -> Iterator[Found]:
    """Yield every operation on the resources named above."""
    for module in sources.services():
        for node in module.tree.body:
            if isinstance(node, ast.ClassDef):
                for function in node.body:
                    if isinstance(function, ast.FunctionDef):
                        yield from _operation(function, module, builder)


def _operation(function: ast.FunctionDef, module: Module, builder: SchemaBuilder) -> Iterator[Found]:
    call = _request_call(function)
    if call is None or function.returns is None:
        return
    path = re.sub(r"\{[^}]*\}", "{}", _text(call.args[1]))
    if path.endswith("/search") or not any(
        re.fullmatch(rf"/v1/{resource}(/.*)?", path) for resource in RESOURCES
    ):
        return
    annotation = next((arg.annotation for arg in function.args.args if arg.arg == "params"), None)
    params: Schema = {"type": "object", "additionalProperties": False}
    if annotation is not None:
        params = _without_null(builder.read(annotation, module))
    yield Found(
        verb=_text(call.args[0]).upper(),
        path=path,
        params=params,
        params_required=annotation is not None and not ast.unparse(annotation).startswith("Optional"),
        answer=builder.read(function.returns, module),
    )


def _request_call(function: ast.FunctionDef) -> ast.Call | None:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "self._request":
            return node
    return None


def _text(node: ast.expr) -> str:
    """Return a literal, or the literal in `"/v1/charges/{charge}".format(…)`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        node = node.func.value
    return str(ast.literal_eval(node))


def _without_null(schema: Schema) -> Schema:
    parts = [part for part in schema.get("anyOf", [schema]) if part != {"type": "null"}]
    (only,) = parts
    return dict(only)
