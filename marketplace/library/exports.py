"""What a buyer owns, as files for other programs. Each is stamped with version, licence and order."""

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from listings.licences import LicenceText, licence_at, licence_text
from listings.models import PromptVersion
from listings.templating import TemplateVariable, fit_variables
from payments.models import Entitlement

# The longest description that readers of SKILL.md take.
SKILL_DESCRIPTION = 1024
TOKEN = "YOUR_TOKEN"  # noqa: S105 - what the reader replaces


@dataclass(frozen=True, slots=True)
class Owned:
    """An entitlement with the version that is taken away."""

    entitlement: Entitlement
    version: PromptVersion

    @property
    def licence(self) -> LicenceText:
        item = self.entitlement.item
        kept = licence_text(item.license, item.license_version)
        return kept or licence_at(item.license, item.order.created_at)

    @property
    def variables(self) -> list[TemplateVariable]:
        declared = [TemplateVariable.from_dict(raw) for raw in self.version.variables]
        return fit_variables(self.version.text, declared)

    @property
    def library_url(self) -> str:
        return settings.PUBLIC_URL + self.entitlement.get_absolute_url()


def stamp_line(owned: Owned) -> str:
    """Version, licence with its wording, and order, in a line."""
    facts = {
        "version": owned.version.number,
        "licence": owned.licence.label,
        "wording": owned.licence.version,
        "order": owned.entitlement.item.order.number,
    }
    return _("Version %(version)s · %(licence)s, wording %(wording)s · order %(order)s") % facts


def as_json(owned: Owned) -> str:
    """Everything that belongs to the version, with the names of the API."""
    listing, version = owned.entitlement.listing, owned.version
    content = {
        "title": listing.title,
        "summary": listing.summary,
        "model": listing.model.slug,
        "seller": {"handle": listing.seller.handle, "name": listing.seller.name},
        "prompt": version.text,
        "instructions": version.instructions,
        "variables": [variable.to_dict() for variable in owned.variables],
        "examples": [
            {"values": example.values, "output_text": example.output_text}
            for example in version.examples.all()
        ],
        "changelog": version.changelog,
        "promptfair": _stamp(owned),
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def as_skill(owned: Owned) -> str:
    """A SKILL.md: what it is for in the head, how to use it and the prompt below."""
    listing, version = owned.entitlement.listing, owned.version
    description = " ".join(f"{listing.title}. {listing.summary}".split())[:SKILL_DESCRIPTION]
    head = {
        "name": listing.slug[:64].strip("-"),
        "description": description,
        "license": f"{owned.licence.label} ({settings.PUBLIC_URL}{owned.licence.path})",
    }
    stamp = {key: _stamp(owned)[key] for key in ("listing", "version", "order", "url")}
    lines = ["---", *(f"{key}: {_yaml(value)}" for key, value in head.items())]
    lines += ["metadata:", *(f"  {key}: {_yaml(value)}" for key, value in stamp.items())]
    lines += ["---", "", f"# {listing.title}", ""]
    if version.instructions:
        lines += [version.instructions.strip(), ""]
    if variables := owned.variables:
        lines += [_("Ask for these values and put them in the place of their names in double braces:"), ""]
        lines += [_skill_variable(variable) for variable in variables]
        lines.append("")
    return "\n".join([*lines, f"## {_('Prompt')}", "", version.text.strip(), ""])


def api_snippet(owned: Owned) -> str:
    """A call of the API that renders it, for a shell."""
    values = {variable.name: variable.default or "…" for variable in owned.variables}
    body = json.dumps({"variables": values, "version": owned.version.number}, ensure_ascii=False)
    quoted = body.replace("'", "'\\''")
    return "\n".join(
        [
            f"# {stamp_line(owned)}",
            f"curl -X POST {settings.PUBLIC_URL}/api/v1/library/{owned.entitlement.pk}/render/ \\",
            f'  -H "Authorization: Bearer {TOKEN}" \\',
            '  -H "Content-Type: application/json" \\',
            f"  -d '{quoted}'",
            "",
        ]
    )


def mcp_snippet(owned: Owned) -> str:
    """What an AI program is told so that it finds the prompt under its name."""
    bought = owned.version.pk == owned.entitlement.version_id
    slug = owned.entitlement.listing.slug
    server = {"url": f"{settings.PUBLIC_URL}/mcp", "headers": {"Authorization": f"Bearer {TOKEN}"}}
    content = {
        "mcpServers": {"promptfair": server},
        "_promptfair": _stamp(owned) | {"prompt": slug if bought else f"{slug}@{owned.version.number}"},
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _skill_variable(variable: TemplateVariable) -> str:
    line = f"- `{{{{{variable.name}}}}}`: {variable.label}"
    if variable.help:
        line += f". {variable.help}"
    if variable.choices:
        line += f" [{' | '.join(variable.choices)}]"
    return line + (f" = {variable.default}" if variable.default else "")


def _stamp(owned: Owned) -> dict[str, Any]:
    return {
        "listing": owned.entitlement.listing.slug,
        "version": owned.version.number,
        "license": owned.licence.license,
        "license_version": owned.licence.version,
        "license_url": settings.PUBLIC_URL + owned.licence.path,
        "order": owned.entitlement.item.order.number,
        "url": owned.library_url,
    }


def _yaml(value: object) -> str:
    """A string of JSON is a string of YAML, so nothing in a title ends the head."""
    return json.dumps(str(value), ensure_ascii=False)
