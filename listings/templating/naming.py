"""From what people write between brackets to names a template may use."""

import re
import unicodedata

from listings.templating.names import MAX_NAME_LENGTH, NAME, label_from

# Latin letters that Unicode does not decompose into a base letter and a mark.
_LATIN = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
     "\u0131": "i", "đ": "d", "Đ": "D", "ð": "d", "þ": "th", "Þ": "Th", "\u2019": "", "'": ""}
)  # fmt: skip
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[a-z][0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake_name(phrase: str) -> str:
    """`Tone of voice` and `toneOfVoice` as tone_of_voice; empty when the phrase is not in Latin letters."""
    latin = unicodedata.normalize("NFKD", phrase.translate(_LATIN))
    latin = "".join(letter for letter in latin if not unicodedata.combining(letter))
    if any(letter.isalpha() and not letter.isascii() for letter in latin):
        return ""
    name = re.sub(r"[^a-z0-9]+", "_", _HUMP.sub("_", latin).lower()).strip("_")
    if name[:1].isdigit():
        name = f"v_{name}"
    return name[:MAX_NAME_LENGTH].rstrip("_")


def readable_label(phrase: str) -> str:
    """The label of a form field: the phrase as written, or an identifier spelled out."""
    if re.fullmatch(r"[A-Za-z0-9_]+", phrase) and ("_" in phrase.strip("_") or _HUMP.search(phrase)):
        return label_from(snake_name(phrase)) or phrase
    return phrase[:1].upper() + phrase[1:]


def free_name(wanted: str, taken: set[str]) -> str:
    """`wanted`, or it with the first number that makes it new; variable_1 when nothing is wanted."""
    if wanted and NAME.fullmatch(wanted) and wanted not in taken:
        return wanted
    base, number = (wanted[: MAX_NAME_LENGTH - 5], 2) if wanted else ("variable", 1)
    while f"{base}_{number}" in taken:
        number += 1
    return f"{base}_{number}"
