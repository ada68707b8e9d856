"""Which declared variables may be used."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from listings.templating.names import NAME
from listings.templating.values import value_text
from listings.templating.variables import WITH_CHOICES, TemplateVariable, VariableType

MAX_VARIABLES = 60
MAX_LABEL_LENGTH = 80
MAX_HELP_LENGTH = 300
MAX_DEFAULT_LENGTH = 5000
MAX_CHOICES = 60
MAX_CHOICE_LENGTH = 200
MAX_LIMIT = 1_000_000_000
WITHOUT_LIMITS = frozenset({VariableType.CHOICE, VariableType.TOGGLE})


def schema_problems(variables: Sequence[TemplateVariable]) -> list[str]:
    """What is wrong with declared variables, one sentence per fault; empty when they may be used."""
    problems: list[str] = []
    if len(variables) > MAX_VARIABLES:
        return [_("Use at most %(count)d variables.") % {"count": MAX_VARIABLES}]
    names = [variable.name for variable in variables]
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.append(_("The variable “%(name)s” is declared twice.") % {"name": name[:60]})
    for variable in variables:
        problems += [f"{variable.name[:60]}: {problem}" for problem in _variable_problems(variable)]
    return problems


def _variable_problems(variable: TemplateVariable) -> list[str]:
    problems: list[str] = []
    if not NAME.fullmatch(variable.name):
        problems.append(
            _("A variable's name has lower-case letters, digits and underscores, and starts with a letter.")
        )
    if variable.type not in VariableType.values:
        problems.append(_("The type must be one of: %(types)s.") % {"types": ", ".join(VariableType.values)})
    if len(variable.label) > MAX_LABEL_LENGTH or len(variable.help) > MAX_HELP_LENGTH:
        problems.append(
            _("Use at most %(label)d characters for the label and %(help)d for the help.")
            % {"label": MAX_LABEL_LENGTH, "help": MAX_HELP_LENGTH}
        )
    problems += _choice_problems(variable) + _limit_problems(variable)
    return problems + _default_problems(variable)


def _limit_problems(variable: TemplateVariable) -> list[str]:
    low, high = variable.minimum, variable.maximum
    if low is None and high is None:
        return []
    if variable.type in WITHOUT_LIMITS:
        return [_("Limits are for texts, numbers and lists of which several may be chosen.")]
    if low is not None and high is not None and low > high:
        return [_("The lower limit is above the upper one.")]
    if max(abs(low or 0), abs(high or 0)) > MAX_LIMIT:
        return [_("A limit is at most %(count)d.") % {"count": MAX_LIMIT}]
    if variable.type != VariableType.NUMBER and min(low or 0, high or 0) < 0:
        return [_("This limit cannot be below 0.")]
    if variable.type == VariableType.MULTI_CHOICE and (low or 0) > len(variable.choices):
        return [_("More choices are asked for than there are.")]
    return []


def _choice_problems(variable: TemplateVariable) -> list[str]:
    choices = variable.choices
    if variable.type not in WITH_CHOICES:
        return []
    if not choices:
        return [_("Give at least one choice.")]
    if len(choices) > MAX_CHOICES or any(len(choice) > MAX_CHOICE_LENGTH for choice in choices):
        return [
            _("Use at most %(count)d choices of at most %(length)d characters.")
            % {"count": MAX_CHOICES, "length": MAX_CHOICE_LENGTH}
        ]
    if variable.type == VariableType.MULTI_CHOICE and any("," in choice for choice in choices):
        return [_("Choices of which several may be chosen cannot contain a comma.")]
    if len(set(choices)) < len(choices) or not all(choice.strip() for choice in choices):
        return [_("Each choice must have a text, and no two the same.")]
    return []


def _default_problems(variable: TemplateVariable) -> list[str]:
    if len(variable.default) > MAX_DEFAULT_LENGTH:
        return [_("Use at most %(count)d characters for the default.") % {"count": MAX_DEFAULT_LENGTH}]
    if not variable.default or variable.type not in VariableType.values:
        return []
    __, problem = value_text(variable, variable.default)
    return [_("The default does not fit: %(problem)s") % {"problem": problem}] if problem else []
