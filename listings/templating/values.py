"""From what a form or a client sent for one variable to the text that stands in the prompt."""

import re
from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from listings.templating.variables import TemplateVariable, VariableType

MAX_VALUE_LENGTH = 20_000
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}([.,][0-9]{1,20})?")
_ON = frozenset({"true", "on", "yes", "1"})
_OFF = frozenset({"false", "off", "no", "0", ""})


def value_text(variable: TemplateVariable, value: object) -> tuple[str, str]:
    """The text for `value`, and the sentence that says why it does not fit (empty when it does)."""
    if variable.type == VariableType.MULTI_CHOICE:
        return _several(variable, value)
    text = _plain(value)
    if text is None:
        return "", _("This value is not a text.")
    if variable.type == VariableType.TOGGLE:
        return _toggle(text)
    if len(text) > MAX_VALUE_LENGTH:
        return text, _("Use at most %(count)d characters.") % {"count": MAX_VALUE_LENGTH}
    if not text.strip():
        return "", _("Fill this in.") if variable.required else ""
    if variable.type == VariableType.NUMBER:
        return text.strip(), _number_problem(variable, text.strip())
    if variable.type == VariableType.CHOICE:
        return text, "" if text in variable.choices else _not_offered(variable)
    return text, _length_problem(variable, len(text))


def _several(variable: TemplateVariable, value: object) -> tuple[str, str]:
    if isinstance(value, str):
        chosen = [value] if value in variable.choices else [part.strip() for part in value.split(",")]
    elif isinstance(value, list | tuple):
        chosen = [_plain(item) or "" for item in value]
    else:
        return "", _("This value is not a list.")
    chosen = [choice for choice in dict.fromkeys(chosen) if choice]
    text = ", ".join(chosen)
    if not chosen:
        return "", _("Choose at least one.") if variable.required else ""
    if not set(chosen) <= set(variable.choices):
        return text, _not_offered(variable)
    return text, _count_problem(variable, len(chosen))


def _number_problem(variable: TemplateVariable, text: str) -> str:
    if not _NUMBER.fullmatch(text):
        return _("Write a number, such as 12 or 2.5.")
    number = Decimal(text.replace(",", "."))
    if variable.minimum is not None and number < variable.minimum:
        return _("Write a number of at least %(limit)d.") % {"limit": variable.minimum}
    if variable.maximum is not None and number > variable.maximum:
        return _("Write a number of at most %(limit)d.") % {"limit": variable.maximum}
    return ""


def _length_problem(variable: TemplateVariable, length: int) -> str:
    if variable.minimum is not None and length < variable.minimum:
        return _("Use at least %(count)d characters.") % {"count": variable.minimum}
    if variable.maximum is not None and length > variable.maximum:
        return _("Use at most %(count)d characters.") % {"count": variable.maximum}
    return ""


def _count_problem(variable: TemplateVariable, count: int) -> str:
    if variable.minimum is not None and count < variable.minimum:
        return _("Choose at least %(count)d.") % {"count": variable.minimum}
    if variable.maximum is not None and count > variable.maximum:
        return _("Choose at most %(count)d.") % {"count": variable.maximum}
    return ""


def _toggle(text: str) -> tuple[str, str]:
    word = text.strip().lower()
    if word in _ON:
        return "true", ""
    return "false", "" if word in _OFF else _("Write true or false.")


def _plain(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        try:
            return str(value)
        except ValueError:  # an integer of thousands of digits
            return None
    return None


def _not_offered(variable: TemplateVariable) -> str:
    return _("Choose one of: %(choices)s.") % {"choices": _shown(variable.choices)}


def _shown(choices: Sequence[str]) -> str:
    return ", ".join(choices[:10]) + (" …" if len(choices) > 10 else "")
