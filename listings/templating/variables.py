"""What a buyer is asked for: the declared variables of a prompt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from listings.templating.names import label_from, section_only_names, variable_names


class VariableType(TextChoices):
    TEXT = "text", _("One line")
    LONG_TEXT = "long_text", _("Several lines")
    NUMBER = "number", _("Number")
    CHOICE = "choice", _("One of a list")
    MULTI_CHOICE = "multi_choice", _("Several of a list")
    TOGGLE = "toggle", _("Yes or no")


WITH_CHOICES = frozenset({VariableType.CHOICE, VariableType.MULTI_CHOICE})


@dataclass(frozen=True)
class TemplateVariable:
    """One blank of a prompt. `default` is written as a form sends it: `true` or `false` for a toggle.

    `minimum` and `maximum` bound a number's value, a text's characters, or how many choices may be taken.
    """

    name: str
    label: str = ""
    type: str = VariableType.TEXT.value
    help: str = ""
    default: str = ""
    choices: tuple[str, ...] = ()
    required: bool = True
    minimum: int | None = None
    maximum: int | None = None

    @property
    def limits(self) -> dict[str, int | None]:
        return {"minimum": self.minimum, "maximum": self.maximum}

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "help": self.help,
            "default": self.default,
            "choices": list(self.choices),
            "required": self.required,
        } | {name: limit for name, limit in self.limits.items() if limit is not None}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> "TemplateVariable":
        """Read what `to_dict` wrote, or what a client sent; anything missing or odd gets a harmless value.

        Whether the result is acceptable is for `templating.schema_problems` to say.
        """
        name = _text(raw.get("name"))
        choices = raw.get("choices")
        return cls(
            name=name,
            label=_text(raw.get("label")).strip() or label_from(name),
            type=_text(raw.get("type")) or VariableType.TEXT.value,
            help=_text(raw.get("help")).strip(),
            default=_default_text(raw.get("default")),
            choices=tuple(_text(choice) for choice in choices) if isinstance(choices, list | tuple) else (),
            required=raw.get("required") is not False,
            minimum=_limit(raw.get("minimum")),
            maximum=_limit(raw.get("maximum")),
        )


def derive_variables(text: str) -> list[TemplateVariable]:
    """Required text fields for the variables of a text that declares none; yes or no for mere switches."""
    switches = section_only_names(text)
    return [_switch(name) if name in switches else _blank(name) for name in variable_names(text)]


def fit_variables(text: str, declared: Sequence[TemplateVariable]) -> list[TemplateVariable]:
    """Exactly the variables `text` uses: as declared, or else a required text field; unused ones go.

    Declared variables keep the order they were declared in; it is the order of the buyer's form.
    """
    used = set(variable_names(text))
    kept = [variable for variable in declared if variable.name in used]
    known = {variable.name for variable in kept}
    return kept + [variable for variable in derive_variables(text) if variable.name not in known]


def _blank(name: str) -> TemplateVariable:
    return TemplateVariable(name=name, label=label_from(name))


def _switch(name: str) -> TemplateVariable:
    kind = VariableType.TOGGLE.value
    return TemplateVariable(name=name, label=label_from(name), type=kind, required=False)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _limit(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _default_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        try:
            return str(value)
        except ValueError:
            return ""
    if isinstance(value, list | tuple):
        return ", ".join(_text(item) for item in value)
    return _text(value)
