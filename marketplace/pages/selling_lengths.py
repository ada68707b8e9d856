"""How long a prompt is, in words, and in tokens for each model, as it is typed."""

from dataclasses import dataclass

from listings.lint.tokens import estimated_tokens, limits_of
from listings.models import TargetModel


@dataclass(frozen=True)
class ModelLength:
    """About how much of a model's room a text takes."""

    name: str
    tokens: int
    limit: int
    is_chosen: bool

    @property
    def percent(self) -> int:
        return round(100 * self.tokens / self.limit)

    @property
    def is_over(self) -> bool:
        return self.tokens > self.limit


@dataclass(frozen=True)
class Lengths:
    """The finished text in words and characters, and against the limit of each model."""

    words: int
    characters: int
    models: list[ModelLength]

    @property
    def chosen(self) -> ModelLength | None:
        return next((length for length in self.models if length.is_chosen), None)

    @property
    def others(self) -> list[ModelLength]:
        return [length for length in self.models if not length.is_chosen]


def lengths_of(text: str, chosen: str) -> Lengths:
    """The lengths of a finished text; `chosen` is the slug of the model it is written for."""
    models = [
        ModelLength(
            model.name,
            estimated_tokens(text, model.slug),
            limits_of(model.slug).context,
            model.slug == chosen,
        )
        for model in TargetModel.objects.all()
    ]
    return Lengths(len(text.split()), len(text), models)
