"""The template language: variables found, values checked, texts rendered, whatever comes in."""

import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listings.templating import (
    TemplateVariable,
    VariableType,
    derive_variables,
    fit_variables,
    render,
    schema_problems,
    variable_names,
)

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True)
VARIABLES = st.builds(
    TemplateVariable,
    name=NAMES,
    label=st.text(max_size=10),
    type=st.sampled_from([*VariableType.values, "no such type"]),
    default=st.text(max_size=10),
    choices=st.lists(st.text(max_size=5), max_size=3).map(tuple),
    required=st.booleans(),
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
# Texts thick with what the language is made of.
TEXTS = st.lists(
    st.text(max_size=6) | NAMES | st.sampled_from(["{{", "}}", "\\", "{", "}", " ", "$", "[", "]", "\n"]),
    max_size=30,
).map("".join)


def one(**changes: Any) -> TemplateVariable:
    return TemplateVariable(**{"name": "x", "label": "X"} | changes)


# --- Finding -------------------------------------------------------------------------------------


def test_names_are_listed_once_in_order_of_appearance() -> None:
    assert variable_names("{{b}} {{ a }} {{\tb\t}} {{a1_2}}") == ["b", "a", "a1_2"]


@pytest.mark.parametrize(
    "literal",
    [
        "{{}}",
        "{{ }}",
        "{{A}}",
        "{{1a}}",
        "{{a b}}",
        "{{a.b}}",
        "{{#if a}}",
        "{a}",
        "{{a}",
        "\\{{a}}",
        "{{a\n}}",
    ],
)
def test_other_braces_are_literal_text(literal: str) -> None:
    assert variable_names(literal) == []
    assert render(literal, [], {}).text == literal.removeprefix("\\")


def test_a_backslash_makes_a_placeholder_literal() -> None:
    rendered = render(r"Write \{{topic}} for {{topic}}.", [], {"topic": "owls"})

    assert rendered.text == "Write {{topic}} for owls."


def test_derived_variables_are_required_text_with_readable_labels() -> None:
    assert derive_variables("{{tone_of_voice}}") == [
        TemplateVariable(name="tone_of_voice", label="Tone of voice", type="text", required=True)
    ]


def test_fitting_keeps_declared_order_adds_what_is_missing_and_drops_what_is_unused() -> None:
    fitted = fit_variables("{{a}} {{b}} {{c}}", [one(name="c"), one(name="z"), one(name="a")])

    assert [variable.name for variable in fitted] == ["c", "a", "b"]


# --- Filling -------------------------------------------------------------------------------------


def test_values_are_not_read_as_templates() -> None:
    rendered = render("{{a}} {{b}}", [], {"a": "{{b}}", "b": r"\{{a}}"})

    assert rendered.text == r"{{b}} \{{a}}"


@pytest.mark.parametrize(
    ("variable", "value", "text"),
    [
        (one(), "owls", "owls"),
        (one(), 7, "7"),
        (one(default="rain"), None, "rain"),
        (one(required=False), "", ""),
        (one(required=False, default="rain"), "", ""),
        (one(type="long_text"), "a\nb", "a\nb"),
        (one(type="number"), " -2.5 ", "-2.5"),
        (one(type="number"), 3, "3"),
        (one(type="number"), "2,5", "2,5"),
        (one(type="choice", choices=("a", "b")), "b", "b"),
        (one(type="choice", choices=("a",), required=False), "", ""),
        (one(type="multi_choice", choices=("a", "b")), ["b", "a", "b"], "b, a"),
        (one(type="multi_choice", choices=("a", "b")), "a, b", "a, b"),
        (one(type="multi_choice", choices=("a", "b"), default="a"), None, "a"),
        (one(type="multi_choice", choices=("a",), required=False), None, ""),
        (one(type="toggle"), True, "true"),
        (one(type="toggle"), "on", "true"),
        (one(type="toggle"), "", "false"),
        (one(type="toggle", default="true"), None, "true"),
        (one(type="toggle"), None, "false"),
    ],
)
def test_a_value_that_fits_stands_in_the_text(variable: TemplateVariable, value: object, text: str) -> None:
    rendered = render("{{x}}", [variable], {"x": value})

    assert (rendered.text, rendered.errors) == (text, {})


@pytest.mark.parametrize(
    ("variable", "value", "error"),
    [
        (one(), None, "Fill this in."),
        (one(), "  ", "Fill this in."),
        (one(default="rain"), "", "Fill this in."),
        (one(), {"a": 1}, "This value is not a text."),
        pytest.param(one(), 10**5000, "This value is not a text.", id="a number of 5000 digits"),
        (one(), "x" * 20_001, "Use at most 20000 characters."),
        (one(type="number"), "many", "Write a number, such as 12 or 2.5."),
        (one(type="number"), float("nan"), "Write a number, such as 12 or 2.5."),
        (one(type="number"), True, "Write a number, such as 12 or 2.5."),
        (one(type="number"), "١٢", "Write a number, such as 12 or 2.5."),
        (one(type="choice", choices=("a", "b")), "c", "Choose one of: a, b."),
        (one(type="multi_choice", choices=("a", "b")), ["a", "c"], "Choose one of: a, b."),
        (one(type="multi_choice", choices=("a",)), [], "Choose at least one."),
        (one(type="multi_choice", choices=("a",)), 5, "This value is not a list."),
        (one(type="toggle"), "perhaps", "Write true or false."),
    ],
)
def test_a_value_that_does_not_fit_is_named(variable: TemplateVariable, value: object, error: str) -> None:
    assert render("{{x}}", [variable], {"x": value}).errors == {"x": [error]}


def test_a_blank_left_open_shows_its_label() -> None:
    assert render("Dear {{x}},", [one(label="Your name")], {}).text == "Dear [Your name],"


# A loaded machine makes these texts slowly, which says nothing about rendering.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS, st.lists(VARIABLES, max_size=5), st.dictionaries(NAMES | st.text(), ANYTHING, max_size=5))
def test_rendering_never_raises(text: str, variables: list[TemplateVariable], values: dict[str, Any]) -> None:
    rendered = render(text, variables, values)

    assert isinstance(rendered.text, str)
    assert set(rendered.errors) <= set(variable_names(text))


@given(TEXTS, st.lists(VARIABLES, max_size=4))
def test_no_declared_variable_is_left(text: str, variables: list[TemplateVariable]) -> None:
    text += "".join(f" {{{{{variable.name}}}}} " for variable in variables)
    plain = [
        TemplateVariable(name=variable.name, label="label", type=variable.type, required=variable.required)
        for variable in variables
    ]

    unescaped = text.replace("\\", "")
    assert not set(variable_names(render(unescaped, plain, {}).text)) & {variable.name for variable in plain}


@given(st.text().filter(lambda text: "{{" not in text))
def test_a_text_without_placeholders_is_rendered_as_it_is(text: str) -> None:
    assert render(text, [], {}).text == text


@given(NAMES, st.text(min_size=1).filter(str.strip))
def test_a_text_value_arrives_unchanged(name: str, value: str) -> None:
    assert render(f"<{{{{{name}}}}}>", [], {name: value}).text == f"<{value}>"


# --- Schema --------------------------------------------------------------------------------------


@given(st.dictionaries(st.sampled_from(list(TemplateVariable("a").to_dict())), ANYTHING))
def test_any_client_data_is_read_and_judged_without_raising(raw: dict[str, Any]) -> None:
    assert isinstance(schema_problems([TemplateVariable.from_dict(raw)]), list)


@given(VARIABLES)
def test_a_variable_survives_storage(variable: TemplateVariable) -> None:
    stored = TemplateVariable.from_dict(variable.to_dict())

    assert TemplateVariable.from_dict(stored.to_dict()) == stored


@pytest.mark.parametrize(
    ("variable", "problem"),
    [
        (one(name="Name"), "lower-case letters"),
        (one(name="a" * 61), "lower-case letters"),
        (one(type="date"), "The type must be one of"),
        (one(label="x" * 81), "for the label"),
        (one(type="choice"), "at least one choice"),
        (one(type="choice", choices=("a", "a")), "no two the same"),
        (one(type="choice", choices=("a", " ")), "no two the same"),
        (one(type="multi_choice", choices=("a,b",)), "comma"),
        (one(type="choice", choices=tuple(map(str, range(61)))), "at most 60 choices"),
        (one(type="choice", choices=("a",), default="b"), "The default does not fit"),
        (one(type="number", default="x"), "The default does not fit"),
        (one(default="x" * 5001), "for the default"),
    ],
)
def test_a_faulty_variable_is_explained(variable: TemplateVariable, problem: str) -> None:
    assert problem in " ".join(schema_problems([variable]))


def test_a_good_schema_has_no_problems() -> None:
    assert schema_problems([one(), one(name="y", type="toggle", default="true")]) == []


@pytest.mark.parametrize("kind", ["text", "multi_choice"])
def test_a_long_value_in_a_thousand_places_does_not_fill_the_memory(kind: str) -> None:
    variables = [TemplateVariable(name="a", type=kind, choices=("x",)), TemplateVariable(name="b")]
    long: dict[str, Any] = {"text": "x" * 19_000, "multi_choice": ["x" * 2_000_000]}

    rendered = render("{{a}} " * 5000 + "{{b}}", variables, {"a": long[kind], "b": "kept"})

    assert len(rendered.text) < 1_000_000
    assert rendered.text.endswith("kept")
    assert list(rendered.errors) == ["a"]


def test_a_hundred_thousand_declared_variables_are_refused_at_once() -> None:
    began = time.process_time()

    problems = schema_problems([TemplateVariable(name="a")] * 100_000)

    assert problems == ["Use at most 60 variables."]
    assert time.process_time() - began < 1.0
