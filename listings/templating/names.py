"""Where variables stand in a text, and what they may be called."""

import re

MAX_NAME_LENGTH = 60
NAME = re.compile(rf"[a-z][a-z0-9_]{{0,{MAX_NAME_LENGTH - 1}}}")
# Group 1: the backslash that makes it literal. Group 2: the name.
PLACEHOLDER = re.compile(rf"(\\)?\{{\{{[ \t]*({NAME.pattern})[ \t]*\}}\}}")


def variable_names(text: str) -> list[str]:
    """The names of the variables in `text`, each once, in order of first appearance."""
    return list(dict.fromkeys(match[2] for match in PLACEHOLDER.finditer(text) if not match[1]))


def label_from(name: str) -> str:
    """`tone_of_voice` as a person reads it: Tone of voice."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:] or name
