"""The few SVG fragments that the drawings share. Numbers are short, so that covers stay small."""

from collections.abc import Sequence

WIDTH = 1200
HEIGHT = 675

Point = tuple[float, float]


def num(value: float) -> str:
    """At most one decimal, none where it would say nothing."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def circle(x: float, y: float, radius: float, fill: str) -> str:
    return f'<circle cx="{num(x)}" cy="{num(y)}" r="{num(radius)}" fill="{fill}"/>'


def path(d: str, fill: str) -> str:
    return f'<path d="{d}" fill="{fill}"/>'


def gradient(name: str, top: str, bottom: str) -> str:
    """A vertical gradient to be used as `fill="url(#name)"`."""
    return (
        f'<linearGradient id="{name}" x1="0" y1="0" x2="0" y2="1"><stop stop-color="{top}"/>'
        f'<stop offset="1" stop-color="{bottom}"/></linearGradient>'
    )


def smooth(points: Sequence[Point]) -> str:
    """Path data through `points` without corners (Catmull-Rom as cubic Béziers), starting with M."""
    parts = [f"M{num(points[0][0])} {num(points[0][1])}"]
    for index in range(len(points) - 1):
        before, start, end = points[max(index - 1, 0)], points[index], points[index + 1]
        after = points[min(index + 2, len(points) - 1)]
        first = (start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6)
        second = (end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6)
        parts.append("C" + " ".join(f"{num(x)} {num(y)}" for x, y in (first, second, end)))
    return "".join(parts)
