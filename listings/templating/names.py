"""Where variables stand in a text, and what they may be called."""

import re

MAX_NAME_LENGTH = 60
NAME = re.compile(rf"[a-z][a-z0-9_]{{0,{MAX_NAME_LENGTH - 1}}}")
# A tag: `{{name}}`, `{{#name}}`, `{{^name}}`, `{{/name}}`. The backslash before it makes it literal.
PLACEHOLDER = re.compile(rf"(?P<escape>\\)?\{{\{{(?P<kind>[#^/]?)[ \t]*(?P<name>{NAME.pattern})[ \t]*\}}\}}")


def variable_names(text: str) -> list[str]:
    """The names of the variables in `text`, each once, in order of first appearance; of sections too."""
    return list(dict.fromkeys(match["name"] for match in PLACEHOLDER.finditer(text) if not match["escape"]))


def section_only_names(text: str) -> set[str]:
    """Names that switch a section and fill no blank: they ask yes or no."""
    found = [match for match in PLACEHOLDER.finditer(text) if not match["escape"]]
    blanks = {match["name"] for match in found if not match["kind"]}
    return {match["name"] for match in found if match["kind"]} - blanks


def label_from(name: str) -> str:
    """`tone_of_voice` as a person reads it: Tone of voice."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:] or name
