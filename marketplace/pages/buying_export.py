"""What a buyer owns, as files."""

import re

from django.conf import settings
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from listings.models import PromptVersion
from listings.templating import TemplateVariable, VariableType, fit_variables
from marketplace.library.exports import Owned, stamp_line
from payments.models import Entitlement


def file_response(
    entitlement: Entitlement, version: PromptVersion, content: str, extension: str
) -> HttpResponse:
    """`content` as a file named after the listing and the version."""
    kinds = {"md": "text/markdown", "json": "application/json", "sh": "text/x-shellscript"}
    kind = kinds.get(extension.rpartition(".")[2], "text/plain")
    name = f"{entitlement.listing.slug}-v{version.number}.{extension}"
    return HttpResponse(
        content,
        content_type=f"{kind}; charset=utf-8",
        headers={"Content-Disposition": content_disposition_header(True, name) or "attachment"},
    )


def as_markdown(entitlement: Entitlement, version: PromptVersion) -> str:
    """Everything that belongs to what was bought: instructions, variables, text, examples."""
    listing = entitlement.listing
    facts = [
        _("By %(name)s") % {"name": listing.seller.name},
        listing.model.name,
        stamp_line(Owned(entitlement, version)),
    ]
    parts = [f"# {listing.title}", " · ".join(facts)]
    if version.instructions:
        parts += [f"## {_('How to use it')}", version.instructions.strip()]
    if variables := _variables(version):
        parts += [f"## {_('Variables')}", "\n".join(map(_variable_line, variables))]
    parts += [f"## {_('Prompt')}", fenced(version.text)]
    for number, example in enumerate(version.examples.all(), 1):
        values = [f"- {name}: {value}" for name, value in example.values.items()]
        parts += [
            f"## {_('Example %(number)s') % {'number': number}}",
            "\n".join(values),
            example.output_text,
        ]
    if version.changelog:
        parts += [f"## {_('What changed')}", version.changelog]
    licence = Owned(entitlement, version).licence
    parts += [f"## {_('Licence')}", f"{licence.label}: {licence.summary} {settings.PUBLIC_URL}{licence.path}"]
    return "\n\n".join(part for part in parts if part) + "\n"


def fenced(text: str) -> str:
    """A code block with a fence longer than any in `text`."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def _variables(version: PromptVersion) -> list[TemplateVariable]:
    return fit_variables(version.text, [TemplateVariable.from_dict(raw) for raw in version.variables])


def _variable_line(variable: TemplateVariable) -> str:
    facts = [VariableType(variable.type).label if variable.type in VariableType.values else variable.type]
    if not variable.required:
        facts.append(_("optional"))
    line = f"- `{{{{{variable.name}}}}}`: {variable.label} ({', '.join(map(str, facts))})"
    if variable.help:
        line += f". {variable.help}"
    if variable.choices:
        line += f" [{' | '.join(variable.choices)}]"
    if variable.default:
        line += f" = {variable.default}"
    return line
