"""docs/settings.md names every variable that config/settings.py reads, its default, and no other."""

import ast
import re

import pytest

from tests.architecture.files import CHECKOUT, DOCS

ROW = re.compile(r"^\| `([A-Z0-9_]+)` \| (.+?) \| (.+?) \| .+ \|$", re.MULTILINE)
# Needed when another variable says so.
CONDITIONAL = {"EMAIL_URL"}


def variables_read() -> dict[str, ast.Call]:
    """The calls env.*("NAME", …) and secret("NAME", …), by name."""
    tree = ast.parse((CHECKOUT / "config" / "settings.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = {_first_text(call): call for call in calls if _is_env(call.func) or _is_secret(call.func)}
    return {name: call for name, call in named.items() if name}


def _first_text(call: ast.Call) -> str:
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def _is_env(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and ast.unparse(function.value) == "env"


def _is_secret(function: ast.expr) -> bool:
    return ast.unparse(function) == "secret"


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
    said = {
        name for name, (_default, needed) in variables_documented().items() if needed.startswith("required")
    }
    assert said - CONDITIONAL == required


@pytest.mark.parametrize(("name", "default"), sorted(literal_defaults().items()))
def test_a_documented_default_is_the_code_s(name, default):
    assert variables_documented()[name][0] == f"`{default}`"
