"""What people type, as every one of our readers can take it: databases, XML feeds, mail headers."""

import re

# PostgreSQL refuses NUL and lone surrogates; XML, and with it the feed and the covers, all the others.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """`text` without control characters; tabs and line ends stay."""
    return _UNPRINTABLE.sub("", text)


def one_line(text: str) -> str:
    """`text` as a name is kept: printable, with single spaces for whatever separates words."""
    return " ".join(printable(text).split())
