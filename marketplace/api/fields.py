"""Fields and serializers that take nothing on trust: no coercion, no unknown names."""

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers


class StrictSerializer(serializers.Serializer[Any]):
    """An input whose unknown fields are errors: a misspelt optional field must not be ignored."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = set(data) - set(self.fields) if isinstance(data, Mapping) else set()
        errors: dict[str, Any] = {str(name): [_("Unknown field.")] for name in sorted(unknown)}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if not isinstance(error.detail, dict):
                raise
            errors |= error.detail
        if errors:
            raise serializers.ValidationError(errors)
        return value


class StrictCharField(serializers.CharField):
    """A string, kept to the letter; numbers are not made into one."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("trim_whitespace", False)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictIntegerField(serializers.IntegerField):
    """A JSON integer: not "4", not 4.0, not true."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return data


class MinorUnitsField(StrictIntegerField):
    """An amount of money."""

    default_error_messages = {
        "invalid": _("Send an integer in minor units: 499 stands for $4.99."),
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_value", 2_147_483_647)
        super().__init__(**kwargs)


class Timestamp(serializers.DateTimeField):
    """RFC 3339 in UTC with a Z, whatever zone the reader's pages are in."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=datetime.UTC, **kwargs)


def parsed(serializer_class: type[StrictSerializer], data: Any, *, partial: bool = False) -> dict[str, Any]:
    """The validated body. Raises ValidationError naming each field that is wrong."""
    if not isinstance(data, Mapping):
        raise serializers.ValidationError([_("Send a JSON object.")])
    # An empty body arrives as an empty form, whose missing fields would count as empty ones.
    serializer = serializer_class(data=dict(data), partial=partial)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def shaped(
    serializer_class: type[serializers.BaseSerializer[Any]], rows: Iterable[Any]
) -> list[dict[str, Any]]:
    """Rows as they are sent. Nested shapes are fields, not serializers made per row: that costs most."""
    serializer: Any = serializer_class(rows, many=True)
    return list(serializer.data)
