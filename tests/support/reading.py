"""What people read of a page, and the words of it that are not made up. Scenes write `xq` words only."""

import re
from html.parser import HTMLParser

SHOWN_ATTRIBUTES = {"title", "alt", "placeholder", "aria-label", "data-label"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
ADDRESS = re.compile(r"\S+(?:://|@)\S+")
WORD = re.compile(r"[a-zà-ÿœ]{3,}", re.IGNORECASE)


def shown_texts(page: str) -> set[str]:
    """What people see or hear of a page, but for what is a name or names its own language."""
    reader = Reader()
    reader.feed(page)
    return {" ".join(text.split()) for text in reader.texts if text.strip()}


def foreign_words(text: str) -> set[str]:
    """The words of a text but for those of the scene."""
    return {word.lower() for word in WORD.findall(ADDRESS.sub("", text)) if "xq" not in word.lower()}


class Reader(HTMLParser):
    """Collects texts and shown attributes, except in elements that name their own language or none."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.skipped: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        is_foreign = tag != "html" and "lang" in given
        if tag not in VOID and (
            self.skipped or is_foreign or given.get("translate") == "no" or tag in {"script", "code"}
        ):
            self.skipped.append(tag)
        if not self.skipped:
            self.texts += [given[name] or "" for name in SHOWN_ATTRIBUTES & given.keys()]
            if tag == "meta" and given.get("name") == "description":
                self.texts.append(given["content"] or "")

    def handle_endtag(self, tag: str) -> None:
        if self.skipped:
            self.skipped.pop()

    def handle_data(self, data: str) -> None:
        if not self.skipped:
            self.texts.append(data)
