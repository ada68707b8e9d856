"""The template language of prompts: `{{name}}` in a text, and typed variables. Pure: nothing here raises.

`\\{{name}}` is the literal text `{{name}}`; other braces mean nothing.
"""

from listings.templating.names import variable_names
from listings.templating.normalising import normalise_syntaxes
from listings.templating.rendering import Rendered, render
from listings.templating.schema import MAX_VARIABLES, schema_problems
from listings.templating.variables import TemplateVariable, VariableType, derive_variables, fit_variables

__all__ = [
    "MAX_VARIABLES",
    "Rendered",
    "TemplateVariable",
    "VariableType",
    "derive_variables",
    "fit_variables",
    "normalise_syntaxes",
    "render",
    "schema_problems",
    "variable_names",
]
