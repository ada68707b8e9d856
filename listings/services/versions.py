"""Working copies of a prompt: made, copied, changed. Callers hold the listing's lock."""

from collections.abc import Mapping
from typing import Any

from listings import templating
from listings.models import ExampleOutput, Listing, PromptVersion
from listings.services.locks import latest_version
from listings.services.texts import text_hash, word_count
from listings.templating import TemplateVariable


def version_create(*, listing: Listing, number: int, fields: Mapping[str, Any]) -> PromptVersion:
    """A working copy with `fields` (cleaned: prompt, variables, instructions, changelog, examples)."""
    version = PromptVersion(listing=listing, number=number)
    _fields_set(version, fields)
    version.save()
    _examples_write(version, fields.get("examples", []))
    return version


def version_copy(*, listing: Listing) -> PromptVersion:
    """A working copy that begins as the last version; what changed is to be written anew."""
    last = latest_version(listing)
    return version_copy_to(listing, last, number=last.number + 1 if last else 1)


def version_copy_to(listing: Listing, last: PromptVersion | None, *, number: int = 1) -> PromptVersion:
    """A working copy of `listing` that begins as `last`, which may be another listing's."""
    if last is None:
        return version_create(listing=listing, number=number, fields={})
    copy = PromptVersion.objects.create(
        listing=listing,
        number=number,
        text=last.text,
        variables=last.variables,
        instructions=last.instructions,
        word_count=last.word_count,
        text_hash=last.text_hash,
    )
    _examples_write(copy, _examples_of(last))
    return copy


def version_write(version: PromptVersion, fields: Mapping[str, Any]) -> None:
    """Change a working copy. Examples are replaced as a whole."""
    _fields_set(version, fields)
    version.save()
    if "examples" in fields:
        version.examples.all().delete()
        _examples_write(version, fields["examples"])


def version_differs(version: PromptVersion | None, fields: Mapping[str, Any]) -> bool:
    """Whether writing `fields` would change anything: a form sends all of them each time.

    A new version begins without words about what changed, so an empty changelog alone begins none.
    """
    if version is None:
        return bool(fields)
    if version.is_sealed and not fields.get("changelog"):
        fields = {name: value for name, value in fields.items() if name != "changelog"}
    after = PromptVersion(text=version.text, variables=version.variables)
    after.instructions, after.changelog = version.instructions, version.changelog
    _fields_set(after, fields)
    written = ("text", "variables", "instructions", "changelog")
    if any(getattr(after, name) != getattr(version, name) for name in written):
        return True
    return "examples" in fields and fields["examples"] != _examples_of(version)


def variables_of(version: PromptVersion) -> list[TemplateVariable]:
    return [TemplateVariable.from_dict(raw) for raw in version.variables]


def _fields_set(version: PromptVersion, fields: Mapping[str, Any]) -> None:
    version.text = fields.get("prompt", version.text)
    version.instructions = fields.get("instructions", version.instructions)
    version.changelog = fields.get("changelog", version.changelog)
    declared = fields.get("variables")
    variables = templating.fit_variables(
        version.text, variables_of(version) if declared is None else declared
    )
    version.variables = [variable.to_dict() for variable in variables]
    version.text_hash = text_hash(version.text)
    version.word_count = word_count(version.text)


def _examples_of(version: PromptVersion) -> list[dict[str, Any]]:
    return [
        {
            "values": row.values,
            "output_text": row.output_text,
            "picture": row.picture,
            "picture_alt": row.picture_alt,
        }
        for row in version.examples.select_related("picture")
    ]


def _examples_write(version: PromptVersion, examples: list[dict[str, Any]]) -> None:
    ExampleOutput.objects.bulk_create(
        ExampleOutput(version=version, position=position, **example)
        for position, example in enumerate(examples)
    )
