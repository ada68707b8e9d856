"""A version of a listing as the quality assistant reads it."""

from typing import Any

from listings.lint import Draft, Example
from listings.models import Listing, PromptVersion, TargetModel
from listings.templating import TemplateVariable
from listings.vocabulary import OTHER


def draft_of(listing: Listing, version: PromptVersion) -> Draft:
    """The listing with this version, its examples loaded. The draft holds the secret text."""
    return Draft(
        title=listing.title,
        summary=listing.summary,
        description=listing.description,
        language=listing.language,
        prompt=version.text,
        instructions=version.instructions,
        variables=tuple(TemplateVariable.from_dict(raw) for raw in version.variables),
        examples=tuple(
            Example(row.values, row.output_text or row.picture_alt) for row in version.examples.all()
        ),
        **model_facts(listing.model.slug),
    )


def model_facts(slug: str) -> dict[str, Any]:
    """What the assistant must know of the model a prompt is for, and the names of the others."""
    models = list(TargetModel.objects.all())
    chosen = next((model for model in models if model.slug == slug), None)
    return {
        "model": slug,
        "model_name": chosen.name if chosen else slug,
        "modality": chosen.modality if chosen else "text",
        "other_model_names": tuple(model.name for model in models if model.slug not in (slug, OTHER)),
    }
