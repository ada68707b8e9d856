"""The template language of prompts: blanks, sections, parts, and typed variables. Pure: nothing here raises.

`{{name}}` is a blank, `{{#name}}…{{/name}}` a section for when it is set, `{{^name}}…{{/name}}` one for when
it is not. `\\{{name}}` is the literal text `{{name}}`; other braces mean nothing. See docs/templates.md.
"""

from listings.templating.names import variable_names
from listings.templating.normalising import normalise_syntaxes
from listings.templating.parsing import Fault, Part, PartRole, Place, Template, literal, parse
from listings.templating.rendering import Rendered, RenderedPart, render
from listings.templating.schema import MAX_VARIABLES, schema_problems
from listings.templating.variables import TemplateVariable, VariableType, derive_variables, fit_variables

__all__ = [
    "MAX_VARIABLES",
    "Fault",
    "Part",
    "PartRole",
    "Place",
    "Rendered",
    "RenderedPart",
    "Template",
    "TemplateVariable",
    "VariableType",
    "derive_variables",
    "fit_variables",
    "literal",
    "normalise_syntaxes",
    "parse",
    "render",
    "schema_problems",
    "variable_names",
]
