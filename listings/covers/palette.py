"""Colours: every model has its hue, every cover a ground of night, paper or full colour.

Tones are laid out in OKLCH, where equal steps look equal, and written as hex, which every viewer reads.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from listings.covers.chance import Chance

# Degrees on the OKLCH circle, far enough apart to tell ten models from each other.
_MODEL_HUES = {
    "claude": 45,
    "mistral": 78,
    "flux": 122,
    "chatgpt": 163,
    "sora": 200,
    "llama": 236,
    "deepseek": 263,
    "gemini": 292,
    "stable-diffusion": 328,
    "midjourney": 12,
}
_TONES = 7
_GROUNDS = ("night", "paper", "colour")
# Coral, amber, yellow, teal, blue, pink stay clean when bright; an accent is one of those far from the model.
_ACCENT_HUES = (30, 70, 86, 190, 250, 350)


@dataclass(frozen=True)
class Palette:
    """`tones` run from nearest the ground to farthest from it; `accent` is for one thing only."""

    ground: str
    tones: tuple[str, ...]
    accent: str
    shade: str

    def ramp(self, position: float) -> str:
        """The tone at `position`, from 0 (sinks into the ground) to 1 (stands out)."""
        place = min(max(position, 0.0), 1.0) * (len(self.tones) - 1)
        index = min(int(place), len(self.tones) - 2)
        return mix(self.tones[index], self.tones[index + 1], place - index)


def palette_for(model: str, chance: Chance) -> Palette:
    """The model's hue on a ground chosen by the cover; an unknown model gets a hue from its name."""
    hue = _MODEL_HUES.get(model, sha256(model.encode("utf-8", "surrogatepass")).digest()[0] * 360 // 256)
    far = [accent for accent in _ACCENT_HUES if abs((accent - hue + 180) % 360 - 180) >= 100]
    return _palette(hue, chance.choice(_GROUNDS), chance.choice((-1, 1)), chance.choice(far))


@lru_cache(maxsize=256)
def _palette(hue: int, ground: str, turn: int, accent_hue: int) -> Palette:
    light_from, light_to, chroma_from, chroma_to = {
        "night": (0.34, 0.90, 0.075, 0.105),
        "paper": (0.88, 0.36, 0.055, 0.125),
        "colour": (0.70, 0.965, 0.125, 0.035),
    }[ground]
    steps = [index / (_TONES - 1) for index in range(_TONES)]
    swell = {"night": 0.065, "paper": 0.06, "colour": 0.015}[ground]
    tones = tuple(
        oklch(
            light_from + (light_to - light_from) * step,
            chroma_from + (chroma_to - chroma_from) * step + swell * math.sin(math.pi * step),
            hue + turn * 26 * (step - 0.5),
        )
        for step in steps
    )
    base = {"night": (0.235, 0.05), "paper": (0.945, 0.022), "colour": (0.60, 0.135)}[ground]
    accent = {"night": (0.81, 0.15), "paper": (0.74, 0.16), "colour": (0.86, 0.15)}[ground]
    return Palette(
        ground=oklch(*base, hue - turn * 10),
        tones=tones,
        accent=oklch(*accent, accent_hue),
        shade=oklch(0.17 if ground == "night" else 0.30, 0.05, hue),
    )


def mix(first: str, second: str, share: float) -> str:
    """Blend two hex colours, `share` of the second, in plain sRGB: the neighbours are close enough."""
    pairs = zip(_channels(first), _channels(second), strict=True)
    return _hex(tuple(a + (b - a) * share for a, b in pairs))


def oklch(lightness: float, chroma: float, hue: float) -> str:
    """OKLCH to hex, giving up chroma where sRGB cannot show it (matrices: Björn Ottosson, 2020)."""
    rgb = _linear_rgb(lightness, chroma, hue)
    while chroma > 0 and not all(-0.0005 <= channel <= 1.0005 for channel in rgb):
        chroma -= 0.004
        rgb = _linear_rgb(lightness, max(chroma, 0.0), hue)
    return _hex(tuple(255 * _gamma(min(max(channel, 0.0), 1.0)) for channel in rgb))


def _linear_rgb(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _gamma(channel: float) -> float:
    return float(12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _hex(channels: tuple[float, ...]) -> str:
    return "#" + "".join(f"{round(channel):02x}" for channel in channels)
