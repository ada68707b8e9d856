"""Rules about what must not be sold: secrets, other people's data, ways around a model's limits."""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from listings.lint.rules import Draft, Hit, Severity, rule
from listings.templating.parsing import Lines

# Few and exact: each is the shape of a live credential and of nothing else. Submission refuses them.
SECRETS = re.compile(
    r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"
    r"|\b(?:sk|rk)_live_[0-9A-Za-z]{16,}"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_[0-9A-Za-z]{36,}"
    r"|\bgithub_pat_[0-9A-Za-z_]{50,}"
    r"|\bglpat-[0-9A-Za-z_-]{20,}"
    r"|\bxox[abprs]-[0-9A-Za-z-]{20,}"
    r"|\bsk-(?:proj-|ant-)[0-9A-Za-z_-]{30,}"
    r"|\bAIza[0-9A-Za-z_-]{35}\b"
    r"|\bpf_[0-9A-Za-z_-]{40,}"
)
# Wider: what people write before or around a credential. It has to hold a digit, and be no blank.
_LIKELY_SECRETS = re.compile(
    r"\b(?:password|passwd|passphrase|api[ _-]?key|secret[ _-]?key|access[ _-]?token|mot de passe)"
    r"\s{0,3}(?:[:=]|is|est)\s{0,3}[\"'`]?(?=[^\s\"'`]{0,60}\d)[^\s\"'`{}\[\]<>*]{8,}"
    r"|\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\."
    r"|\b[a-z][a-z0-9+]{1,20}://[^\s/:@{}\[\]<>]{1,60}:[^\s/@{}\[\]<>]{4,60}@",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"\b[\w.+-]+@(?!example\.|exemple\.)[\w-]+\.[a-z]{2,}\b", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w.])\+\d{1,3}[ .-]?(?:\(?\d{1,4}\)?[ .-]?){2,5}\d{2,4}(?![\w.])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}\b")
_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
_TEST_CARDS = frozenset({"4242424242424242", "4111111111111111", "5555555555554444", "378282246310005"})
_AROUND_LIMITS = re.compile(
    r"\bignore (?:all )?(?:your |the )?(?:previous|prior) (?:instructions|rules)\b|\bjailbr(?:eak|oken)\b|"
    r"\bDAN mode\b|\bdo anything now\b|\bno (?:ethical|moral|content) (?:guidelines|restrictions|filters?)\b|"
    r"\bignore(?:z|r)? (?:toutes )?(?:les|tes|vos) (?:instructions|règles) précédentes\b|"
    r"\bsans (?:aucun )?filtre\b",
    re.IGNORECASE,
)


@rule(
    "safety.secret",
    Severity.ERROR,
    title=gettext_lazy("A password, key or token"),
    lesson=gettext_lazy(
        "Whoever buys the prompt could use it. Take it out, and revoke it where it was issued."
    ),
)
def secret(draft: Draft) -> Iterator[Hit]:
    yield from _everywhere(draft, SECRETS, _("This looks like a key. Take it out and revoke it."))


@rule(
    "safety.likely-secret",
    Severity.ERROR,
    title=gettext_lazy("Perhaps a password"),
    lesson=gettext_lazy(
        "What follows the word “password” or stands in an address may be a real one. Use a blank instead."
    ),
)
def likely_secret(draft: Draft) -> Iterator[Hit]:
    yield from _everywhere(draft, _LIKELY_SECRETS, _("This looks like a password or key. Put a blank here."))


@rule(
    "safety.personal-data",
    Severity.WARNING,
    title=gettext_lazy("Somebody's personal data"),
    lesson=gettext_lazy("Examples are public. Use made-up people, and addresses at example.com."),
)
def personal_data(draft: Draft) -> Iterator[Hit]:
    found = {
        _EMAIL: _("This is an email address. Use one at example.com."),
        _PHONE: _("This looks like a telephone number. Use a made-up one."),
        _IBAN: _("This looks like a bank account. Take it out."),
    }
    for pattern, message in found.items():
        yield from _everywhere(draft, pattern, message)
    for field, text in _texts(draft).items():
        for match in _CARD.finditer(text):
            digits = re.sub(r"\D", "", match[0])
            if digits not in _TEST_CARDS and _is_card(digits):
                message = _("This looks like a card number. Take it out.")
                yield Hit(field, message, Lines(text).place(match.start()))
                break


@rule(
    "safety.around-limits",
    Severity.ERROR,
    title=gettext_lazy("A way around the model's limits"),
    lesson=gettext_lazy(
        "Prompts that switch off a model's safeguards are not sold here, whatever they are for."
    ),
)
def around_limits(draft: Draft) -> Iterator[Hit]:
    yield from _everywhere(
        draft, _AROUND_LIMITS, _("Take this out, or explain to the moderator what it is for.")
    )


def _texts(draft: Draft) -> dict[str, str]:
    texts = draft.public_texts | {"prompt": draft.prompt, "instructions": draft.instructions}
    for number, example in enumerate(draft.examples):
        values = "\n".join(str(value) for value in example.values.values())
        texts[f"examples.{number}"] = f"{example.output_text}\n{values}"
    texts["variables"] = "\n".join(variable.default for variable in draft.variables)
    return texts


def _everywhere(draft: Draft, pattern: re.Pattern[str], message: str) -> Iterator[Hit]:
    """The first place in each text; what was found is not repeated, for it may be a secret."""
    for field, text in _texts(draft).items():
        if found := pattern.search(text):
            yield Hit(field, message, Lines(text).place(found.start()))


def _is_card(digits: str) -> bool:
    """Luhn's check, and a first digit that card schemes use."""
    if digits[0] not in "3456":
        return False
    doubled = [int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0
