"""Facts derived from a prompt's text, and cleaning of what clients send."""

import hashlib
import unicodedata
from typing import Any

from common.texts import printable
from listings.templating.names import PLACEHOLDER


def clean_text(value: str) -> str:
    """`value` as databases and feeds can take it, with Unix line ends."""
    return printable(value.replace("\r\n", "\n").replace("\r", "\n"))


def clean_json(value: Any) -> Any:
    """The same for every text inside lists and dicts."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(str(key)): clean_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(item) for item in value]
    return value


def normalised_text(text: str) -> str:
    """What two texts share when a reader would call them the same: case, spacing and Unicode forms aside."""
    text = PLACEHOLDER.sub(lambda match: match[0].replace(" ", "").replace("\t", ""), text)
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def text_hash(text: str) -> str:
    """SHA-256 of the normalised text, by which exact copies are found; empty for an empty text."""
    normalised = normalised_text(text)
    return hashlib.sha256(normalised.encode()).hexdigest() if normalised else ""


def word_count(text: str) -> int:
    return len(text.split())
