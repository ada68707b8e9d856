"""The picture beside a shared link: the listing's cover, its title, whose it is and what it costs.

Drawn with fonts that come in packages, never with those of the machine, so that every server draws the same.
"""

from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import fontpkg
import resvg_py

from listings.covers import HEIGHT as COVER_HEIGHT
from listings.covers import WIDTH, cover_svg

HEIGHT = 630
# Raise it when the drawing changes: pictures are kept under names made of it.
DRAWING_VERSION = 1

_COVER_SHOWN, _COVER_ALONE = 318, 504
_MARGIN = 64
_INK, _SOFT, _PAPER, _ACCENT = "#15211b", "#56635c", "#fbfcfb", "#0b5d44"
_SIZES = ((72, 2), (58, 2), (46, 3))  # font size and how many lines of it there is room for
_TITLE_TOP = _COVER_SHOWN + 40
_NARROW, _WIDE = set("fijlrtI.,:;'\u2019!|()[] "), set("mwMWQO@%—…")
# Latin, Greek, Cyrillic, punctuation, currency: what both fonts have. Other letters would come out as boxes.
_DRAWN = ((0x20, 0x7E), (0xA0, 0x52F), (0x1E00, 0x1FFF), (0x2010, 0x2027), (0x2030, 0x205E), (0x20A0, 0x20BF))


def picture_png(*, slug: str, model: str, title: str, by: str, price: str) -> bytes:
    """A PNG of 1200 by 630 pixels. A title in letters that the fonts lack is left out."""
    cover = cover_svg(slug, model)
    size, lines = fitted(title)
    shown = _COVER_SHOWN if lines != [""] else _COVER_ALONE
    words = "".join(
        _text(
            line, y=_TITLE_TOP + size + number * size * 1.14, size=size, family="Source Serif 4", weight=600
        )
        for number, line in enumerate(lines)
    )
    foot = HEIGHT - 48
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{_PAPER}"/>'
        f'<svg width="{WIDTH}" height="{shown}" viewBox="0 {(COVER_HEIGHT - shown) // 2} {WIDTH} {shown}">'
        f"{cover}</svg>"
        f"{words}{_text(by, y=foot, size=28, fill=_SOFT)}"
        f"{_text(price, y=foot, x=WIDTH - _MARGIN, size=34, weight=700, fill=_ACCENT, anchor='end')}</svg>"
    )
    fonts = [str(path) for path in _fonts()]
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, font_files=fonts, skip_system_fonts=True))


def fitted(title: str) -> tuple[int, list[str]]:
    """The largest size at which the title fits, and its lines; cut at the smallest."""
    shown = drawable(title)
    for size, most in _SIZES:
        lines = _wrapped(shown, size)
        if len(lines) <= most:
            return size, lines
    return size, [*lines[: most - 1], f"{lines[most - 1]} …"]


def drawable(text: str) -> str:
    """`text` in one line without pictographs; nothing at all if letters would be missing."""
    kept = "".join(character for character in text if _is_drawn(character))
    lost = any(character.isalpha() and not _is_drawn(character) for character in text)
    return "" if lost else " ".join(kept.split())


def _is_drawn(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in _DRAWN)


def _wrapped(text: str, size: int) -> list[str]:
    room, lines = WIDTH - 2 * _MARGIN, [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if _width(longer, size) <= room or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _width(text: str, size: int) -> float:
    """About as wide as it will be; a little more rather than less."""
    ems = (0.3 if c in _NARROW else 0.9 if c in _WIDE else 0.66 if c.isupper() else 0.52 for c in text)
    return size * sum(ems)


def _text(
    text: str,
    *,
    y: float,
    size: int,
    x: int = _MARGIN,
    family: str = "Inter",
    weight: int = 500,
    fill: str = _INK,
    anchor: str = "start",
) -> str:
    return (
        f'<text x="{x}" y="{y:.0f}" font-family="\'{family}\'" font-size="{size}" font-weight="{weight}" '
        f'fill="{fill}" text-anchor="{anchor}">{escape(drawable(text)[:200])}</text>'
    )


@cache
def _fonts() -> tuple[Path, Path]:
    return Path(fontpkg.path("Source Serif 4")), Path(fontpkg.path("Inter"))
