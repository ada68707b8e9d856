"""Compile .po files to .mo with Babel: `python -m common.translations`. No gettext program is needed."""

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

CHECKOUT = Path(__file__).resolve().parent.parent


def compile_translations(root: Path = CHECKOUT) -> int:
    """Write each .mo that is missing or older than its .po. Returns how many were written.

    Whole files appear at once, since web workers and several test processes may do this together.
    """
    written = 0
    for source in sorted(root.glob("*/locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalog = read_po(file, locale=source.parent.parent.name)
        making = target.with_suffix(f".{os.getpid()}.making")
        with making.open("wb") as file:
            write_mo(file, catalog)
        making.replace(target)
        written += 1
    return written


if __name__ == "__main__":
    print(f"{compile_translations()} translation files compiled.")
