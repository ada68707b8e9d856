"""Templates made by chance: some with their finished text known beforehand, others of anything at all."""

import random
from dataclasses import dataclass, field

from listings.templating import TemplateVariable, VariableType, literal

NAMES = ("a", "tone", "number_2", "a_b", "x" * 60)
# What texts are put together from where nothing need make sense.
SCRAPS = (
    *(
        "{",
        "}",
        "{{",
        "}}",
        "\\",
        "\\\\",
        "#",
        "^",
        "/",
        "=",
        "[Name]",
        "${Name:default}",
        "{Name}",
        "${",
        "$",
    ),
    *("{{a}}", "{{ tone }}", "{{#a}}", "{{/a}}", "{{^tone}}", "{{/tone}}", "\\{{a}}", "\\{{#a}}", "{{A}}"),
    *("{{number_2}}", "{{/nobody}}", "{{x{{a}}}}", "{{#a}}{{/a}}", "{{^a}}x{{/a}}", "{{a\n}}"),
    *(
        "=== system ===",
        "=== user ===",
        "=== step: One ===",
        "\\=== user ===",
        "=== step ===",
        "=== else ===",
    ),
    *(
        "\n",
        "\n\n",
        " ",
        "\t",
        "\r\n",
        "\u2028",
        "\u00a0",
        "\x0b",
        "word",
        "Été",
        "東京",
        "🎨",
        "\ud83c",
        "'",
        '"',
    ),
)
WORDS = (
    "plain",
    "Write it out.",
    "{json: 1}",
    "{{Not A Name}}",
    "a [link](x)",
    "100 %",
    "\\",
    "émoi",
    "東",
    "{",
    "}",
)


@dataclass
class Known:
    """A template, what its variables are, what is filled in, and what must come out."""

    text: str = ""
    finished: str = ""
    values: dict[str, object] = field(default_factory=dict)
    variables: list[TemplateVariable] = field(default_factory=list)


def known_template(chance: random.Random) -> Known:
    """Text, escapes, blanks and sections in one another, with values that hold anything, braces too."""
    values: dict[str, object] = {name: _value(chance) for name in NAMES}
    variables = [
        TemplateVariable(name=name, label=name, type=VariableType.LONG_TEXT.value, required=False)
        for name in NAMES
    ]
    text, finished = _nodes(chance, values, depth=3)
    return Known(text, finished, values, variables)


def wild_template(chance: random.Random) -> str:
    return "".join(chance.choice(SCRAPS) for _ in range(chance.randint(0, 40)))


def wild_variables(chance: random.Random) -> list[TemplateVariable]:
    return [_wild_variable(chance) for _ in range(chance.randint(0, 6))]


def wild_values(chance: random.Random) -> dict[str, object]:
    return {name: chance.choice(_WILD_VALUES) for name in NAMES if chance.random() < 0.8}


_WILD_VALUES = (
    *(None, True, False, 0, -3, 10**400, 1.5, float("nan"), float("inf"), "", "{{a}}", "x" * 5_000),
    *([], ["a"], ["one", None], {"a": 1}, object(), "\0", "\ud800", b"bytes", ("one", "two"), "1e999"),
)


def _wild_variable(chance: random.Random) -> TemplateVariable:
    return TemplateVariable(
        name=chance.choice((*NAMES, "Not a name", "")),
        label=chance.choice(("", "Label", "{{a}}")),
        type=chance.choice((*VariableType.values, "no such type")),
        default=chance.choice(("", "one", "{{tone}}", "true", "7")),
        choices=chance.choice(((), ("one", "two"), ("",))),
        required=chance.random() < 0.5,
        minimum=chance.choice((None, 0, -5, 3)),
        maximum=chance.choice((None, 0, 2, 10**30)),
    )


def _nodes(chance: random.Random, values: dict[str, object], *, depth: int) -> tuple[str, str]:
    """A stretch of text that begins and ends with a word, so that no tag is alone on its line."""
    text = finished = ""
    for _ in range(chance.randint(1, 4)):
        for part in (_plain, _blank, _section if depth else _plain):
            if chance.random() < 0.6:
                added, shown = part(chance, values, depth)
                text, finished = text + added, finished + shown
    return f"|{text}|", f"|{finished}|"


def _plain(chance: random.Random, _values: dict[str, object], _depth: int) -> tuple[str, str]:
    written = "".join(chance.choice((*WORDS, "{{a}}", "{{#tone}}", "{{/tone}}", "\n")) for _ in range(3))
    written = f" {written} "  # what stands beside it must not make a tag of its brackets
    return literal(written), written


def _blank(chance: random.Random, values: dict[str, object], _depth: int) -> tuple[str, str]:
    name = chance.choice(NAMES)
    return chance.choice((f"{{{{{name}}}}}", f"{{{{ {name}\t}}}}")), str(values[name])


def _section(chance: random.Random, values: dict[str, object], depth: int) -> tuple[str, str]:
    name, inverse = chance.choice(NAMES), chance.random() < 0.4
    text, finished = _nodes(chance, values, depth=depth - 1)
    is_shown = bool(values[name]) != inverse
    return f"{{{{{'^' if inverse else '#'}{name}}}}}{text}{{{{/{name}}}}}", finished if is_shown else ""


def _value(chance: random.Random) -> str:
    """What a person might type; braces in a value mean nothing."""
    if chance.random() < 0.3:
        return ""
    return chance.choice(
        ("calm", "{{a}}", "{{#tone}}", "\\{{a}}", "{{/a}}", "=== user ===", "two\nlines", "é東")
    )
