"""What a rule is, what it reads, and the table of all rules."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from django.utils.functional import Promise

from listings.templating import Place, Template, TemplateVariable, parse


class Severity(StrEnum):
    """How much it matters: a moderator would return it; a buyer would be put off; it could be better."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True)
class Example:
    values: Mapping[str, object]
    output_text: str


@dataclass(frozen=True)
class Draft:
    """A listing as its seller has written it so far; anything may be missing."""

    title: str = ""
    summary: str = ""
    description: str = ""
    model: str = ""
    model_name: str = ""
    modality: str = "text"
    language: str = "en"
    prompt: str = ""
    instructions: str = ""
    variables: tuple[TemplateVariable, ...] = ()
    examples: tuple[Example, ...] = ()
    other_model_names: tuple[str, ...] = field(default=())

    @cached_property
    def template(self) -> Template:
        return parse(self.prompt)

    @property
    def public_texts(self) -> dict[str, str]:
        """What anyone may read, by field."""
        return {"title": self.title, "summary": self.summary, "description": self.description}


@dataclass(frozen=True)
class Hit:
    """Where a rule applies: a field (`examples.0` is the first example), what to do, the place if known."""

    field: str
    message: str
    place: Place | None = None


@dataclass(frozen=True)
class Rule:
    """`id` never changes its meaning: decisions of moderators refer to it."""

    id: str
    severity: Severity
    title: str | Promise
    lesson: str | Promise
    check: Callable[[Draft], Iterable[Hit]]


RULES: dict[str, Rule] = {}


def rule(
    id: str, severity: Severity, *, title: str | Promise, lesson: str | Promise
) -> Callable[[Callable[[Draft], Iterable[Hit]]], Callable[[Draft], Iterable[Hit]]]:
    """Add a check to the table. The title names the fault, the lesson says why it matters and what helps."""

    def register(check: Callable[[Draft], Iterable[Hit]]) -> Callable[[Draft], Iterable[Hit]]:
        RULES[id] = Rule(id, severity, title, lesson, check)
        return check

    return register
