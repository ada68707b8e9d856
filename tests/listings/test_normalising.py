"""Blanks in the four forms seen in the wild, and all that looks like one and is not."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listings.templating import TemplateVariable, normalise_syntaxes, render, schema_problems, variable_names

PIECES = [
    *("${", "{{", "}}", "{", "}", "[", "]", "\\", ":", '"', "](x)", "\n", "```\n"),
    *("Name", "tone of voice", "品类", "a_b"),
]
TEXTS = st.lists(st.text(max_size=5) | st.sampled_from(PIECES), max_size=25).map("".join)
BRACES = st.sampled_from(["{{", "}}", "{", "}", "${", " ", ".", "#", "1", "::"])


def test_the_four_forms_become_one() -> None:
    text, variables = normalise_syntaxes("${Position:Developer} for [Company Name] in {City}, {{tone}}")

    assert text == "{{position}} for {{company_name}} in {{city}}, {{tone}}"
    assert variables == [
        TemplateVariable(name="position", label="Position", default="Developer"),
        TemplateVariable(name="company_name", label="Company Name"),
        TemplateVariable(name="city", label="City"),
        TemplateVariable(name="tone", label="Tone"),
    ]


@pytest.mark.parametrize(
    ("blank", "name", "label", "default"),
    [
        ("${projectName}", "project_name", "Project name", ""),
        (
            "${Brand's core product:bucket, burger}",
            "brands_core_product",
            "Brand's core product",
            "bucket, burger",
        ),
        ("${Aspect Ratio: 16:9 | 4:3}", "aspect_ratio", "Aspect Ratio", "16:9 | 4:3"),
        ("${Ürün Ad\u0131}", "urun_adi", "Ürün Ad\u0131", ""),
        ("${3D style}", "v_3d_style", "3D style", ""),
        ("${Product/Service Description}", "product_service_description", "Product/Service Description", ""),
        ("[BACKGROUND_COLOR]", "background_color", "Background color", ""),
        ("[品类]", "variable_1", "品类", ""),
        ("[вставить организацию]", "variable_1", "Вставить организацию", ""),
        ("[field/technology]", "field_technology", "Field/technology", ""),
        ("{brand's primary color}", "brands_primary_color", "Brand's primary color", ""),
        ("{OBJECT_NAME}", "object_name", "Object name", ""),
        ("{{ Full Name }}", "full_name", "Full Name", ""),
        ("{{code here}}", "code_here", "Code here", ""),
    ],
)
def test_a_blank_keeps_its_words_as_label(blank: str, name: str, label: str, default: str) -> None:
    text, variables = normalise_syntaxes(f"Write: {blank}.")

    assert text == f"Write: {{{{{name}}}}}."
    assert variables == [TemplateVariable(name=name, label=label, default=default)]


@pytest.mark.parametrize(
    "literal",
    [
        "[docs](https://example.test)",
        "[docs][1]",
        "![cover](cover.png)",
        "[docs]: https://example.test",
        "- [ ] open\n- [x] done\n- [X] done",
        "as shown [1], [2, 3] and [^1]",
        '["Small silver hoops", "Silver hoops"]',
        "[true] [null] [optional]",
        "items[index] and rows(2)[Name] and a[i]",
        "[A-Z] [a-z0-9] [^abc]",
        "[shape=rectangle] [type='submit']",
        "[[Wiki Page]]",
        "[e.g., East Hartford, CT]",
        "[flat / gentle / steep]",
        "[healthy food and work life balance]",
        "[VERSE] Driving beat\n[CHORUS] Full arrangement",
        "put it in curly brackets {like this} or {like these}",
        "{100 words} {It was fine yesterday.} {...} {}",
        "if (a) { return b } else { c }",
        "body { margin: 20px; }",
        "{'a': 1} {a: b} {a.b} {a, b} {a[0]}",
        r"\frac{a}{b} x_{i} e^{n} \text{Name}",
        "#{name} %{name} @{name}",
        r"\{{name}} \${Name} \[Name] \{Name}",
        "${data.name} ${a + b} ${items[0].title} ${}",
        "{{#if x}} {{/if}} {{> part}} {{ $json['x'] }} {{user.name}} {{}}",
        "```python\nprint(f'{name}', [item])\n```",
        "```\n- Severity: [High] {name}",
        "{ container }",
        "unclosed ${Name and {{name and [Name and {Name",
    ],
)
def test_other_brackets_stay_as_they_are(literal: str) -> None:
    text, variables = normalise_syntaxes(literal)

    assert (text, variables) == (literal, [])


def test_a_blank_with_a_dollar_counts_in_code_as_well() -> None:
    text, _variables = normalise_syntaxes("```yaml\nlevel: ${level:ERROR} [fixed]\n```")

    assert text == "```yaml\nlevel: {{level}} [fixed]\n```"


def test_braces_of_json_are_literal_unless_an_identifier_stands_alone_in_them() -> None:
    body = '{"a": {"b": "{City Name} {city} [Subject]", "c": [true], "d": []}, "e": "{x y}", "f": "${G}"}'
    text, variables = normalise_syntaxes(body)

    assert text == body.replace("{city}", "{{city}}").replace("[Subject]", "{{subject}}").replace(
        "${G}", "{{g}}"
    )
    assert [variable.name for variable in variables] == ["city", "subject", "g"]


def test_json_that_would_be_invalid_still_keeps_its_braces() -> None:
    text, _variables = normalise_syntaxes('{"greeting":{name},"list":[1, 2]}')

    assert text == '{"greeting":{{name}},"list":[1, 2]}'


def test_the_same_words_in_any_form_are_one_variable() -> None:
    text, variables = normalise_syntaxes("${projectName} [Project Name] {project_name} {{project_name}}")

    assert text == " ".join(["{{project_name}}"] * 4)
    assert len(variables) == 1


def test_the_first_default_found_is_kept_and_another_one_is_another_variable() -> None:
    text, variables = normalise_syntaxes("${tone} ${tone:formal} ${tone:plain} ${tone:formal} ${tone}")

    assert text == "{{tone}} {{tone}} {{tone_2}} {{tone}} {{tone}}"
    assert [(variable.label, variable.default) for variable in variables] == [
        ("Tone", "formal"),
        ("Tone 2", "plain"),
    ]


def test_different_words_never_share_a_name() -> None:
    text, variables = normalise_syntaxes("[品类] [成分] {{variable_1}} [Città] [Citta] {{citta_2}}")

    assert len({variable.name for variable in variables}) == len(variables) == 6
    assert set(variable_names(text)) == {variable.name for variable in variables}


def test_a_long_default_is_a_field_of_several_lines() -> None:
    _text, variables = normalise_syntaxes("${Brief:" + "word " * 40 + "}")

    assert variables[0].type == "long_text"


def test_adjacent_braces_are_blanks_and_arguments_are_not() -> None:
    assert normalise_syntaxes(r"{first}{last} \cmd{a}{b}")[0] == r"{{first}}{{last}} \cmd{a}{b}"


@given(TEXTS)
def test_doing_it_again_changes_nothing(text: str) -> None:
    once, variables = normalise_syntaxes(text)
    again, same = normalise_syntaxes(once)

    assert again == once
    assert [variable.name for variable in same] == [variable.name for variable in variables]


@given(TEXTS)
def test_what_comes_out_can_be_stored_and_rendered(text: str) -> None:
    normalised, variables = normalise_syntaxes(text)

    assert [variable.name for variable in variables] == variable_names(normalised)
    assert schema_problems(variables) == []
    filled = {variable.name: "v" for variable in variables}
    assert render(normalised, variables, filled).errors == {}


@given(st.lists(BRACES, max_size=20).map("".join))
def test_braces_without_words_survive(text: str) -> None:
    normalised, variables = normalise_syntaxes(text)

    if not variables:
        assert render(normalised, [], {}).text == text


@pytest.mark.timeout(20)
def test_a_hostile_text_takes_no_time() -> None:
    for piece in ("${a:", "[ab]:", "{{a ", "```\n", "[a ", "{a/", '"\\', "_"):
        normalise_syntaxes(piece * (40_000 // len(piece)))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("`" * 100_000, id="a fence without an end"),
        pytest.param(
            " ".join("{{" + f"w{n}" + "}}" for n in range(3000)) + "".join(f" [N{n}]" for n in range(3000)),
            id="thousands of names beside reserved ones",
        ),
        pytest.param("".join(f"${{a:{n}}} " for n in range(4000)), id="one name with thousands of defaults"),
        pytest.param("```\n```\n" * 3000 + "[Name] " * 3000, id="thousands of fences"),
    ],
)
def test_a_hostile_text_does_not_hold_a_server_for_long(text: str) -> None:
    began = time.process_time()

    normalise_syntaxes(text)

    assert time.process_time() - began < 2.0
