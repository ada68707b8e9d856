"""The listing editor's form as a whole: the listing, a row per variable, a row per example.

It always holds what was typed, saved or not, so that no answer ever loses a word. Variables are keyed by
their names, which come from the prompt itself; examples by their position.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _

from common.errors import DomainError
from listings.models import Listing, Modality, Picture, PromptVersion, TargetModel
from listings.models.listing import License
from listings.queries.revisions import Proposal
from listings.services.inputs import PUBLIC_FIELDS
from listings.services.public_text import public_facts
from listings.templating import (
    MAX_VARIABLES,
    Fault,
    Rendered,
    TemplateVariable,
    fit_variables,
    normalise_syntaxes,
    parse,
    render,
)
from marketplace.pages.selling_fields import (
    MAX_PROMPT_LENGTH,
    ExampleForm,
    ListingForm,
    VariableForm,
    dollars,
    example_prefix,
    variable_prefix,
)

EXAMPLES_SHOWN = 2
EXAMPLES_MAX = 12
DEFAULT_PRICE_AMOUNT = 499
_VARIABLE_KEY = re.compile(r"variable-([a-z][a-z0-9_]*)-type")
_EXAMPLE_KEY = re.compile(r"example-(\d{1,3})-(output|picture|picture_alt|value-[a-z][a-z0-9_]*)")
# What the services call a field, where the form calls it otherwise.
_FIELD_NAMES = {"price_amount": "price", "text": "prompt"}
_GROUPS = ("variables", "examples", "email")

# What is kept of a form while it is typed: its own fields, and nothing else that is sent along.
_FIELD = re.compile(
    "title|summary|model|category|tags|language|license|description|prompt|instructions|price|changelog"
    r"|variable-[a-z][a-z0-9_]*-[a-z]+|example-\d{1,3}-(?:output|picture|picture_alt|value-[a-z][a-z0-9_]*)"
)

Data = dict[str, str]


@dataclass(frozen=True)
class Problem:
    """One line of the summary above the form; `href` leads to what has to be put right."""

    href: str
    label: str
    message: str


class ListingEditor:
    """The whole form. With `is_locked` the public text is not asked for: a moderator has a new one."""

    def __init__(self, data: Mapping[str, str], *, is_locked: bool = False, is_new: bool = True) -> None:
        self.data: Data = {"language": "en", "license": License.PERSONAL.value} | dict(data)
        self.is_locked = is_locked
        self.is_new = is_new
        self.listing = ListingForm(self.data)
        declared = [VariableForm(self.data, name=name).variable() for name in _variable_names(self.data)]
        self.variables = fit_variables(self.prompt, declared)[:MAX_VARIABLES]
        self.group_errors: dict[str, list[str]] = {}
        self._build_rows(example_rows(self.data))

    @classmethod
    def of(
        cls, listing: Listing, version: PromptVersion | None, proposal: Proposal | None = None
    ) -> "ListingEditor":
        """The form as the listing stands, with the new public text that is being written."""
        version_data = _version_data(version) if version else {}
        return cls.posted(_public_data(listing, proposal) | version_data, listing, proposal)

    @classmethod
    def posted(cls, data: Data, listing: Listing, proposal: Proposal | None = None) -> "ListingEditor":
        """The form as it was typed; locked fields, which it does not send, as the listing stands."""
        is_locked = proposal is not None and proposal.is_waiting
        data = _public_data(listing, proposal) | data if is_locked else data
        return cls(data, is_locked=is_locked, is_new=listing.published_at is None)

    @classmethod
    def empty(cls, *, language: str) -> "ListingEditor":
        return cls({"language": language, "price": dollars(DEFAULT_PRICE_AMOUNT)})

    @property
    def prompt(self) -> str:
        """The text that is read for blanks; one too long to be saved is not read any further."""
        return self.data.get("prompt", "").replace("\r\n", "\n")[:MAX_PROMPT_LENGTH]

    @property
    def rendered(self) -> Rendered:
        """The prompt as a buyer gets it who fills in what the first example does."""
        return render(self.prompt, self.variables, self.example_values)

    @property
    def example_values(self) -> dict[str, str]:
        """The values of the first example that has any."""
        rows = (
            {name: row.get(f"value-{name}", "") for name in self._names} for row in example_rows(self.data)
        )
        filled = ({name: value for name, value in row.items() if value} for row in rows)
        return next(filter(None, filled), {})

    @property
    def _names(self) -> list[str]:
        return [variable.name for variable in self.variables]

    @property
    def faults(self) -> list[Fault]:
        """Tags and part lines that cannot do what they were meant to, with line and column."""
        return list(parse(self.prompt).faults)

    @property
    def can_add_example(self) -> bool:
        return len(self.examples) < EXAMPLES_MAX

    @property
    def foreign_blanks(self) -> list[str]:
        """Labels of the blanks that are written another way, `[Name]` or `${Name}` say."""
        normalised, found = normalise_syntaxes(self.prompt)
        known = {variable.name for variable in self.variables}
        return [] if normalised == self.prompt else [v.label for v in found if v.name not in known]

    def blanks_convert(self) -> None:
        """Write those blanks our way, keeping their labels and defaults."""
        rest = self.data.get("prompt", "").replace("\r\n", "\n")[MAX_PROMPT_LENGTH:]
        normalised, found = normalise_syntaxes(self.prompt)
        self.data["prompt"] = normalised + rest
        self.listing = ListingForm(self.data)
        self.variables = fit_variables(self.prompt, [*self.variables, *found])[:MAX_VARIABLES]
        self._build_rows(example_rows(self.data))

    def example_add(self) -> None:
        if self.can_add_example:
            self._build_rows([*example_rows(self.data), {}], keep=len(self.examples) + 1)

    def example_remove(self, index: int) -> None:
        rows = example_rows(self.data)
        self._build_rows(rows[:index] + rows[index + 1 :])

    def picture_remove(self, index: int) -> None:
        rows = example_rows(self.data)
        if index < len(rows):
            rows[index] |= {"picture": "", "picture_alt": ""}
            self._build_rows(rows, keep=len(self.examples))

    @property
    def takes_pictures(self) -> bool:
        """Whether the chosen model makes something to look at."""
        chosen = TargetModel.objects.filter(slug=self.listing["model"].value()).first()
        return chosen is not None and chosen.modality in (Modality.IMAGE, Modality.VIDEO)

    def is_valid(self) -> bool:
        forms_: list[forms.Form] = [self.listing, *self.variable_forms, *self.examples]
        return all([form.is_valid() for form in forms_])

    def fields(self) -> dict[str, Any]:
        """What the drafts service takes; call after `is_valid`."""
        cleaned = dict(self.listing.cleaned_data)
        price_amount = cleaned.pop("price")
        if self.is_new:
            cleaned["title"] = cleaned["title"] or _("Untitled prompt")
        if self.is_locked:
            cleaned = {name: value for name, value in cleaned.items() if name not in PUBLIC_FIELDS}
        return cleaned | {
            "price_amount": DEFAULT_PRICE_AMOUNT if price_amount is None else price_amount,
            "variables": [form.variable().to_dict() for form in self.variable_forms],
            "examples": [
                {
                    "values": form.values,
                    "output_text": form.cleaned_data["output"],
                    "picture": form.cleaned_data["picture"],
                    "picture_alt": form.cleaned_data["picture_alt"],
                }
                for form in self.examples
                if not form.is_blank
            ],
        }

    def show_errors(self, error: DomainError) -> None:
        """Put a service's refusal where it belongs: at a field, above a group of rows, or above the form."""
        self.show_problems(error.errors)
        if not error.errors:
            self.listing.add_error(None, error.message)

    def show_problems(self, problems: Mapping[str, list[Any]]) -> None:
        for name, messages in problems.items():
            group = next((group for group in _GROUPS if name.split(".")[0] == group), None)
            if group:
                self.group_errors.setdefault(group, []).extend(messages)
                continue
            field = _FIELD_NAMES.get(name, name)
            self.listing.add_error(field if field in self.listing.fields else None, list(messages))

    def problems(self) -> list[Problem]:
        """Every error of the form in the order of the page."""
        found = [Problem("#form", "", str(message)) for message in self.listing.non_field_errors()]
        for bound in self.listing:
            found += [_problem(bound, str(bound.label), str(message)) for message in bound.errors]
        places = {
            "email": (_("Email address"), reverse("account_email")),
            "variables": (_("Blanks"), "#variables"),
            "examples": (_("Examples"), "#examples"),
        }
        for group, (label, href) in places.items():
            found += [Problem(href, label, str(message)) for message in self.group_errors.get(group, [])]
        for form, label in self._rows():
            for bound in form:
                found += [_problem(bound, label, f"{bound.label}: {message}") for message in bound.errors]
        return found

    def _rows(self) -> list[tuple[forms.Form, str]]:
        variables: list[tuple[forms.Form, str]] = [(form, form.placeholder) for form in self.variable_forms]
        return variables + [
            (form, _("Example %(number)d") % {"number": form.number}) for form in self.examples
        ]

    def _build_rows(self, examples: list[Data], *, keep: int = 0) -> None:
        """Make the rows' forms anew: variables as declared, examples numbered from nought without gaps."""
        self.data = {name: value for name, value in self.data.items() if not _EXAMPLE_KEY.fullmatch(name)}
        for variable in self.variables:
            self.data |= _variable_data(variable) if not _is_posted(self.data, variable.name) else {}
        count = max(EXAMPLES_SHOWN, len(examples), keep)
        for index in range(count):
            row = examples[index] if index < len(examples) else {}
            self.data |= {f"{example_prefix(index)}-{name}": value for name, value in row.items()}
        self.variable_forms = [VariableForm(self.data, name=variable.name) for variable in self.variables]
        self.examples = [
            ExampleForm(self.data, index=index, variables=self.variables) for index in range(count)
        ]
        self._show_pictures()

    def _show_pictures(self) -> None:
        named = {form.index: str(form["picture"].value() or "") for form in self.examples}
        found = Picture.objects.filter(digest__in=filter(None, named.values()), doomed_at=None)
        pictures = {picture.digest: picture for picture in found} if any(named.values()) else {}
        for form in self.examples:
            form.shown = pictures.get(named[form.index])


def _problem(bound: forms.BoundField, label: str, message: str) -> Problem:
    return Problem(f"#{bound.id_for_label}", label, message)


def _public_data(listing: Listing, proposal: Proposal | None) -> Data:
    facts = public_facts(listing) | (proposal.revision.fields if proposal else {})
    return facts | {"tags": ", ".join(facts["tags"]), "price": dollars(listing.price_amount)}


def _version_data(version: PromptVersion) -> Data:
    data = {
        "prompt": version.text,
        "instructions": version.instructions,
        "changelog": "" if version.is_sealed else version.changelog,
    }
    for raw in version.variables:
        data |= _variable_data(TemplateVariable.from_dict(raw))
    for index, example in enumerate(version.examples.all()):
        prefix = example_prefix(index)
        data[f"{prefix}-output"] = example.output_text
        if example.picture is not None:
            data |= {
                f"{prefix}-picture": example.picture.digest,
                f"{prefix}-picture_alt": example.picture_alt,
            }
        data |= {f"{prefix}-value-{name}": _shown(value) for name, value in example.values.items()}
    return data


def _variable_data(variable: TemplateVariable) -> Data:
    values = {
        "label": variable.label,
        "type": str(variable.type),
        "help": variable.help,
        "default": variable.default,
        "choices": "\n".join(variable.choices),
    }
    values |= {name: str(limit) for name, limit in variable.limits.items() if limit is not None}
    if variable.required:
        values["required"] = "on"
    return {f"{variable_prefix(variable.name)}-{name}": value for name, value in values.items()}


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _is_posted(data: Data, name: str) -> bool:
    return f"{variable_prefix(name)}-type" in data


def _variable_names(data: Data) -> list[str]:
    return [match[1] for match in map(_VARIABLE_KEY.fullmatch, data) if match]


def example_rows(data: Data) -> list[Data]:
    rows: dict[int, Data] = {}
    for key, value in data.items():
        if match := _EXAMPLE_KEY.fullmatch(key):
            rows.setdefault(int(match[1]), {})[match[2]] = value
    return [rows[index] for index in sorted(rows)][:EXAMPLES_MAX]


def typed_fields(sent: Mapping[str, Any]) -> Data:
    """The editor's own fields among what was sent."""
    return {name: str(sent[name]) for name in sent if _FIELD.fullmatch(name)}
