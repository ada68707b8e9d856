"""Filling a prompt's blanks."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from listings.templating.names import PLACEHOLDER
from listings.templating.values import value_text
from listings.templating.variables import TemplateVariable, VariableType, fit_variables


@dataclass(frozen=True)
class Rendered:
    """The finished text, and per variable why its value does not fit. A blank left open reads `[Label]`."""

    text: str
    errors: dict[str, list[str]] = field(default_factory=dict)


def render(text: str, variables: Sequence[TemplateVariable], values: Mapping[str, object]) -> Rendered:
    """Put `values` into `text`. Never raises, and leaves no declared variable in the text.

    A value left out counts as the default. Values are put in as they are, in one pass: braces in a value mean
    nothing. A name in the text that nobody declared is a required text field.
    """
    filled: dict[str, str] = {}
    errors: dict[str, list[str]] = {}
    for variable in fit_variables(text, variables):
        given = values.get(variable.name)
        content, problem = value_text(variable, _fallback(variable) if given is None else given)
        if problem:
            errors[variable.name] = [problem]
        filled[variable.name] = content if content or not problem else f"[{variable.label or variable.name}]"

    def fill(match: re.Match[str]) -> str:
        return match[0][1:] if match[1] else filled[match[2]]

    return Rendered(PLACEHOLDER.sub(fill, text), errors)


def _fallback(variable: TemplateVariable) -> object:
    return [] if variable.type == VariableType.MULTI_CHOICE and not variable.default else variable.default
