"""Filling a prompt's blanks."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from django.utils.translation import gettext as _

from listings.templating.parsing import PartRole, TagKind, Template, parse
from listings.templating.values import value_text
from listings.templating.variables import TemplateVariable, VariableType, fit_variables

# A name may stand in a text thousands of times, so that a value of some length becomes gigabytes.
MAX_RENDERED_LENGTH = 1_000_000


@dataclass(frozen=True)
class RenderedPart:
    """One part of a prompt, finished; a chain's steps are sent one after the other."""

    role: PartRole
    title: str
    text: str


@dataclass(frozen=True)
class Rendered:
    """The finished text, and per variable why its value does not fit. A blank left open reads `[Label]`.

    `parts` has the same text part by part, and is empty where the seller made no parts.
    """

    text: str
    errors: dict[str, list[str]] = field(default_factory=dict)
    parts: tuple[RenderedPart, ...] = ()


def render(text: str, variables: Sequence[TemplateVariable], values: Mapping[str, object]) -> Rendered:
    """Put `values` into `text`. Never raises, and leaves no declared variable in the text.

    A value left out counts as the default. Values are put in as they are, in one pass: braces in a value
    mean nothing. A name in the text that nobody declared is a required text field, or yes or no if it only
    switches a section. What stands in a hidden section need not be filled.
    """
    template = parse(text)
    filling = _Filling.of(template, fit_variables(text, variables), values)
    _shorten(template, filling)
    whole, met = filling.text_of(template, 0, len(text))
    parts = tuple(
        RenderedPart(part.role, part.title, filling.text_of(template, part.start, part.end)[0].strip("\n"))
        for part in (template.parts if template.is_multi_part else ())
    )
    return Rendered(whole, {name: found for name, found in filling.errors.items() if name in met}, parts)


@dataclass(frozen=True)
class _Filling:
    """What each variable puts into the text, whether it counts as set, and what is wrong with it."""

    contents: dict[str, str]
    is_set: dict[str, bool]
    errors: dict[str, list[str]]

    @classmethod
    def of(
        cls, template: Template, variables: Sequence[TemplateVariable], values: Mapping[str, object]
    ) -> "_Filling":
        filling = cls({}, {}, {})
        for variable in variables:
            name, given = variable.name, values.get(variable.name)
            content, problem = value_text(variable, _fallback(variable) if given is None else given)
            if problem:
                filling.errors[name] = [problem]
            is_off = variable.type == VariableType.TOGGLE and content == "false"
            filling.is_set[name] = bool(content) and not is_off
            filling.contents[name] = content if content or not problem else f"[{variable.label or name}]"
        return filling

    def text_of(self, template: Template, start: int, end: int) -> tuple[str, set[str]]:
        """The finished text from `start` to `end`, and the names met on the way."""
        tags, text = template.tags, template.text
        pieces: list[str] = []
        met: set[str] = set()
        at, index = start, bisect_left(tags, start, key=attrgetter("start"))
        while index < len(tags) and tags[index].start < end:
            tag = tags[index]
            pieces.append(text[at : tag.start])
            at = tag.end
            if tag.is_literal:
                pieces.append(text[tag.start + 1 : tag.end])
            elif tag.kind == TagKind.BLANK:
                met.add(tag.name)
                pieces.append(self.contents[tag.name])
            elif tag.partner is not None and tag.kind != TagKind.CLOSE:
                met.add(tag.name)
                if self.is_set[tag.name] == (tag.kind == TagKind.INVERSE):
                    index = tag.partner
                    at = tags[index].end
            index += 1
        pieces.append(text[at:end])
        return "".join(pieces), met


def _shorten(template: Template, filling: _Filling) -> None:
    """Give up the values that take the most room until the whole is no longer than it may be."""
    contents = filling.contents
    uses = Counter(tag.name for tag in template.tags if tag.kind == TagKind.BLANK and not tag.is_literal)
    length = len(template.text) + sum(len(contents[name]) * count for name, count in uses.items())
    for name, count in sorted(uses.items(), key=lambda use: -len(contents[use[0]]) * use[1]):
        if length <= MAX_RENDERED_LENGTH:
            return
        length -= len(contents[name]) * count
        contents[name] = f"[{name}]"
        filling.errors[name] = [
            _("Use at most %(count)d characters.") % {"count": MAX_RENDERED_LENGTH // count}
        ]


def _fallback(variable: TemplateVariable) -> object:
    return [] if variable.type == VariableType.MULTI_CHOICE and not variable.default else variable.default
