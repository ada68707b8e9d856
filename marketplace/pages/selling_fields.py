"""The fields of the listing editor. They refuse only what cannot be stored: a draft may be incomplete."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.conf.locale import LANG_INFO
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from listings.models import Category, Picture, TargetModel
from listings.models.listing import License
from listings.templating import TemplateVariable, VariableType

_DOLLARS = re.compile(r"([0-9]{1,7})(?:[.,]([0-9]{1,2}))?")
MAX_PROMPT_LENGTH = 40_000
PROMPT_LANGUAGES = ("en", "fr", "de", "es", "it", "nl", "pt", "ja")
LANGUAGE_CHOICES = [(code, LANG_INFO[code]["name_local"].capitalize()) for code in PROMPT_LANGUAGES]


class DraftField(forms.CharField):
    """Text that may be missing from a draft. `required` says whether submitting will ask for it."""

    def validate(self, value: Any) -> None:
        """Nothing is refused here for being empty; `submission_problems` is the judge."""


class LinesField(DraftField):
    """Text of several lines as it was typed: browsers send CRLF, which would count each line's end twice."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, **kwargs)

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n").replace("\r", "\n")


class DollarsField(DraftField):
    """An amount as people write it, `4.99` or `4,99`; cleaned to minor units, or None when left empty."""

    default_error_messages = {"dollars": _("Write the price in dollars, such as 4.99, or 0 for free.")}

    def clean(self, value: Any) -> int | None:
        typed = re.sub(r"[\s$]|US", "", super().clean(value))
        if not typed:
            return None
        match = _DOLLARS.fullmatch(typed)
        if match is None:
            raise forms.ValidationError(self.error_messages["dollars"], code="dollars")
        return int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0"))


def dollars(amount: int) -> str:
    """Minor units as the price field shows them in the active language: 4.99, or 4,99."""
    return number_format(Decimal(amount) / 100, decimal_pos=2, force_grouping=False)


class ListingForm(forms.Form):
    use_required_attribute = False

    title = DraftField(
        label=_("Title"),
        max_length=170,
        help_text=_("What it makes, in the buyer's words."),
    )
    summary = DraftField(
        label=_("One-line summary"),
        max_length=160,
        help_text=_("Shown under the title in lists and search results."),
    )
    model = forms.ChoiceField(label=_("Model"))
    category = forms.ChoiceField(label=_("Category"))
    tags = DraftField(
        label=_("Tags"),
        max_length=400,
        required=False,
        help_text=_("A few words people search for, with commas between them."),
    )
    language = forms.ChoiceField(
        label=_("Language of the prompt"),
        choices=LANGUAGE_CHOICES,
    )
    license = forms.ChoiceField(
        label=_("Licence"),
        choices=License.choices,
        help_text=_("Personal: for the buyer's own use. Commercial: also in paid work for others."),
    )
    description = LinesField(
        label=_("Description"),
        max_length=6000,
        help_text=_("What it does, for whom, and what to expect. Markdown: **bold**, lists, ## headings."),
        widget=forms.Textarea(attrs={"rows": 10}),
    )
    prompt = LinesField(
        label=_("Prompt"),
        max_length=MAX_PROMPT_LENGTH,
        help_text=_(
            "Secret until it is bought. Write {{name}} where the buyer fills something in: lower-case "
            "letters, digits and underscores. {{#name}}…{{/name}} shows only if it is filled in; a line "
            "=== system ===, === user === or === step: Title === begins a part."
        ),
        widget=forms.Textarea(attrs={"rows": 16, "class": "is-code", "spellcheck": "true"}),
    )
    instructions = LinesField(
        label=_("Instructions for the buyer"),
        required=False,
        max_length=6000,
        help_text=_(
            "How to get the best out of it: settings, follow-up questions. Secret until it is bought."
        ),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    price = DollarsField(
        label=_("Price in US dollars"),
        max_length=20,
        help_text=_(
            "0 for free, or from $3.00. Of a $5.00 sale you keep $4.00: 20%, card fees included, is ours."
        ),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    changelog = DraftField(
        label=_("What changed in this version"),
        max_length=500,
        required=False,
        help_text=_("For those who own it already, such as: shorter answers, a new tone."),
    )

    def __init__(self, data: dict[str, str]) -> None:
        first_model, other = TargetModel.objects.values_list("slug", flat=True).first(), "other"
        super().__init__({"model": first_model, "category": other} | data)
        models: forms.ChoiceField = self.fields["model"]  # type: ignore[assignment]
        models.choices = list(TargetModel.objects.values_list("slug", "name"))
        languages: forms.ChoiceField = self.fields["language"]  # type: ignore[assignment]
        if (language := data.get("language", "")) not in PROMPT_LANGUAGES:
            languages.choices = [*LANGUAGE_CHOICES, (language, language)]
        categories: forms.ChoiceField = self.fields["category"]  # type: ignore[assignment]
        categories.choices = [(category.slug, category.local_name) for category in Category.objects.all()]

    def clean_tags(self) -> list[str]:
        tags = (tag.strip() for tag in self.cleaned_data["tags"].split(","))
        return list(dict.fromkeys(tag for tag in tags if tag))


# What a limit counts, by kind of variable; the other kinds have none.
_LIMIT_HELP = {
    VariableType.TEXT: _("Characters."),
    VariableType.LONG_TEXT: _("Characters."),
    VariableType.NUMBER: _("The number itself."),
    VariableType.MULTI_CHOICE: _("How many are chosen."),
}


class VariableForm(forms.Form):
    """How the buyer is asked for one variable of the prompt."""

    use_required_attribute = False

    label = DraftField(label=_("Label"), max_length=80)
    type = forms.ChoiceField(label=_("Kind"), choices=VariableType.choices)
    help = DraftField(label=_("Help"), max_length=300, required=False)
    default = LinesField(label=_("Default"), max_length=5000, required=False, widget=forms.TextInput)
    choices = LinesField(
        label=_("Choices"),
        max_length=13_000,
        help_text=_("One a line."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    required = forms.BooleanField(label=_("Must be filled in"), required=False)
    minimum = forms.IntegerField(label=_("At least"), required=False)
    maximum = forms.IntegerField(label=_("At most"), required=False)

    def __init__(self, data: dict[str, str], *, name: str) -> None:
        super().__init__(data, prefix=variable_prefix(name), auto_id="%s")
        self.name = name
        kind = self["type"].value()
        if kind == VariableType.LONG_TEXT:
            self.fields["default"].widget = forms.Textarea(attrs={"rows": 3})
        self.fields["minimum"].help_text = self.fields["maximum"].help_text = _LIMIT_HELP.get(kind, "")

    @property
    def placeholder(self) -> str:
        """As it stands in the prompt."""
        return f"{{{{{self.name}}}}}"

    @property
    def has_choices(self) -> bool:
        return self["type"].value() in (VariableType.CHOICE, VariableType.MULTI_CHOICE)

    @property
    def has_limits(self) -> bool:
        return self["type"].value() in _LIMIT_HELP

    def variable(self) -> TemplateVariable:
        """What was typed, as a variable; odd values are for the services to judge."""
        return TemplateVariable.from_dict(
            {
                "name": self.name,
                "label": self["label"].value(),
                "type": self["type"].value(),
                "help": self["help"].value(),
                "default": (self["default"].value() or "").replace("\r\n", "\n"),
                "choices": [
                    line.strip() for line in (self["choices"].value() or "").splitlines() if line.strip()
                ],
                "required": bool(self["required"].value()),
                "minimum": self._limit("minimum"),
                "maximum": self._limit("maximum"),
            }
        )

    def _limit(self, name: str) -> int | None:
        """What was typed as a limit, where this kind has limits; what is no number is told by the field."""
        self.is_valid()
        return self.cleaned_data.get(name) if self.has_limits else None


class ExampleForm(forms.Form):
    """A recorded sample: a value for each variable, and what came out."""

    use_required_attribute = False

    output = LinesField(label=_("Output"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 6}))
    picture = DraftField(max_length=64, required=False, widget=forms.HiddenInput)
    picture_alt = DraftField(
        label=_("What the picture shows"),
        max_length=300,
        required=False,
        help_text=_("In a few words, for those who cannot see it and while it loads."),
    )

    def __init__(self, data: dict[str, str], *, index: int, variables: list[TemplateVariable]) -> None:
        super().__init__(data, prefix=example_prefix(index), auto_id="%s")
        self.index = index
        self.names = [variable.name for variable in variables]
        for variable in variables:
            self.fields[f"value-{variable.name}"] = LinesField(
                label=variable.label, max_length=20_000, widget=_value_widget(variable)
            )
        self.order_fields([f"value-{name}" for name in self.names])
        self.shown: Picture | None = None

    @property
    def value_fields(self) -> list[forms.BoundField]:
        return [self[f"value-{name}"] for name in self.names]

    @property
    def number(self) -> int:
        return self.index + 1

    @property
    def values(self) -> dict[str, str]:
        """The values typed, without the empty ones."""
        typed = {name: self.cleaned_data.get(f"value-{name}", "") for name in self.names}
        return {name: value for name, value in typed.items() if value}

    @property
    def is_blank(self) -> bool:
        typed = (self.cleaned_data.get("output", ""), self.cleaned_data.get("picture", ""))
        return not self.values and not any(text.strip() for text in typed)


def variable_prefix(name: str) -> str:
    return f"variable-{name}"


def example_prefix(index: int) -> str:
    return f"example-{index}"


def _value_widget(variable: TemplateVariable) -> forms.Widget:
    if variable.type == VariableType.LONG_TEXT:
        return forms.Textarea(attrs={"rows": 3})
    return forms.TextInput()
