"""Rules about the prompt itself, its blanks and the model it is for."""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from listings.lint.rules import Draft, Hit, Severity, rule
from listings.lint.tokens import estimated_tokens, limits_of
from listings.lint.words import language_of
from listings.templating import derive_variables, normalise_syntaxes, variable_names
from listings.templating.parsing import Lines
from listings.templating.variables import WITH_CHOICES
from listings.words import words

GUESSABLE_WORDS = 30
MANY_VARIABLES = 12
LONG_WORDS = 120
# What is given with the prompt rather than put into it.
_GIVEN_BESIDE = re.compile(
    r"\b(?:upload(?:ed|ing)?|attach(?:ed|ment)?|paste|téléverse[rz]?|jointe?s?|collez)\b|"
    r"\b(?:input|reference|source) (?:image|photo|picture|video)\b",
    re.IGNORECASE,
)
# Names that do not say what to type.
_VAGUE_NAMES = frozenset(
    {
        *("input", "text", "data", "content", "info", "information", "detail", "details", "context"),
        *("option", "options", "value", "values", "variable", "var", "item", "items", "thing", "things"),
        *("object", "list", "parameter", "param", "field", "placeholder", "something", "example"),
        *("texte", "donnee", "donnees", "contenu", "valeur", "champ", "exemple"),
    }
)
_ABOUT_PROMPTS = re.compile(
    r"\bprompts?[\s-]+(?:generat|writ|engineer|optimi|creat)|"
    r"\b(?:generat|writ|engineer|optimi|creat)\w*\b[^.\n]{0,40}\bprompts?\b",
    re.IGNORECASE,
)
_IMAGE_PARAMETERS = re.compile(r"(?<!\S)--(?:ar|v|niji|stylize|chaos|cref|sref|seed|no)\b")


@rule(
    "prompt.faulty-tags",
    Severity.ERROR,
    title=gettext_lazy("A tag cannot do its work"),
    lesson=gettext_lazy(
        "A section without its end, or a part in the wrong place, is left out of what the buyer copies."
    ),
)
def faulty_tags(draft: Draft) -> Iterator[Hit]:
    for fault in draft.template.faults:
        yield Hit("prompt", fault.message, fault.place)


@rule(
    "prompt.guessable",
    Severity.WARNING,
    title=gettext_lazy("The text can be guessed"),
    lesson=gettext_lazy(
        "Buyers pay for what they could not write in a minute: the role, the steps, the form of the answer, "
        "what to avoid. One sentence is easily guessed from the title."
    ),
)
def guessable(draft: Draft) -> Iterator[Hit]:
    count = len(words(draft.prompt))
    if 0 < count < GUESSABLE_WORDS and draft.modality in ("text", "code"):
        sentence = ngettext(
            "The prompt has %(count)d word. Say how the answer should be made.",
            "The prompt has %(count)d words. Say how the answer should be made.",
            count,
        )
        yield Hit("prompt", sentence % {"count": count})


@rule(
    "prompt.no-blanks",
    Severity.HINT,
    title=gettext_lazy("Nothing to fill in"),
    lesson=gettext_lazy("A blank or two make a prompt fit the buyer's own case without editing the text."),
)
def no_blanks(draft: Draft) -> Iterator[Hit]:
    # Pictures are described whole, often as JSON; what is uploaded or pasted needs no blank either.
    is_whole = draft.modality not in ("text", "code") or draft.prompt.lstrip().startswith("{")
    varies = not is_whole and not _GIVEN_BESIDE.search(draft.prompt)
    if varies and draft.prompt.strip() and not variable_names(draft.prompt):
        yield Hit("prompt", _("Write {{name}} where each buyer's case differs."))


@rule(
    "prompt.other-brackets",
    Severity.WARNING,
    title=gettext_lazy("Blanks that no form asks for"),
    lesson=gettext_lazy(
        "Buyers are asked for names in double braces only. Other brackets stay in the text they copy."
    ),
)
def other_brackets(draft: Draft) -> Iterator[Hit]:
    known = set(variable_names(draft.prompt))
    normalised, found = normalise_syntaxes(draft.prompt)
    if normalised == draft.prompt:
        return
    for variable in found:
        if variable.name not in known:
            sentence = _("“%(label)s” is written in other brackets. Put it in double braces.")
            yield Hit("prompt", sentence % {"label": variable.label})


@rule(
    "variables.unused",
    Severity.WARNING,
    title=gettext_lazy("A blank that the text does not use"),
    lesson=gettext_lazy("Buyers would fill it in for nothing."),
)
def unused_variables(draft: Draft) -> Iterator[Hit]:
    used = set(variable_names(draft.prompt))
    for variable in draft.variables:
        if variable.name not in used:
            sentence = _("{{%(name)s}} is declared, and stands nowhere in the prompt.")
            yield Hit("variables", sentence % {"name": variable.name})


@rule(
    "variables.unexplained",
    Severity.HINT,
    title=gettext_lazy("A blank without a word about it"),
    lesson=gettext_lazy(
        "A label a stranger understands, a line of help or a default that works: with one of them, buyers "
        "know what to type."
    ),
)
def unexplained_variables(draft: Draft) -> Iterator[Hit]:
    derived = {variable.name: variable for variable in derive_variables(draft.prompt)}
    declared = {variable.name: variable for variable in draft.variables}
    lines = Lines(draft.prompt)
    places = {tag.name: lines.place(tag.start) for tag in reversed(draft.template.tags) if not tag.is_literal}
    for name, plain in derived.items():
        if _is_vague(name) and declared.get(name, plain) == plain:
            sentence = _("Give {{%(name)s}} a label, a help or a default.")
            yield Hit("variables", sentence % {"name": name}, places.get(name))


def _is_vague(name: str) -> bool:
    """Whether a name alone leaves a stranger guessing: a stock word, a letter, a number, a sentence."""
    return name in _VAGUE_NAMES or len(name) < 3 or name[-1].isdecimal() or name.count("_") > 3


@rule(
    "variables.too-many",
    Severity.WARNING,
    title=gettext_lazy("Many blanks"),
    lesson=gettext_lazy("Every blank is work for the buyer. Defaults, choices and sections take it off."),
)
def too_many_variables(draft: Draft) -> Iterator[Hit]:
    needed = [variable for variable in draft.variables if variable.required and not variable.default]
    if len(needed) > MANY_VARIABLES:
        sentence = _("%(count)d blanks must be filled in. Give some a default, or make them optional.")
        yield Hit("variables", sentence % {"count": len(needed)})


@rule(
    "variables.single-choice",
    Severity.HINT,
    title=gettext_lazy("A choice of one"),
    lesson=gettext_lazy("A list with one entry asks for nothing."),
)
def single_choice(draft: Draft) -> Iterator[Hit]:
    for variable in draft.variables:
        if variable.type in WITH_CHOICES and len(variable.choices) == 1:
            yield Hit("variables", _("{{%(name)s}} has one choice.") % {"name": variable.name})


@rule(
    "model.too-long",
    Severity.ERROR,
    title=gettext_lazy("Too long for the model"),
    lesson=gettext_lazy("What is beyond the limit is cut off or ignored, and the buyer sees a worse answer."),
)
def too_long(draft: Draft) -> Iterator[Hit]:
    limits, tokens = limits_of(draft.model), estimated_tokens(draft.prompt, draft.model)
    names = {"model": draft.model_name or draft.model, "count": tokens, "limit": limits.context}
    if tokens > limits.context:
        sentence = _("About %(count)d tokens; %(model)s takes %(limit)d. Shorten the prompt.")
        yield Hit("prompt", sentence % names)
    elif limits.characters is not None and len(draft.prompt) > limits.characters:
        names |= {"count": len(draft.prompt), "limit": limits.characters}
        yield Hit("prompt", _("%(count)d characters; %(model)s takes %(limit)d. Shorten the prompt.") % names)


@rule(
    "model.other-named",
    Severity.WARNING,
    title=gettext_lazy("Another model is named"),
    lesson=gettext_lazy(
        "A prompt filed under one model and addressed to another looks copied, and misleads."
    ),
)
def other_model_named(draft: Draft) -> Iterator[Hit]:
    """Not of a text that names several models, and so none in particular, nor of one that writes prompts."""
    texts = {field: getattr(draft, field) for field in ("title", "summary", "prompt")}
    together = "\n".join(texts.values())
    named = [name for name in draft.other_model_names if re.search(rf"\b{re.escape(name)}\b", together)]
    is_own = re.search(rf"\b{re.escape(draft.model_name)}\b", together, re.IGNORECASE)
    if len(named) != 1 or is_own or _ABOUT_PROMPTS.search(together):
        return
    for field, text in texts.items():
        if found := re.search(rf"\b{re.escape(named[0])}\b", text):
            sentence = _("It names %(other)s and is filed under %(model)s.")
            place = Lines(text).place(found.start())
            yield Hit(field, sentence % {"other": named[0], "model": draft.model_name}, place)


@rule(
    "model.foreign-parameters",
    Severity.WARNING,
    title=gettext_lazy("Parameters of another model"),
    lesson=gettext_lazy(
        "Parameters such as --ar mean something to Midjourney only; others read them as words."
    ),
)
def foreign_parameters(draft: Draft) -> Iterator[Hit]:
    found = _IMAGE_PARAMETERS.search(draft.prompt)
    is_meant = draft.model in ("midjourney", "other", "") or draft.modality == "code"
    # A text that writes prompts for that model has to show them.
    if found and not is_meant and "midjourney" not in draft.prompt.lower():
        sentence = _("Take out %(parameter)s, or file it under Midjourney.") % {"parameter": found[0]}
        yield Hit("prompt", sentence, Lines(draft.prompt).place(found.start()))


@rule(
    "prompt.other-language",
    Severity.WARNING,
    title=gettext_lazy("The language is not the one chosen"),
    lesson=gettext_lazy("Buyers filter by language. One who reads only French is lost on an English text."),
)
def other_language(draft: Draft) -> Iterator[Hit]:
    found = language_of(draft.prompt)
    if found and found != draft.language and draft.language in ("en", "fr"):
        sentence = {
            "en": _("The prompt seems to be in English. Choose that language."),
            "fr": _("The prompt seems to be in French. Choose that language."),
        }
        yield Hit("language", sentence[found])


@rule(
    "instructions.missing",
    Severity.HINT,
    title=gettext_lazy("No instructions for the buyer"),
    lesson=gettext_lazy(
        "Settings, follow-up questions and what to do with a poor answer are worth a line each."
    ),
)
def no_instructions(draft: Draft) -> Iterator[Hit]:
    needs_more = draft.template.is_multi_part or _GIVEN_BESIDE.search(draft.prompt)
    if needs_more and len(words(draft.prompt)) > LONG_WORDS and not draft.instructions.strip():
        yield Hit("instructions", _("Say in a line or two how to get the best out of it."))
