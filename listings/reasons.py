"""Why a submission goes back: ready reasons tied to the rules they answer to, and remarks on exact places.

A reason's id never changes its meaning: decisions and the audit log refer to it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from listings.lint import RULES

# Found by the automated checks beside those of the quality assistant.
NEAR_COPY = "check.near-copy"
IMPERSONATION = "check.impersonation"
CHECK_TITLES: dict[str, str | Promise] = {
    NEAR_COPY: _("Much like another seller's text"),
    IMPERSONATION: _("It may be taken for somebody else's"),
}
# How people read the fields in which something was found.
FIELD_WORDS: dict[str, str | Promise] = {
    "title": _("Title"),
    "summary": _("Summary"),
    "description": _("Description"),
    "language": _("Language of the prompt"),
    "price_amount": _("Price"),
    "prompt": _("Prompt"),
    "instructions": _("Instructions"),
    "variables": _("Variables"),
    "examples": _("Examples"),
    "email": _("Email address"),
    "seller": _("Storefront"),
    "changelog": _("What changed"),
}


@dataclass(frozen=True)
class Reason:
    """`text` is what the seller is asked to do, `lesson` why it matters; `rules` are those it answers to."""

    id: str
    text: str | Promise
    lesson: str | Promise
    rules: tuple[str, ...] = ()

    def answers(self, rule: str) -> bool:
        return any(rule == own or (own.endswith(".") and rule.startswith(own)) for own in self.rules)


_TABLE = (
    Reason(
        "copy",
        _("The text is much like one that another seller submitted before. Offer your own work."),
        _("Buyers pay for what they cannot find elsewhere, and whoever wrote it first is owed the sale."),
        (NEAR_COPY,),
    ),
    Reason(
        "secret",
        _("There is a password, key or token in it. Take it out, and revoke it where it was issued."),
        _("Whoever reads the prompt could use it, and what is on sale can be read by anyone who pays."),
        ("safety.secret", "safety.likely-secret"),
    ),
    Reason(
        "personal",
        _("There is somebody's personal data in it. Use made-up people, and addresses at example.com."),
        _("Examples are public, and people have not agreed to stand in them."),
        ("safety.personal-data",),
    ),
    Reason(
        "impersonation",
        _("It may be taken for the offer of somebody else. Use a name and words of your own."),
        _("A name that is nearly another's makes buyers trust the wrong person."),
        (IMPERSONATION,),
    ),
    Reason(
        "harm",
        _("The prompt asks for something our rules do not allow."),
        _("Prompts that switch off a model's safeguards are not sold here, whatever they are for."),
        ("safety.around-limits",),
    ),
    Reason(
        "rights",
        _("The prompt or its examples use a protected name, likeness or text."),
        _("The holder of the rights may have it taken down, and buyers would lose what they paid for."),
    ),
    Reason(
        "examples",
        _("The examples do not look like what this prompt produces. Record them again."),
        _("Examples are what a buyer judges a prompt by: they must be the model's own answers."),
        (
            *("examples.alike", "examples.short", "examples.unfinished"),
            *("examples.refusal", "examples.mismatch"),
        ),
    ),
    Reason(
        "gives-away",
        _("The public text gives the prompt away. Describe what it does, not how it is written."),
        _("What stands in the description for nothing is not bought."),
        ("public.gives-away", "examples.gives-away"),
    ),
    Reason(
        "blanks",
        _("Some blanks do not work, or are not explained. Fill the form in once yourself."),
        _("A buyer sees the blanks as a form, and nothing else of the prompt before it is filled in."),
        ("prompt.faulty-tags", "prompt.other-brackets", "variables."),
    ),
    Reason(
        "quality",
        _("The prompt is too short or too general to be worth its price."),
        _("What a buyer would have typed anyway is asked back for."),
        ("prompt.guessable", "prompt.no-blanks"),
    ),
    Reason(
        "description",
        _("The description does not say what the buyer gets."),
        _("Say for whom it is, what goes in, and what comes out."),
        ("public.short-description", "public.no-use-case"),
    ),
    Reason(
        "title",
        _("The title or summary promises more than the prompt does."),
        _("A buyer who expected more asks for the money back."),
        ("public.promises", "public.title-shouts", "public.empty-praise", "public.summary-repeats-title"),
    ),
    Reason(
        "contact",
        _("There is an address that leads away from here. Take it out."),
        _("Buyers are protected only for what they buy here."),
        ("public.contact",),
    ),
    Reason(
        "category",
        _("The model, category or tags do not fit."),
        _("It is found by those who look for something else."),
        ("model.", "prompt.other-language"),
    ),
    Reason(
        "instructions",
        _("Tell the buyer how to use it."),
        _("Two sentences spare you questions: where to paste it, and what to expect."),
        ("instructions.missing",),
    ),
)
REASONS: dict[str, Reason] = {reason.id: reason for reason in _TABLE}


@dataclass(frozen=True, kw_only=True)
class Remark:
    """One thing to change: a ready reason, a rule, or own words; at a field and a line, where known."""

    reason: str = ""
    rule: str = ""
    field: str = ""
    line: int | None = None
    text: str = ""

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> "Remark":
        return cls(**{name: raw[name] for name in ("reason", "rule", "field", "line", "text") if name in raw})

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def place(self) -> str:
        """“Prompt, line 3” in the active language; empty where it is about the whole."""
        if not self.field:
            return ""
        words = field_words(self.field)
        if self.line is None:
            return words
        return gettext("%(field)s, line %(line)d") % {"field": words, "line": self.line}

    @property
    def sentence(self) -> str:
        """What to do, in the active language, with the place before it."""
        if not self.place:
            return self.bare_sentence
        return gettext("%(place)s: %(sentence)s") % {"place": self.place, "sentence": self.bare_sentence}

    @property
    def bare_sentence(self) -> str:
        """The same without the place."""
        if self.text:
            return self.text
        return str(REASONS[self.reason].text) if self.reason in REASONS else rule_title(self.rule)

    @property
    def lesson(self) -> str:
        """Why it matters, in the active language; empty for a moderator's own words."""
        if self.rule in RULES:
            return str(RULES[self.rule].lesson)
        return str(REASONS[self.reason].lesson) if self.reason in REASONS else ""


def rule_title(rule: str) -> str:
    """What a rule is called, in the active language; the id of one that is no more."""
    return str(RULES[rule].title if rule in RULES else CHECK_TITLES.get(rule, rule))


def field_words(field: str) -> str:
    """The name of a field; `examples.1` is the second example."""
    name, _dot, number = field.partition(".")
    if number.isdecimal():
        return gettext("Example %(number)s") % {"number": int(number) + 1}
    return str(FIELD_WORDS.get(name, name))


def reasons_for(rules: Iterable[str]) -> list[str]:
    """The ids of the reasons that answer to what was found, in the order of the table."""
    found = set(rules)
    return [reason.id for reason in _TABLE if any(reason.answers(rule) for rule in found)]
