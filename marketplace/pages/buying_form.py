"""The form that a prompt's variables make."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from listings.models import PromptVersion
from listings.templating import Rendered, TemplateVariable, VariableType, fit_variables, render
from listings.templating.values import value_text


class PromptForm(forms.Form):
    """One field for each variable. The template language, not Django, says what fits."""

    use_required_attribute = False
    # A variable may be called anything, csrfmiddlewaretoken too.
    prefix = "v"

    def __init__(self, version: PromptVersion, data: QueryDict | None = None) -> None:
        declared = [TemplateVariable.from_dict(raw) for raw in version.variables]
        self._text = version.text
        self._variables = fit_variables(version.text, declared)
        super().__init__(data, label_suffix="")
        for variable in self._variables:
            self.fields[variable.name] = _field(variable)

    @cached_property
    def rendered(self) -> Rendered:
        """The finished text with what was typed, or with the defaults."""
        return render(self._text, self._variables, self._values())

    def full_clean(self) -> None:
        self._errors = ErrorDict()
        self.cleaned_data = {}
        for name, messages in self.rendered.errors.items() if self.is_bound else ():
            self._errors[name] = self.error_class(messages)

    @property
    def missing(self) -> list[str]:
        """Labels of what is still to be filled in before the text is finished."""
        return [str(self[name].label) for name in self.rendered.errors if self._is_blank(name)]

    @property
    def live_errors(self) -> list[tuple[forms.BoundField, list[str]]]:
        """Each field with what is wrong in it; while one types, an empty field is no mistake yet."""
        errors = self.rendered.errors
        return [(bound, [] if self._is_blank(bound.name) else errors.get(bound.name, [])) for bound in self]

    def typed_values(self) -> dict[str, Any]:
        """What was typed, as it can be kept and typed again."""
        return self._values()

    @classmethod
    def retyped(cls, version: PromptVersion, values: Mapping[str, Any]) -> "PromptForm":
        """The form with kept values, as if they had been typed; those of variables that are gone are lost."""
        data = QueryDict(mutable=True)
        for name, value in values.items():
            if isinstance(value, list):
                data.setlist(f"{cls.prefix}-{name}", value)
            elif value is not False:
                data[f"{cls.prefix}-{name}"] = "on" if value is True else str(value)
        return cls(version, data)

    def _values(self) -> dict[str, Any]:
        if not self.is_bound:
            return {}
        return {bound.name: _plain_lines(bound.data) for bound in self}

    def _is_blank(self, name: str) -> bool:
        value = self[name].value()
        return not value.strip() if isinstance(value, str) else not value


def _field(variable: TemplateVariable) -> forms.Field:
    common: dict[str, Any] = {
        "label": variable.label,
        "help_text": variable.help,
        "required": variable.required,
        "initial": variable.default,
    }
    choices = [(choice, choice) for choice in variable.choices]
    match variable.type:
        case VariableType.LONG_TEXT:
            return forms.CharField(widget=forms.Textarea(attrs={"rows": 5}), **common)
        case VariableType.NUMBER:
            return forms.CharField(widget=forms.TextInput(attrs={"inputmode": "decimal"}), **common)
        case VariableType.CHOICE:
            if not (variable.required and variable.default):
                choices.insert(0, ("", _("Choose…") if variable.required else _("None")))
            return forms.CharField(widget=forms.Select(choices=choices), **common)
        case VariableType.MULTI_CHOICE:
            common["initial"] = value_text(variable, variable.default)[0].split(", ")
            return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **common)
        case VariableType.TOGGLE:
            common["initial"] = value_text(variable, variable.default)[0] == "true"
            return forms.BooleanField(**common)
        case _:
            return forms.CharField(widget=forms.TextInput(attrs={"autocomplete": "off"}), **common)


def _plain_lines(value: Any) -> Any:
    """Browsers send line breaks as CR LF; the text that is copied has plain ones."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value
