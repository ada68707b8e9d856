"""A text as its words: what comparing and judging texts begins with."""

import re
import unicodedata

from listings.templating.names import PLACEHOLDER

# Scripts written without spaces have a word for each sign; other words may hold an apostrophe or a hyphen.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+(?:['\u2019-][^\W_]+)*")


def words(text: str) -> list[str]:
    """The words of a text in lower case and one Unicode form, blanks left out."""
    plain = unicodedata.normalize("NFKC", PLACEHOLDER.sub(" ", text)).casefold()
    return [match[0] for match in _WORD.finditer(plain)]


def shingles(text: str, size: int) -> set[tuple[str, ...]]:
    """Every run of `size` words."""
    found = words(text)
    return {tuple(found[start : start + size]) for start in range(len(found) - size + 1)}
