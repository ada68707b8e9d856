"""From a type annotation of the SDK to a JSON Schema."""

import ast
from typing import Any

from .sources import Module, Sources

Schema = dict[str, Any]

_PRIMITIVES: dict[str, Schema] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "bool": {"type": "boolean"},
    "float": {"type": "number"},
    "Decimal": {"type": "string"},
    "Any": {},
    "object": {},
}
_WRAPPERS = {"NotRequired", "Required"}
_ARRAYS = {"List", "Sequence"}
_MAPPINGS = {"Dict", "Mapping"}
_NULL: Schema = {"type": "null"}


class UnreadableAnnotation(Exception):
    """An annotation in a form that this module has not met; the SDK has changed and so must the module."""


class SchemaBuilder:
    """Builds schemas into `definitions`, one per class of the SDK.

    Classes are closed: a field that the SDK does not know is an error, in requests as in answers.
    """

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self.definitions: dict[str, Schema] = {}

    def read(self, annotation: ast.expr, module: Module, scope: str = "") -> Schema:
        """Return the schema of an annotation found in `module`, inside the class `scope`."""
        match annotation:
            case ast.Constant(value=None):
                return _NULL
            case ast.Constant(value=str() as text):
                return self.read(ast.parse(text, mode="eval").body, module, scope)
            case ast.BinOp(left=left, right=right):
                return any_of([self.read(left, module, scope), self.read(right, module, scope)])
            case ast.Attribute():
                return self._reference(module, scope, ast.unparse(annotation))
            case ast.Name(id=name):
                return (
                    dict(_PRIMITIVES[name]) if name in _PRIMITIVES else self._reference(module, scope, name)
                )
            case ast.Subscript(value=generic, slice=arguments):
                parts = arguments.elts if isinstance(arguments, ast.Tuple) else [arguments]
                return self._generic(ast.unparse(generic).split(".")[-1], parts, module, scope)
        raise UnreadableAnnotation(f"{ast.unparse(annotation)} in {module.name}")

    def _generic(self, name: str, parts: list[ast.expr], module: Module, scope: str) -> Schema:
        if name == "Literal":
            return {"enum": [ast.literal_eval(part) for part in parts]}
        inner = [self.read(part, module, scope) for part in parts]
        if name in _WRAPPERS:
            return inner[0]
        if name == "Optional":
            return any_of([inner[0], _NULL])
        if name == "Union":
            return any_of(inner)
        if name in _ARRAYS:
            return {"type": "array", "items": inner[0]}
        if name in _MAPPINGS:
            return {"type": "object", "additionalProperties": inner[1]}
        if name == "UntypedStripeObject":
            return {"type": "object", "additionalProperties": inner[0]}
        if name == "ExpandableField":
            return any_of([{"type": "string"}, inner[0]])
        if name == "ListObject":
            return _list_of(inner[0])
        raise UnreadableAnnotation(f"{name}[…] in {module.name}")

    def _reference(self, module: Module, scope: str, name: str) -> Schema:
        """Find a class by name: in the enclosing classes from the inside out, then among the imports."""
        outer = scope.split(".") if scope else []
        for depth in range(len(outer), -1, -1):
            dotted = ".".join([*outer[:depth], name])
            if dotted in module.classes:
                return self._define(module, dotted)
        source, original = module.imports.get(name, ("", name))
        target = self._sources.module(source) if source else None
        if target and original in target.classes:
            return self._define(target, original)
        raise UnreadableAnnotation(f"{name} in {module.name}")

    def _define(self, module: Module, dotted: str) -> Schema:
        key = f"{module.name}:{dotted}"
        if key not in self.definitions:
            self.definitions[key] = {}  # stands there first, because classes refer to each other in circles
            self.definitions[key] = self._class_schema(module, dotted)
        return {"$ref": f"#/$defs/{key}"}

    def _class_schema(self, module: Module, dotted: str) -> Schema:
        properties: dict[str, Schema] = {}
        required: list[str] = []
        for statement in module.classes[dotted].body:
            if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
                continue
            name, text = statement.target.id, ast.unparse(statement.annotation)
            if name.startswith("_") or text.startswith("ClassVar"):
                continue
            properties[name] = self.read(statement.annotation, module, dotted)
            if not text.strip("'\"").startswith(("NotRequired[", "Optional[")):
                required.append(name)
        return _with_deleted_form(properties, required)


def _with_deleted_form(properties: dict[str, Schema], required: list[str]) -> Schema:
    """Return a closed class. One that can be deleted is then answered as no more than a stub."""
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if "deleted" not in properties:
        return schema | {"required": required}
    stub = {"required": ["id", "object", "deleted"], "maxProperties": 3}
    return schema | {"anyOf": [{"required": required}, stub]}


def any_of(schemas: list[Schema]) -> Schema:
    """Return the union, flattened. A list of known words stays closed even where the SDK adds `str` for the
    future.
    """
    flat: list[Schema] = []
    for schema in schemas:
        for part in schema.get("anyOf", [schema]):
            if part not in flat:
                flat.append(part)
    if any("enum" in part for part in flat) and {"type": "string"} in flat:
        flat.remove({"type": "string"})
    return flat[0] if len(flat) == 1 else {"anyOf": flat}


def _list_of(item: Schema) -> Schema:
    return {
        "type": "object",
        "required": ["object", "data", "has_more", "url"],
        "properties": {
            "object": {"enum": ["list"]},
            "data": {"type": "array", "items": item},
            "has_more": {"type": "boolean"},
            "url": {"type": "string"},
            "total_count": {"type": "integer"},
        },
        "additionalProperties": False,
    }
