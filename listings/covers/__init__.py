"""Covers drawn for listings that have no picture of their own.

A cover is a pure function of the listing's slug and model: no clock, no global random state, no font, no
outside file. The model decides the range of hues, so that a shelf of listings reads at a glance; the slug
decides everything else.
"""

from collections.abc import Callable
from xml.sax.saxutils import escape

from listings.covers.built import blocks, packing, tiles, weave
from listings.covers.chance import Chance
from listings.covers.flowing import hills, moire, ribbons
from listings.covers.glyph import glyph
from listings.covers.palette import Palette, palette_for
from listings.covers.svg import HEIGHT, WIDTH

__all__ = ["FAMILIES", "HEIGHT", "WIDTH", "cover_svg"]

FAMILIES: tuple[Callable[[Chance, Palette, str], str], ...] = (
    ribbons,
    hills,
    moire,
    weave,
    packing,
    blocks,
    tiles,
    glyph,
)

# XML 1.0 has no way to write these, escaped or not.
_FORBIDDEN_IN_XML = dict.fromkeys(
    [*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)]
)


def cover_svg(slug: str, model: str, title: str = "") -> str:
    """Return a 1200 by 675 SVG document, under 12 kB, the same for the same slug and model.

    `title` only names the picture for assistive technology; it does not change the drawing.
    """
    chance = Chance(f"{slug}\n{model}")
    family = chance.choice(FAMILIES)
    palette = palette_for(model, chance)
    name = escape(title.translate(_FORBIDDEN_IN_XML)[:200])
    label = f"<title>{name}</title>" if name else ""
    size = f'width="{WIDTH}" height="{HEIGHT}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {size}>'
        f'{label}<rect {size} fill="{palette.ground}"/>'
        f"{family(chance, palette, model)}</svg>"
    )
