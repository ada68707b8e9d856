"""From what people write between brackets to names a template may use."""

import re
import unicodedata
from collections.abc import Callable

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


class FreeNames:
    """Hands out names, each once: the one wanted, or it with the first number that makes it new."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._next_number: dict[str, int] = {}

    def take(self, wanted: str, is_reserved: Callable[[str], bool]) -> str:
        """`wanted` if it can be had; variable_1 and on when nothing is wanted."""
        name = wanted
        if not NAME.fullmatch(wanted) or wanted in self._taken or is_reserved(wanted):
            base, number = (wanted[: MAX_NAME_LENGTH - 5], 2) if wanted else ("variable", 1)
            number = self._next_number.get(base, number)
            while (name := f"{base}_{number}") in self._taken or is_reserved(name):
                number += 1
            self._next_number[base] = number + 1
        self._taken.add(name)
        return name
