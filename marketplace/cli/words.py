"""The language of the command: that of the environment, from the site's own catalogue."""

import gettext as python_gettext
import os
from pathlib import Path

LOCALES = Path(__file__).resolve().parent.parent / "locale"
LANGUAGES = ("en", "fr")


def language() -> str:
    """`en` or `fr`, as LANGUAGE, LC_ALL, LC_MESSAGES or LANG says."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        code = os.environ.get(name, "")[:2].lower()
        if code:
            return code if code in LANGUAGES else "en"
    return "en"


def gettext(message: str) -> str:
    """English where the catalogue was not compiled."""
    found = python_gettext.translation("django", LOCALES, languages=[language()], fallback=True)
    return found.gettext(message)


def ngettext(message: str, plural: str, count: int) -> str:
    found = python_gettext.translation("django", LOCALES, languages=[language()], fallback=True)
    return found.ngettext(message, plural, count)
