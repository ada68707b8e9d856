"""The model's initials in a field of dots, large inside the letters and small outside."""

import math

from listings.covers.chance import Chance
from listings.covers.palette import Palette

_PITCH = 37.5
_COLUMNS, _ROWS = 32, 18
_SCALE = 2
_SIZES = 7

# Five columns by seven rows; each character is one row, its five bits read as a digit in base 32.
_LETTERS = {
    "A": "ehhvhhh",
    "B": "uhhuhhu",
    "C": "ehggghe",
    "D": "uhhhhhu",
    "E": "vgguggv",
    "F": "vgguggg",
    "G": "ehgnhhe",
    "H": "hhhvhhh",
    "I": "e44444e",
    "J": "72222ic",
    "K": "hikokih",
    "L": "ggggggv",
    "M": "hrlhhhh",
    "N": "hhpljhh",
    "O": "ehhhhhe",
    "P": "uhhuggg",
    "Q": "ehhhlid",
    "R": "uhhukih",
    "S": "fgge11u",
    "T": "v444444",
    "U": "hhhhhhe",
    "V": "hhhhha4",
    "W": "hhhllrh",
    "X": "hha4ahh",
    "Y": "hha4444",
    "Z": "v1248gv",
}


def glyph(chance: Chance, palette: Palette, model: str) -> str:
    """Dots on a grid: a wave sets their size, the letters raise it."""
    lit = _lit_dots(model, chance)
    pace_x, pace_y, start = chance.between(0.10, 0.24), chance.between(0.12, 0.34), chance.between(0, 6)
    slope = chance.choice((-1, 1))
    letters: dict[int, list[str]] = {}
    field: dict[int, list[str]] = {}
    for column in range(_COLUMNS):
        for row in range(_ROWS):
            wave = 0.5 + 0.5 * math.sin(pace_x * column + slope * pace_y * row + start)
            target = letters if (column, row) in lit else field
            target.setdefault(round(wave * (_SIZES - 1)), []).append(f"M{column} {row}h0")
    dots = [
        _dots(points, 0.14 + 0.56 * size / _SIZES, palette.ramp(0.08 + 0.40 * size / _SIZES))
        for size, points in field.items()
    ]
    dots += [
        _dots(points, 0.88 + 0.14 * size / _SIZES, palette.ramp(0.72 + 0.32 * size / _SIZES))
        for size, points in letters.items()
    ]
    spot = chance.choice(sorted(lit)) if lit else (0, 0)
    dots.append(_dots([f"M{spot[0]} {spot[1]}h0"], 0.96, palette.accent))
    place = f'transform="translate({_PITCH / 2} {_PITCH / 2})scale({_PITCH})"'
    return f'<g {place} fill="none" stroke-linecap="round">{"".join(dots)}</g>'


def _dots(points: list[str], width: float, colour: str) -> str:
    """Every dot is a line of no length with round ends: six bytes each."""
    return f'<path d="{"".join(points)}" stroke="{colour}" stroke-width="{width:.2f}"/>'


def _lit_dots(model: str, chance: Chance) -> set[tuple[int, int]]:
    initials = [word[0].upper() for word in model.split("-") if word and word[0].upper() in _LETTERS][:2]
    wide = (len(initials) * 6 - 1) * _SCALE
    left = (_COLUMNS - wide) // 2 if len(initials) != 1 else chance.whole(4, _COLUMNS - wide - 4)
    top = (_ROWS - 7 * _SCALE) // 2
    return {
        (left + (index * 6 + bit) * _SCALE + dx, top + row * _SCALE + dy)
        for index, initial in enumerate(initials)
        for row, digit in enumerate(_LETTERS[initial])
        for bit in range(5)
        if int(digit, 32) >> (4 - bit) & 1
        for dx in range(_SCALE)
        for dy in range(_SCALE)
    }
