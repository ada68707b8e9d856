"""Compositions made of pieces: woven strips, packed circles, isometric blocks, quarter-circle tiles."""

import math

from listings.covers.chance import Chance
from listings.covers.palette import Palette, mix
from listings.covers.svg import HEIGHT, WIDTH, circle, num, path


def weave(chance: Chance, palette: Palette, model: str) -> str:
    """Strips over and under each other, turned a little, with one strip in the accent."""
    step, strip = 104, chance.choice((78, 84, 90))
    half = 7
    angle = chance.choice((-45, -30, -18, 18, 30, 45))
    chosen, swing = chance.whole(-2, 2), chance.between(0, 6)
    warp = {at: palette.ramp(0.42 + 0.30 * math.sin(at * 0.8 + swing)) for at in range(-half, half + 1)}
    weft = {at: palette.ramp(0.78 + 0.22 * math.cos(at * 0.9 + swing)) for at in range(-half, half + 1)}
    weft[chosen] = palette.accent
    reach, length = (half + 0.5) * step, (2 * half + 1) * step
    down = "".join(
        path(f"M{num(at * step - strip / 2)} {num(-reach)}h{strip}v{length}h-{strip}z", colour)
        for at, colour in warp.items()
    )
    across = "".join(
        path(f"M{num(-reach)} {num(at * step - strip / 2)}h{length}v{strip}h-{length}z", colour)
        for at, colour in weft.items()
    )
    over, shadow = _weave_crossings(warp, step, strip)
    return (
        f'<g transform="translate({WIDTH // 2} {HEIGHT // 2})rotate({angle})">{down}{across}'
        f'<path d="{shadow}" fill="{palette.shade}" fill-opacity=".22"/>{over}</g>'
    )


def _weave_crossings(warp: dict[int, str], step: int, strip: int) -> tuple[str, str]:
    """The squares where the upright strip lies on top, and its shadows on the strip that dives under."""
    over, shadow = [], []
    edge = 9
    for column, colour in warp.items():
        rows = [row for row in warp if (row + column) % 2]
        squares = (
            f"M{num(column * step - strip / 2)} {num(row * step - step / 2)}h{strip}v{step}h-{strip}z"
            for row in rows
        )
        over.append(path("".join(squares), colour))
        for row in rows:
            top, left = row * step - strip / 2, column * step - strip / 2
            shadow.append(f"M{num(left - edge)} {num(top)}h{strip + 2 * edge}v{strip}h-{strip + 2 * edge}z")
    return "".join(over), "".join(shadow)


def packing(chance: Chance, palette: Palette, model: str) -> str:
    """Circles that touch but never cross, large ones first, each finished in one of four ways."""
    placed: list[tuple[float, float, float]] = []
    for attempt in range(900):
        if len(placed) == 74:
            break
        x, y = chance.between(-40, WIDTH + 40), chance.between(-40, HEIGHT + 40)
        room = min((math.dist((x, y), (a, b)) - r for a, b, r in placed), default=190.0) - 7
        largest = 175 if attempt < 8 else 100 if attempt < 90 else 56
        if room >= 11:
            placed.append((x, y, min(room, largest)))
    accented = chance.whole(1, 5)
    return "".join(_packed(chance, palette, index == accented, *spot) for index, spot in enumerate(placed))


def _packed(chance: Chance, palette: Palette, accented: bool, x: float, y: float, radius: float) -> str:
    tone = palette.ramp(chance.between(0.12, 1.0))
    other = palette.ramp(chance.between(0.0, 0.9))
    if accented:
        return circle(x, y, radius, palette.accent)
    finish = chance.whole(0, 5) if radius > 30 else 0
    whole = circle(x, y, radius, tone)
    if finish <= 1:
        return whole
    if finish == 2:
        return whole + circle(x, y, radius * 0.62, other)
    if finish == 3:
        return whole + circle(x, y, radius * 0.72, palette.ground) + circle(x, y, radius * 0.40, tone)
    turn = chance.between(0, math.tau)
    dx, dy = radius * math.cos(turn), radius * math.sin(turn)
    half = f"M{num(x + dx)} {num(y + dy)}A{num(radius)} {num(radius)} 0 0 1 {num(x - dx)} {num(y - dy)}z"
    return whole + path(half, other)


def blocks(chance: Chance, palette: Palette, model: str) -> str:
    """A small city of columns in isometric view; height follows a wave, colour follows height."""
    size = 7
    half_width, half_height = 66, 33
    pace, start, slant = chance.between(0.7, 1.25), chance.between(0, 6), chance.between(-1, 1)
    accented = (chance.whole(1, size - 2), chance.whole(1, size - 2))
    columns = []
    for row in range(size):
        for column in range(size):
            wave = math.sin(pace * column + start) + math.cos(pace * row + slant * column * 0.5 + start)
            tall = 0.5 + wave / 4 + chance.between(-0.10, 0.10)
            x = WIDTH / 2 + (column - row) * half_width
            y = HEIGHT / 2 - 240 + (column + row) * half_height
            colour = palette.accent if (row, column) == accented else palette.ramp(0.25 + 0.75 * tall)
            columns.append(
                _column(
                    x,
                    y - (tall - 0.5) * 170,
                    tall * 170 + 20,
                    (half_width - 4, half_height - 2),
                    colour,
                    palette,
                )
            )
    return "".join(columns)


def _column(x: float, y: float, height: float, half: tuple[int, int], colour: str, palette: Palette) -> str:
    wide, deep = half
    middle = f"{round(x)} {round(y)}"
    tall = round(height)
    top = f"M{middle}l{wide} {deep}l-{wide} {deep}l-{wide}-{deep}z"
    left = f"M{round(x) - wide} {round(y) + deep}l{wide} {deep}v{tall}l-{wide}-{deep}z"
    right = f"M{round(x) + wide} {round(y) + deep}l-{wide} {deep}v{tall}l{wide}-{deep}z"
    return (
        path(top, colour)
        + path(left, mix(colour, palette.shade, 0.30))
        + path(right, mix(colour, palette.shade, 0.58))
    )


def tiles(chance: Chance, palette: Palette, model: str) -> str:
    """Square tiles with quarter circles, half circles and triangles, in the manner of a printed cotton."""
    size = 150
    parts = []
    accents = {(chance.whole(0, 7), chance.whole(1, 3)), (chance.whole(0, 7), chance.whole(1, 3))}
    for column in range(8):
        for row in range(5):
            ground, figure = chance.between(0.0, 0.5), chance.between(0.6, 1.0)
            if chance.chance(0.35):
                ground, figure = figure, ground
            colour = palette.accent if (column, row) in accents else palette.ramp(figure)
            turn = chance.whole(0, 3) * 90
            x, y = column * size + size // 2, row * size
            square = path("M-75-75h151v151h-151z", palette.ramp(ground))
            drawn = square + path(chance.choice(_TILE_FIGURES), colour)
            parts.append(f'<g transform="translate({x} {y})rotate({turn})">{drawn}</g>')
    return "".join(parts)


_TILE_FIGURES = (
    "M-75-75h150a150 150 0 0 1-150 150z",
    "M-75-75h150a150 150 0 0 1-150 150z",
    "M-75-75a75 75 0 0 0 150 0z",
    "M-75-75l150 150h-150z",
    "M-55 0a55 55 0 0 1 110 0a55 55 0 0 1-110 0z",
    "M-75-75a150 150 0 0 1 150 150a150 150 0 0 1-150-150z",
    "M-75-75h75a75 75 0 0 1-75 75zM75 75h-75a75 75 0 0 1 75-75z",
)
