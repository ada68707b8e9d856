"""What changed from one version to another, as its seller and a moderator read it."""

from django.utils.translation import gettext as _

from listings.diffing import DiffLine, text_diff
from listings.models import PromptVersion
from listings.services.versions import variables_of
from listings.templating import TemplateVariable, VariableType


def version_diffs(before: PromptVersion, after: PromptVersion) -> list[tuple[str, list[DiffLine]]]:
    """The parts of a version by name, each with its lines compared."""
    return [
        (_("Prompt"), text_diff(before.text, after.text)),
        (_("Blanks"), text_diff(_blanks(before), _blanks(after))),
        (_("Instructions for the buyer"), text_diff(before.instructions, after.instructions)),
    ]


def _blanks(version: PromptVersion) -> str:
    """The variables as lines that can be compared."""
    return "\n".join(_blank(variable) for variable in variables_of(version))


def _blank(variable: TemplateVariable) -> str:
    told = {
        _("Label"): variable.label,
        _("Help"): variable.help,
        _("Default"): variable.default,
        _("Choices"): ", ".join(variable.choices),
        _("At least"): variable.minimum,
        _("At most"): variable.maximum,
    }
    pairs = [
        _("%(name)s: %(value)s") % {"name": name, "value": value}
        for name, value in told.items()
        if value not in ("", None)
    ]
    kind = str(dict(VariableType.choices).get(variable.type, variable.type))
    need = _("must be filled in") if variable.required else _("may stay empty")
    return " · ".join([variable.name, kind, *pairs, need])
