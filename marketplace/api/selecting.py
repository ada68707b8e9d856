"""`fields=`: the parts of each row that a program wants. `expand=`: what a row names, in full beside it."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

FIELDS, EXPAND = "fields", "expand"
EXPANDED = "expanded"


def expand_of(request: Request, offered: tuple[str, ...]) -> frozenset[str]:
    """What is to be told in full. Raises ValidationError for what this resource does not offer."""
    return _names_of(request, EXPAND, offered) or frozenset()


def fields_of(request: Request, shape: type[serializers.Serializer[Any]]) -> frozenset[str] | None:
    """The fields asked for; None for all. Raises ValidationError for one that there is not."""
    return _names_of(request, FIELDS, field_names(shape))


def with_fields(data: Any, wanted: frozenset[str]) -> Any:
    """A row, or the rows of a page, with these fields alone."""
    if "results" in data:
        return data | {"results": [_part(row, wanted) for row in data["results"]]}
    return _part(data, wanted)


def field_names(shape: type[serializers.Serializer[Any]]) -> tuple[str, ...]:
    names: dict[str, Any] = shape._declared_fields
    return tuple(name for name in names if name != EXPANDED)


def parameters_of(view: Any) -> list[OpenApiParameter]:
    """As the schema documents them: comma-separated names, of which there are so many."""
    parameters = []
    if view.selectable is not None:
        told = "Only these, separated by commas; the rest of each row is left out."
        parameters.append(_parameter(FIELDS, field_names(view.selectable), told))
    if view.expandable:
        told = "What each row names, in full under `expanded`, separated by commas."
        parameters.append(_parameter(EXPAND, view.expandable, told))
    return parameters


def _parameter(name: str, values: tuple[str, ...], description: str) -> OpenApiParameter:
    listed = {"type": "array", "items": {"type": "string", "enum": list(values)}}
    return OpenApiParameter(name, listed, description=description, style="form", explode=False)


def _names_of(request: Request, parameter: str, offered: tuple[str, ...]) -> frozenset[str] | None:
    given = request.query_params.get(parameter)
    if given is None:
        return None
    names = frozenset(name.strip() for name in given.split(",") if name.strip())
    if unknown := sorted(names - set(offered)):
        message = _("There is no %(name)s here; there are: %(names)s.")
        told = {"name": unknown[0][:50], "names": ", ".join(offered)}
        raise ValidationError({parameter: [message % told]})
    return names or None


def _part(row: dict[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name in wanted or name == EXPANDED}
