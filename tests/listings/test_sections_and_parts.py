"""Sections, parts and limits of the template language: what shows when, what is told, and where."""

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from listings.templating import (
    PartRole,
    Place,
    RenderedPart,
    TemplateVariable,
    derive_variables,
    literal,
    parse,
    render,
    schema_problems,
    variable_names,
)

PIECES = [
    *("{{a}}", "{{#a}}", "{{^a}}", "{{/a}}", "{{b}}", "{{#b}}", "{{^b}}", "{{/b}}", "{{ a }}", "{{#c}}"),
    *("{{/c}}", "\\{{a}}", "\\{{#a}}", "\\{{/a}}", "{{", "}}", "{", "\\", "#", "/", "^", "x", " ", "\n"),
    *("\n=== system ===\n", "\n=== user ===\n", "\n=== step: Outline ===\n", "\n\\=== user ===\n"),
    *("===", "é 😀"),
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=25).map("".join)
VALUES = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["", "yes", "no", "{{a}}", "{{/b}}"]))


def shown(text: str, **values: object) -> str:
    return render(text, [TemplateVariable(name, required=False) for name in values], values).text


def places(text: str) -> list[tuple[str, int, int]]:
    return [(fault.code, fault.place.line, fault.place.column) for fault in parse(text).faults]


# --- Sections ------------------------------------------------------------------------------------


def test_a_section_shows_only_when_its_variable_is_set():
    text = "Write{{#tone}} in a {{tone}} tone{{/tone}}{{^tone}} plainly{{/tone}}."
    assert shown(text, tone="warm") == "Write in a warm tone."
    assert shown(text, tone="") == "Write plainly."


def test_a_toggle_switches_a_section():
    toggle = TemplateVariable("emoji", type="toggle", required=False)
    text = "Go{{#emoji}} 🎉{{/emoji}}"
    assert render(text, [toggle], {"emoji": True}).text == "Go 🎉"
    assert render(text, [toggle], {"emoji": "false"}).text == "Go"


def test_sections_nest():
    text = "{{#a}}A{{#b}}B{{/b}}{{/a}}"
    assert [shown(text, a=a, b=b) for a in ("", "1") for b in ("", "1")] == ["", "", "A", "AB"]


def test_a_section_alone_on_its_line_leaves_no_empty_line():
    assert shown("one\n{{#a}}\ntwo\n{{/a}}\nthree", a="1") == "one\ntwo\nthree"
    assert shown("one\n{{#a}}\ntwo\n  {{/a}} \nthree", a="") == "one\nthree"


def test_a_name_that_only_switches_is_asked_as_yes_or_no():
    variables = {variable.name: variable for variable in derive_variables("{{#brief}}{{topic}}{{/brief}}")}
    assert (variables["brief"].type, variables["brief"].required) == ("toggle", False)
    assert (variables["topic"].type, variables["topic"].required) == ("text", True)


def test_what_stands_in_a_hidden_section_need_not_be_filled():
    text = "{{#brief}}In {{words}} words.{{/brief}}"
    assert render(text, [], {"brief": False}).errors == {}
    assert render(text, [], {"brief": True}).errors == {"words": ["Fill this in."]}


def test_a_backslash_makes_a_section_tag_literal():
    assert shown(r"\{{#a}}x\{{/a}}", a="") == "{{#a}}x{{/a}}"


@pytest.mark.parametrize(
    ("text", "found", "rendered"),
    [
        ("x\n  {{#a}}y", [("section-not-closed", 2, 3)], "x\n  y"),
        ("x{{/a}}", [("section-not-opened", 1, 2)], "x"),
        ("{{#a}}1{{#b}}2{{/a}}3{{/b}}", [("section-not-closed", 1, 8), ("section-not-opened", 1, 22)], "123"),
        ("{{/a}}{{#a}}", [("section-not-opened", 1, 1), ("section-not-closed", 1, 7)], ""),
    ],
)
def test_a_section_tag_that_stays_alone_is_told_and_left_out(text, found, rendered):
    assert places(text) == found
    assert shown(text, a="1", b="1") == rendered


# --- Parts ---------------------------------------------------------------------------------------


def test_a_prompt_is_cut_at_its_part_lines():
    text = "=== system ===\nBe {{tone}}.\n\n=== step: Outline ===\nPlan.\n=== step ===\nWrite."
    rendered = render(text, [], {"tone": "kind"})
    assert rendered.parts == (
        RenderedPart(PartRole.SYSTEM, "", "Be kind."),
        RenderedPart(PartRole.STEP, "Outline", "Plan."),
        RenderedPart(PartRole.STEP, "", "Write."),
    )
    assert rendered.text == text.replace("{{tone}}", "kind")


def test_a_text_without_part_lines_has_no_parts():
    assert render("Just this.", [], {}).parts == ()


def test_a_part_line_can_be_written_literally():
    rendered = render("Begin with\n\\=== system ===\nplease.", [], {})
    assert rendered.text == "Begin with\n=== system ===\nplease."
    assert rendered.parts == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hi\n=== user ===\nx", [("text-before-parts", 1, 1)]),
        ("=== system ===\n=== system ===\n", [("second-system", 2, 1)]),
        ("=== user ===\n{{#a}}\n=== user ===\n{{/a}}", [("section-crosses-parts", 2, 1)]),
        ("=== user ===\n" * 21, [("too-many-parts", 21, 1)]),
    ],
)
def test_what_is_wrong_with_parts_is_told_by_line_and_column(text, found):
    assert places(text) == found


def test_every_fault_says_what_to_do():
    text = "x\n=== system ===\n=== system ===\n{{/a}}{{#b}}\n{{#c}}\n" + "=== user ===\n" * 20 + "{{/c}}"
    faults = parse(text).faults
    assert len({fault.code for fault in faults}) == 6
    assert all(fault.message and "%" not in fault.message for fault in faults)
    assert [fault.place for fault in faults] == sorted(fault.place for fault in faults)


# --- Limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "value", "error"),
    [
        (TemplateVariable("x", type="number", minimum=1, maximum=10), "0.5", "Write a number of at least 1."),
        (
            TemplateVariable("x", type="number", minimum=1, maximum=10),
            "10,5",
            "Write a number of at most 10.",
        ),
        (TemplateVariable("x", type="number", minimum=1, maximum=10), "10", ""),
        (TemplateVariable("x", minimum=3), "ab", "Use at least 3 characters."),
        (TemplateVariable("x", type="long_text", maximum=3), "abcd", "Use at most 3 characters."),
        (TemplateVariable("x", required=False, minimum=3), "", ""),
        (
            TemplateVariable("x", type="multi_choice", choices=("a", "b"), minimum=2),
            ["a"],
            "Choose at least 2.",
        ),
        (
            TemplateVariable("x", type="multi_choice", choices=("a", "b"), maximum=1),
            ["a", "b"],
            "Choose at most 1.",
        ),
    ],
)
def test_a_value_keeps_to_its_variable_s_limits(variable, value, error):
    assert render("{{x}}", [variable], {"x": value}).errors == ({"x": [error]} if error else {})


@pytest.mark.parametrize(
    ("variable", "problem"),
    [
        (TemplateVariable("x", minimum=3, maximum=2), "above the upper"),
        (TemplateVariable("x", type="toggle", minimum=1), "Limits are for"),
        (TemplateVariable("x", minimum=-1), "cannot be below 0"),
        (TemplateVariable("x", type="number", maximum=10**10), "A limit is at most"),
        (TemplateVariable("x", type="multi_choice", choices=("a",), minimum=2), "More choices"),
        (TemplateVariable("x", maximum=2, default="abc"), "The default does not fit"),
    ],
)
def test_limits_that_cannot_be_are_explained(variable, problem):
    assert problem in " ".join(schema_problems([variable]))


def test_limits_survive_storage_and_odd_ones_are_dropped():
    variable = TemplateVariable("x", label="X", type="number", minimum=-5, maximum=0)
    assert TemplateVariable.from_dict(variable.to_dict()) == variable
    assert TemplateVariable.from_dict({"name": "x", "minimum": "3", "maximum": True}).limits == {
        "minimum": None,
        "maximum": None,
    }


# --- Whatever comes in ---------------------------------------------------------------------------


@given(TEXTS, VALUES)
@example("{{#a}}{{^a}}{{/a}}", {"a": "{{#a}}"})
def test_no_tag_is_left_but_literal_ones(text, values):
    rendered = render(text.replace("\\", ""), [], dict.fromkeys(values, ""))
    assert variable_names(rendered.text) == []


@given(TEXTS, VALUES)
def test_only_names_of_the_text_have_errors(text, values):
    assert set(render(text, [], values).errors) <= set(variable_names(text))


@given(st.text() | TEXTS)
def test_a_text_made_literal_is_rendered_as_it_was(text):
    assert render(literal(text), [], {}).text == text


@given(TEXTS, VALUES)
def test_parts_together_are_the_whole(text, values):
    rendered = render(text, [], values)
    assert all(part.text.strip() in rendered.text for part in rendered.parts if not parse(text).faults)


@given(TEXTS)
def test_faults_point_into_the_text(text):
    lines = text.split("\n")
    for fault in parse(text).faults:
        assert fault.place <= Place(len(lines), len(lines[-1]) + 1)
        assert 1 <= fault.place.column <= len(lines[fault.place.line - 1]) + 1


def test_a_text_that_is_all_tags_is_read_in_proportion_to_its_length():
    chance = random.Random(4)
    for _ in range(20):
        text = "".join(chance.choices(PIECES, k=6000))
        assert isinstance(render(text, [], {"a": "x"}).text, str)
    deep = "{{#a}}" * 6000 + "{{/a}}" * 3000
    assert len(parse(deep).faults) == 3000
