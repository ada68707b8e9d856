"""Recognising the blanks of prompts from elsewhere: `${Name:default}`, `[Name]`, `{Name}`, `{{name}}`.

`${…}` and `{{…}}` with words in them are blanks wherever they stand. Single brackets and braces mean other
things too (links, checkboxes, arrays, code, JSON, citations); they count only when they look like a
placeholder. What is doubtful stays as it is: a blank too many spoils a form, and the seller can add one.
"""

import json
import re
from bisect import bisect_right
from operator import itemgetter

from listings.templating.names import NAME, variable_names
from listings.templating.naming import FreeNames, readable_label, snake_name
from listings.templating.variables import TemplateVariable, VariableType

_MAX_WORDS = 4
_MAX_PHRASE = 40
_LONG_DEFAULT = 120

_FENCE = re.compile(
    r"^[ \t]*(`{3,}+|~{3,}+)[^\n]*+\n.*?(?:^[ \t]*\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL
)
_FORMS = re.compile(
    rf"""
    (?P<escaped>\\\{{\{{[ \t]*{NAME.pattern}[ \t]*\}}\}})
    | (?<!\\)\$\{{(?P<dollar>[^{{}}\n:]{{1,80}})(?::(?P<default>[^{{}}\n]{{0,5000}}))?\}}
    | (?<!\\)\{{\{{(?P<double>[^{{}}\n]{{1,80}})\}}\}}
    | (?<![A-Za-z0-9_\\^$\#%@{{])\{{(?P<brace>[^{{}}\[\]\n]{{1,40}})\}}
    | (?<![A-Za-z0-9_\\)\]\[!^$])\[(?P<bracket>[^{{}}\[\]\n]{{2,40}})\](?![(\[\]]|:[ \t]*(?:<|\S{{0,60}}://))
    """,
    re.VERBOSE,
)
_NAMED = re.compile(r"[^\W_][\w \u2019'&/,()-]*|_+[^\W_]\w*")
_PHRASE = re.compile(r"[^\W\d_][\w\u2019'-]*(?:[ /][\w\u2019'-]+)*|_+[^\W_]\w*")
_IDENTIFIER = re.compile(r"[^\W\d]\w*(?:-\w+)*")
_CHARACTER_CLASS = re.compile(r"(?:\w-\w)+\w*")
_JSON_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')

# "Put your answer in curly brackets {like this}": an example of brackets, not a blank.
_POINTING = frozenset({"like", "this", "these", "those", "so", "here", "example"})
# What stands in brackets by custom: literals, remarks, log levels, the parts of a song.
_CUSTOMARY = frozenset(
    {
        *("true", "false", "null", "none", "undefined", "nan", "optional", "required", "default"),
        *("sic", "redacted", "inaudible", "unintelligible", "citation needed", "todo", "tbd"),
        *("info", "error", "warn", "warning", "debug", "note", "system", "inst"),
        *("laughs", "laughter", "applause", "pause", "music", "silence", "instrumental"),
        *("intro", "outro", "verse", "chorus", "bridge", "drop", "hook", "interlude", "refrain", "solo"),
        *("pre-chorus", "post-chorus", "start of prompt", "end of prompt"),
    }
)


def normalise_syntaxes(text: str) -> tuple[str, list[TemplateVariable]]:
    """`text` with its blanks written as `{{snake_name}}`, and those blanks in order of appearance.

    The label keeps the words of the original, the default is kept. Doing it again changes nothing.
    """
    names = _Names(text)
    json_strings = _string_spans(text) if _is_json(text) else None
    fences = [match.span() for match in _FENCE.finditer(text)]
    replaced_until = -1

    def replace(match: re.Match[str]) -> str:
        nonlocal replaced_until
        start = match.start()
        phrase = _phrase(match, in_json=json_strings is not None)
        code = bool(match["brace"] or match["bracket"]) and _inside(start, fences)
        array = bool(match["bracket"]) and json_strings is not None and not _inside(start, json_strings)
        # In \frac{a}{b} neither brace is a blank, in {first}{last} both are.
        argument = bool(match["brace"]) and text[start - 1 : start] == "}" and start != replaced_until
        if not phrase or code or array or argument:
            return match[0]
        replaced_until = match.end()
        return "{{" + names.name_of(phrase, (match["default"] or "").strip()) + "}}"

    normalised = _FORMS.sub(replace, text)
    order = {name: place for place, name in enumerate(variable_names(normalised))}
    return normalised, sorted(names.variables(), key=lambda variable: order[variable.name])


def _phrase(match: re.Match[str], *, in_json: bool) -> str:
    """The words between the brackets if they name a blank, else nothing."""
    if match["escaped"]:
        return ""
    named = (match["dollar"] or match["double"] or "").strip()
    if not (match["brace"] or match["bracket"]):
        return named if _NAMED.fullmatch(named) else ""
    if match["brace"]:
        words = match["brace"]
        accepted = _IDENTIFIER.fullmatch(words) if in_json else _looks_like_name(words)
        return words if accepted and words.lower() not in _CUSTOMARY else ""
    return match["bracket"] if _looks_like_name(match["bracket"]) else ""


def _looks_like_name(words: str) -> bool:
    parts = re.split(r"[ /]", words)
    return (
        _PHRASE.fullmatch(words) is not None
        and len(parts) <= _MAX_WORDS
        and words.count("/") <= 1
        and words.lower() not in _CUSTOMARY
        and not _CHARACTER_CLASS.fullmatch(words)
        and not (len(parts) > 1 and _POINTING.intersection(words.lower().split()))
    )


def _is_json(text: str) -> bool:
    if text.lstrip()[:1] not in {"{", "["}:
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _string_spans(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _JSON_STRING.finditer(text)]


def _inside(position: int, spans: list[tuple[int, int]]) -> bool:
    """Whether one of `spans`, which are in order and do not overlap, holds `position`."""
    before = bisect_right(spans, position, key=itemgetter(0))
    return before > 0 and position < spans[before - 1][1]


class _Names:
    """Gives each blank its name: the same for the same words, another for others and for another default."""

    def __init__(self, text: str) -> None:
        self._reserved = {name: _key(name) for name in variable_names(text)}
        self._found: dict[str, dict[str, TemplateVariable]] = {}  # by key, then by default
        self._numbers = FreeNames()

    def name_of(self, phrase: str, default: str) -> str:
        same_words = self._found.setdefault(_key(phrase), {})
        if same_words and not default:
            return next(iter(same_words.values())).name
        if default in same_words:
            return same_words[default].name
        if without := same_words.pop("", None):  # then it was the only one
            variable = _variable(without.name, without.label, default)
        else:
            variable = self._new(phrase, default, again=len(same_words))
        same_words[default] = variable
        return variable.name

    def variables(self) -> list[TemplateVariable]:
        return [variable for same_words in self._found.values() for variable in same_words.values()]

    def _new(self, phrase: str, default: str, *, again: int) -> TemplateVariable:
        key = _key(phrase)

        def is_reserved(name: str) -> bool:
            """A name that stands in the text as {{name}} already is kept for those words."""
            return name in self._reserved and bool(again or self._reserved[name] != key)

        label = readable_label(phrase) + (f" {again + 1}" if again else "")
        return _variable(self._numbers.take(snake_name(phrase), is_reserved), label, default)


def _key(phrase: str) -> str:
    """What spellings of the same words have in common: projectName, project_name, Project Name."""
    return re.sub(r"[\W_]+", "", phrase.casefold())


def _variable(name: str, label: str, default: str) -> TemplateVariable:
    long = "\n" in default or len(default) > _LONG_DEFAULT
    kind = VariableType.LONG_TEXT if long else VariableType.TEXT
    return TemplateVariable(name=name, label=label, type=kind.value, default=default)
