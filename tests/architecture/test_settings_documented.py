"""docs/settings.md names every variable that config/settings.py reads, what happens without it, and no other."""

import ast
import re

import pytest

from tests.architecture.files import CHECKOUT, DOCS

ROW = re.compile(r"^\| `([A-Z0-9_]+)` \| (.+?) \| (.+?) \| .+ \|$", re.MULTILINE)
# Needed when another variable says so.
CONDITIONAL = {"EMAIL_URL"}


def _is_env(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "env"
    )


def _is_secret(function: ast.expr) -> bool:
    return isinstance(function, ast.Name) and function.id == "secret"


def variables_read() -> dict[str, ast.Call]:
    """The calls env.*("NAME", …) and secret("NAME", …), by name."""
    tree = ast.parse((CHECKOUT / "config" / "settings.py").read_text(encoding="utf-8"))
    return {
        node.args[0].value: node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (_is_env(node.func) or _is_secret(node.func))
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and node.args[0].value
    }


def literal_defaults() -> dict[str, str]:
    """Defaults that stand in the code as they are, in the form the environment has."""
    found = {}
    for name, call in variables_read().items():
        default = call.args[1] if len(call.args) > 1 else None
        if isinstance(default, ast.Constant) and default.value != "" and not _is_secret(call.func):
            found[name] = str(int(default.value)) if isinstance(default.value, bool) else str(default.value)
    return found


def variables_documented() -> dict[str, tuple[str, str]]:
    """Default and need in production, by name."""
    text = (DOCS / "settings.md").read_text(encoding="utf-8")
    return {name: (default, needed) for name, default, needed in ROW.findall(text)}


def test_every_variable_is_documented_and_none_that_is_gone():
    assert sorted(variables_documented()) == sorted(variables_read())


def test_what_production_must_be_given_is_said_so():
    required = {name for name, call in variables_read().items() if _is_secret(call.func)}
    said = {name for name, (_default, needed) in variables_documented().items() if needed.startswith("required")}
    assert said - CONDITIONAL == required


@pytest.mark.parametrize(("name", "default"), sorted(literal_defaults().items()))
def test_a_documented_default_is_the_code_s(name, default):
    assert variables_documented()[name][0] == f"`{default}`"
