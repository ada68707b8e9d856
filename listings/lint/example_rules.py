"""Rules about examples: what a buyer judges the prompt by."""

import re
from collections.abc import Iterator
from itertools import combinations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from listings.lint.rules import Draft, Example, Hit, Severity, rule
from listings.lint.words import likeness, longest_shared_run
from listings.words import words

ALIKE = 0.85
SHORT_OUTPUT = 15
SHARED_RUN = 12
_UNFINISHED = re.compile(
    r"\{\{[^{}\n]{1,60}\}\}|\[(?:your|insert|enter|votre|insérer)\b[^\]\n]{0,40}\]|\blorem ipsum\b",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"\bas an ai (?:language )?model\b|\bi(?:'|\u2019)m sorry, but i (?:can(?:'|\u2019)t|cannot)\b|"
    r"\bi cannot assist with\b|"
    r"\ben tant qu(?:e modèle|'ia|\u2019ia)\b|\bje suis désolée?, mais je ne peux pas\b",
    re.IGNORECASE,
)


@rule(
    "examples.alike",
    Severity.WARNING,
    title=gettext_lazy("Two examples are alike"),
    lesson=gettext_lazy(
        "The second example should show another side: another tone, a hard case, a longer input."
    ),
)
def alike(draft: Draft) -> Iterator[Hit]:
    for (_first, one), (second, other) in combinations(enumerate(draft.examples), 2):
        if min(len(one.output_text), len(other.output_text)) and (
            likeness(one.output_text, other.output_text) > ALIKE
        ):
            sentence = _("It is nearly the same as example %(number)d. Record a different case.")
            yield Hit(f"examples.{second}", sentence % {"number": _first + 1})


@rule(
    "examples.short",
    Severity.WARNING,
    title=gettext_lazy("A short answer"),
    lesson=gettext_lazy("Buyers judge by the examples. Show the whole answer, as the model gave it."),
)
def short(draft: Draft) -> Iterator[Hit]:
    if draft.modality not in ("text", "code"):
        return
    for number, example in enumerate(draft.examples):
        if 0 < len(words(example.output_text)) < SHORT_OUTPUT:
            yield Hit(f"examples.{number}", _("Show the whole answer."))


@rule(
    "examples.unfinished",
    Severity.WARNING,
    title=gettext_lazy("An answer with blanks in it"),
    lesson=gettext_lazy("A blank in the answer tells the buyer that there is work left."),
)
def unfinished(draft: Draft) -> Iterator[Hit]:
    for number, example in enumerate(draft.examples):
        if found := _UNFINISHED.search(example.output_text):
            sentence = _("“%(found)s” stands in the answer. Run it again with every blank filled in.")
            yield Hit(f"examples.{number}", sentence % {"found": found[0]})


@rule(
    "examples.refusal",
    Severity.ERROR,
    title=gettext_lazy("The model refused"),
    lesson=gettext_lazy("An example in which the model declines shows that the prompt does not work."),
)
def refusal(draft: Draft) -> Iterator[Hit]:
    for number, example in enumerate(draft.examples):
        if _REFUSAL.search(example.output_text):
            yield Hit(f"examples.{number}", _("Record an answer in which the model does the work."))


@rule(
    "examples.gives-away",
    Severity.WARNING,
    title=gettext_lazy("An example shows the prompt"),
    lesson=gettext_lazy(
        "Models repeat their orders now and then. What an example repeats need not be bought."
    ),
)
def gives_away(draft: Draft) -> Iterator[Hit]:
    for number, example in enumerate(draft.examples):
        if run := longest_shared_run(draft.prompt, example.output_text, least=SHARED_RUN):
            sentence = _("It repeats the prompt: “%(run)s …”. Cut that out.")
            yield Hit(f"examples.{number}", sentence % {"run": " ".join(run.split()[:6])})


@rule(
    "examples.mismatch",
    Severity.HINT,
    title=gettext_lazy("The answer does not take up what was filled in"),
    lesson=gettext_lazy(
        "If none of the values can be found in the answer, buyers doubt that it came from them."
    ),
)
def mismatch(draft: Draft) -> Iterator[Hit]:
    for number, example in enumerate(draft.examples):
        wanted = _telling_words(example)
        if wanted and len(words(example.output_text)) >= SHORT_OUTPUT:
            answered = {_stem(word) for word in words(example.output_text)}
            if not wanted & answered:
                yield Hit(
                    f"examples.{number}", _("None of the values stands in the answer. Is it the right one?")
                )


def _telling_words(example: Example) -> set[str]:
    """The longer words of the values that were filled in."""
    typed = " ".join(value for value in example.values.values() if isinstance(value, str))
    return {_stem(word) for word in words(typed) if len(word) >= 5}


def _stem(word: str) -> str:
    return word[:5]
