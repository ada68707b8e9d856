"""What must hold of any template whatever: `known_holds` and `wild_holds` fail with an AssertionError."""

import random
import re

from listings.templating import (
    derive_variables,
    fit_variables,
    literal,
    normalise_syntaxes,
    parse,
    render,
    schema_problems,
    variable_names,
)
from listings.templating.parsing import TagKind
from tests.listings.templates_made_up import known_template, wild_template, wild_values, wild_variables

# Signs that stand in no template, one per variable, to be counted.
_SIGNS = "\ue000\ue001\ue002\ue003\ue004\ue005\ue006\ue007"


def known_holds(chance: random.Random) -> None:
    """What comes out is what was to come out, to the letter, and nothing is complained of."""
    known = known_template(chance)
    rendered = render(known.text, known.variables, known.values)
    assert rendered.text == known.finished, (known.text, known.values)
    assert not rendered.errors
    assert not parse(known.text).faults


def wild_holds(chance: random.Random) -> None:
    """Nothing raises; every blank is filled; literals and reading again change nothing."""
    text, variables, values = wild_template(chance), wild_variables(chance), wild_values(chance)
    template = parse(text)
    rendered = render(text, variables, values)
    assert isinstance(rendered.text, str)
    schema_problems(variables)
    assert {variable.name for variable in fit_variables(text, variables)} == set(variable_names(text))
    assert all(fault.message and fault.place.line >= 1 for fault in template.faults)
    _blanks_are_filled(text)
    assert render(literal(text), [], {}).text == text
    normalised, found = normalise_syntaxes(text)
    assert normalise_syntaxes(normalised)[0] == normalised, text
    assert {variable.name for variable in found} <= set(variable_names(normalised))


def _blanks_are_filled(text: str) -> None:
    """With everything filled in, each blank outside a hidden section gives its value, and no tag remains."""
    names = variable_names(text)
    variables = derive_variables(text)
    signs = dict(zip((each.name for each in variables if each.type != "toggle"), _SIGNS, strict=False))
    values: dict[str, object] = {**dict.fromkeys(names, True), **signs}
    finished = render(text, variables, values).text
    hidden = _hidden_spans(text)
    tags = [tag for tag in parse(text).tags if not any(start <= tag.start < end for start, end in hidden)]
    blanks = [tag.name for tag in tags if tag.kind == TagKind.BLANK and not tag.is_literal]
    is_blank = set(blanks)
    for name, sign in signs.items():
        if name in is_blank:
            assert finished.count(sign) == blanks.count(name), (text, name)
    # A tag of the text, spelt out, is there as often as it was escaped (values have no braces).
    for name in is_blank:
        spelt = re.compile(rf"\{{\{{[ \t]*{name}[ \t]*\}}\}}")
        escaped = sum(tag.is_literal and tag.name == name and not tag.kind for tag in tags)
        joined = len(spelt.findall(re.sub(r"\{\{[#^/]?[ \t]*[a-z][a-z0-9_]*[ \t]*\}\}", "", text)))
        assert len(spelt.findall(finished)) <= escaped + joined, (text, name)


def _hidden_spans(text: str) -> list[tuple[int, int]]:
    """Where sections stand that show only if something is empty; here nothing is."""
    tags = parse(text).tags
    return [
        (tag.start, tags[tag.partner].end)
        for tag in tags
        if tag.kind == TagKind.INVERSE and not tag.is_literal and tag.partner is not None
    ]
