"""Filling a prompt's blanks."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from listings.templating.names import PLACEHOLDER
from listings.templating.values import value_text
from listings.templating.variables import TemplateVariable, VariableType, fit_variables

# A name may stand in a text thousands of times, so that a value of some length becomes gigabytes.
MAX_RENDERED_LENGTH = 1_000_000


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

    _shorten(text, filled, errors)

    def fill(match: re.Match[str]) -> str:
        return match[0][1:] if match[1] else filled[match[2]]

    return Rendered(PLACEHOLDER.sub(fill, text), errors)


def _shorten(text: str, filled: dict[str, str], errors: dict[str, list[str]]) -> None:
    """Give up the values that take the most room until the whole is no longer than it may be."""
    uses = Counter(match[2] for match in PLACEHOLDER.finditer(text) if not match[1])
    length = len(text) + sum(len(filled[name]) * count for name, count in uses.items())
    for name, count in sorted(uses.items(), key=lambda use: -len(filled[use[0]]) * use[1]):
        if length <= MAX_RENDERED_LENGTH:
            return
        length -= len(filled[name]) * count
        filled[name] = f"[{name}]"
        errors[name] = [_("Use at most %(count)d characters.") % {"count": MAX_RENDERED_LENGTH // count}]


def _fallback(variable: TemplateVariable) -> object:
    return [] if variable.type == VariableType.MULTI_CHOICE and not variable.default else variable.default
