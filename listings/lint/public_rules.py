"""Rules about what everyone may read: title, summary, description."""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from listings.lint.rules import Draft, Hit, Severity, rule
from listings.lint.words import likeness, share_given_away
from listings.templating.parsing import Lines
from listings.words import words

SHORT_DESCRIPTION = 30
GIVEN_AWAY = 0.25
_FOR_WHOM = re.compile(
    r"\b(?:for|helps?|when|if you|use it|teams?|anyone|whether|pour|quand|lorsque|si vous|aide|équipes?|"
    r"utilisez|idéal)\b",
    re.IGNORECASE,
)
_EMPTY_PRAISE = re.compile(
    r"\b(?:best|ultimate|amazing|incredible|perfect|number one|must-have|"
    r"meilleure?|incroyable|parfaite?|ultime)\b|#1",
    re.IGNORECASE,
)
_PROMISE = re.compile(
    r"\b(?:guaranteed?|100\s?%|get rich|make money fast|passive income|go viral|garantie?s?|devenir riche|"
    r"argent facile)",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"\b[\w.+-]+@[\w-]+\.\w{2,}\b|https?://|\bwww\.|\b(?:t\.me|discord\.gg|wa\.me)/|"
    r"\b(?:contact|message|write to|dm|reach|contactez|écrivez)\b[^.\n]{0,30}"
    r"\b(?:whatsapp|telegram|discord)\b",
    re.IGNORECASE,
)
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")


@rule(
    "public.gives-away",
    Severity.ERROR,
    title=gettext_lazy("The description gives the prompt away"),
    lesson=gettext_lazy(
        "What stands in the description need not be bought. Describe the result, not the words that make it."
    ),
)
def gives_away(draft: Draft) -> Iterator[Hit]:
    share = share_given_away(draft.prompt, "\n".join(draft.public_texts.values()))
    if share >= GIVEN_AWAY:
        sentence = _("About %(percent)d%% of the prompt can be read here. Say it in other words.")
        most = max(
            draft.public_texts, key=lambda field: share_given_away(draft.prompt, draft.public_texts[field])
        )
        yield Hit(most, sentence % {"percent": round(share * 100)})


@rule(
    "public.short-description",
    Severity.WARNING,
    title=gettext_lazy("A short description"),
    lesson=gettext_lazy(
        "Buyers cannot see the prompt. What it does, for whom, what to give and what comes out."
    ),
)
def short_description(draft: Draft) -> Iterator[Hit]:
    count = len(words(draft.description))
    if 0 < count < SHORT_DESCRIPTION:
        sentence = ngettext(
            "%(count)d word. Say what it does, for whom, and what comes out.",
            "%(count)d words. Say what it does, for whom, and what comes out.",
            count,
        )
        yield Hit("description", sentence % {"count": count})


@rule(
    "public.no-use-case",
    Severity.WARNING,
    title=gettext_lazy("No use is named"),
    lesson=gettext_lazy("“For a sales team that answers tenders” sells better than “for everyone”."),
)
def no_use_case(draft: Draft) -> Iterator[Hit]:
    told = f"{draft.summary}\n{draft.description}"
    if draft.description.strip() and draft.language in ("en", "fr") and not _FOR_WHOM.search(told):
        yield Hit("description", _("Say who uses it, and when."))


@rule(
    "public.title-shouts",
    Severity.WARNING,
    title=gettext_lazy("The title shouts"),
    lesson=gettext_lazy("Capitals, rows of exclamation marks and emoji look like spam in a list."),
)
def title_shouts(draft: Draft) -> Iterator[Hit]:
    letters = [letter for letter in draft.title if letter.isalpha()]
    capitals = sum(letter.isupper() for letter in letters)
    is_loud = len(letters) >= 8 and capitals > len(letters) * 0.7
    if is_loud or "!!" in draft.title or len(_EMOJI.findall(draft.title)) > 1:
        yield Hit("title", _("Write it as a plain sentence."))


@rule(
    "public.empty-praise",
    Severity.HINT,
    title=gettext_lazy("Praise instead of facts"),
    lesson=gettext_lazy("Everyone writes “best”. Nobody searches for it. A fact in its place is found."),
)
def empty_praise(draft: Draft) -> Iterator[Hit]:
    for field in ("title", "summary"):
        found = _EMPTY_PRAISE.search(getattr(draft, field))
        if found:
            yield Hit(field, _("Say what it does in place of “%(word)s”.") % {"word": found[0]})


@rule(
    "public.promises",
    Severity.ERROR,
    title=gettext_lazy("A promise nobody can keep"),
    lesson=gettext_lazy("No prompt guarantees an income or a result. Such listings are returned."),
)
def promises(draft: Draft) -> Iterator[Hit]:
    yield from _found(draft, _PROMISE, _("Take out “%(found)s”."))


@rule(
    "public.summary-repeats-title",
    Severity.HINT,
    title=gettext_lazy("The summary repeats the title"),
    lesson=gettext_lazy(
        "In a list both stand together. The second line is room for the result or the reader."
    ),
)
def summary_repeats_title(draft: Draft) -> Iterator[Hit]:
    if draft.summary and draft.title and likeness(draft.title, draft.summary) > 0.8:
        yield Hit("summary", _("Say something that the title does not."))


@rule(
    "public.contact",
    Severity.ERROR,
    title=gettext_lazy("An address that leads away"),
    lesson=gettext_lazy(
        "Addresses and messengers in public text lead around the checkout, and so around refunds."
    ),
)
def contact(draft: Draft) -> Iterator[Hit]:
    yield from _found(draft, _CONTACT, _("Take out “%(found)s”. Your storefront says who you are."))


def _found(draft: Draft, pattern: re.Pattern[str], sentence: str) -> Iterator[Hit]:
    for field, text in draft.public_texts.items():
        if found := pattern.search(text):
            yield Hit(field, sentence % {"found": found[0]}, Lines(text).place(found.start()))
