"""Compositions made of curves: silk ribbons, layered hills, interfering rings."""

import math

from listings.covers.chance import Chance
from listings.covers.palette import Palette, mix
from listings.covers.svg import HEIGHT, WIDTH, Point, circle, gradient, num, path, smooth

_RIBBON_LINES = 40


def ribbons(chance: Chance, palette: Palette, model: str) -> str:
    """Sheets of silk: many curves stepped between two edges, darker where the sheet turns away."""
    count = chance.choice((2, 2, 3))
    lines = _RIBBON_LINES if count == 2 else 27
    centre = HEIGHT / 2 + chance.between(-50, 50)
    flip = chance.choice((-1, 1))
    sheets = []
    for index in range(count):
        offset = (index - (count - 1) / 2) * 190
        edges = [
            _ribbon_edge(chance, centre + offset + side * chance.between(40, 150), flip) for side in (-1, 1)
        ]
        accent = palette.accent if index == count - 1 else ""
        sheets.append(_ribbon(edges, palette, lines, accent, phase=chance.between(0, 2)))
    return f'<g fill="none" stroke-linecap="round">{"".join(sheets)}</g>'


def _ribbon_edge(chance: Chance, level: float, flip: int) -> list[Point]:
    swing = chance.between(230, 420) * flip
    return [
        (-60, level + chance.between(-120, 120)),
        (WIDTH * chance.between(0.25, 0.40), level - swing),
        (WIDTH * chance.between(0.60, 0.75), level + swing),
        (WIDTH + 60, level + chance.between(-160, 160)),
    ]


def _ribbon(edges: list[list[Point]], palette: Palette, lines: int, accent: str, phase: float) -> str:
    first, second = edges
    parts = []
    for line in range(lines):
        share = line / (lines - 1)
        # Edges cross: the sheet twists, so its light follows a wave rather than a straight ramp.
        tone = 0.5 - 0.5 * math.cos(math.pi * (share * 1.6 + phase))
        colour = palette.ramp(0.12 + 0.88 * tone)
        if accent and line >= lines - 3:
            colour = accent
        points = [
            (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)
            for a, b in zip(first, second, strict=True)
        ]
        start, *rest = (f"{num(round(x))} {num(round(y))}" for x, y in points)
        parts.append(f'<path d="M{start}C{" ".join(rest)}" stroke="{colour}"/>')
    return f'<g stroke-width="{10 if lines == _RIBBON_LINES else 13}">{"".join(parts)}</g>'


def hills(chance: Chance, palette: Palette, model: str) -> str:
    """Ridges one behind the other, each with a soft gradient of mist, and one sun."""
    layers = chance.whole(5, 7)
    horizon = chance.between(0.34, 0.46) * HEIGHT
    sun = circle(
        WIDTH * chance.choice((chance.between(0.18, 0.36), chance.between(0.62, 0.82))),
        horizon - chance.between(10, 110),
        chance.between(74, 128),
        palette.accent,
    )
    defs = [gradient("s", palette.ground, palette.ramp(0.16))]
    ridges = []
    for layer in range(layers):
        depth = (layer + 1) / layers
        tone = palette.ramp(0.10 + 0.90 * depth)
        defs.append(gradient(f"h{layer}", tone, mix(tone, palette.ramp(0.9 * layer / layers), 0.75)))
        ridge = _ridge(chance, horizon + (HEIGHT - horizon) * (layer / layers) ** 1.15, 34 + 52 * depth)
        ridges.append(path(f"{smooth(ridge)}V{HEIGHT}H-80z", f"url(#h{layer})"))
    sky = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#s)"/>'
    return f"<defs>{''.join(defs)}</defs>{sky}{sun}{''.join(ridges)}"


def _ridge(chance: Chance, level: float, height: float) -> list[Point]:
    waves = [
        (chance.between(0.6, 1.4), chance.between(0, 7)),
        (chance.between(1.8, 3.2), chance.between(0, 7)),
    ]
    points = []
    for step in range(13):
        along = step / 12
        rise = sum(
            math.sin(math.tau * pace * along + start) / (index + 1)
            for index, (pace, start) in enumerate(waves)
        )
        points.append((-80 + along * (WIDTH + 160), level + height * rise))
    return points


def moire(chance: Chance, palette: Palette, model: str) -> str:
    """Two sets of rings over each other: the third pattern, which nobody drew, is the picture."""
    gap = chance.choice((34, 38, 42))
    left = (WIDTH * chance.between(0.10, 0.38), HEIGHT * chance.between(0.15, 0.85))
    right = (WIDTH * chance.between(0.60, 0.88), HEIGHT * chance.between(0.15, 0.85))
    disc = chance.choice((left, right))
    radius = gap * chance.whole(3, 4)
    return (
        _rings(left, gap, gap * 0.56, palette.ramp(0.34), palette.ramp(0.62))
        + _rings(right, gap, gap * 0.30, palette.ramp(0.80), palette.ramp(1.0))
        + circle(*disc, radius, palette.ground)
        + circle(*disc, radius - gap / 2, palette.accent)
        + circle(*disc, radius - gap * 1.6, palette.ground)
    )


def _rings(centre: Point, gap: int, stroke: float, inner: str, outer: str) -> str:
    reach = max(math.dist(centre, corner) for corner in ((0, 0), (WIDTH, 0), (0, HEIGHT), (WIDTH, HEIGHT)))
    bands = []
    count = int(reach / gap) + 1
    for band in range(4):
        first, last = 1 + count * band // 4, count * (band + 1) // 4
        rings = "".join(f'<circle r="{gap * index}"/>' for index in range(first, last + 1))
        bands.append(f'<g stroke="{mix(inner, outer, band / 3)}">{rings}</g>')
    x, y = centre
    place = f'transform="translate({num(x)} {num(y)})"'
    return f'<g {place} fill="none" stroke-width="{num(stroke)}">{"".join(bands)}</g>'
