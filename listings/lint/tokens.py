"""How many tokens a text is to a model, roughly, and how many a model takes. Estimates, and said to be."""

import re
from dataclasses import dataclass

# Scripts written without spaces: each sign is about a token.
_SIGNS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True)
class ModelLimits:
    """`context`: tokens of a prompt and its answer. `characters`: what the field for prompts takes."""

    characters_per_token: float = 4.0
    context: int = 128_000
    characters: int | None = None


_LIMITS = {
    "claude": ModelLimits(characters_per_token=3.6, context=200_000),
    "gemini": ModelLimits(context=1_000_000),
    "llama": ModelLimits(characters_per_token=3.9),
    "mistral": ModelLimits(characters_per_token=3.8),
    "deepseek": ModelLimits(characters_per_token=3.8, context=64_000),
    "midjourney": ModelLimits(context=2_000, characters=6_000),
    "stable-diffusion": ModelLimits(context=75, characters=1_000),
    "flux": ModelLimits(context=512),
    "sora": ModelLimits(context=1_000),
}


def limits_of(model: str) -> ModelLimits:
    """What is known of a model; of an unknown one, what is usual."""
    return _LIMITS.get(model, ModelLimits())


def estimated_tokens(text: str, model: str = "") -> int:
    """About how many tokens: within a fifth for prose in Latin letters."""
    signs = len(_SIGNS.findall(text))
    return round(signs + (len(text) - signs) / limits_of(model).characters_per_token)
