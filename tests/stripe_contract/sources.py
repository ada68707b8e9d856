"""The SDK's generated modules, read one by one as syntax trees when something first refers to them."""

import ast
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

GENERATED = "generated from our OpenAPI spec"


@dataclass
class Module:
    """One source file: its classes by dotted name, and where its other names come from."""

    path: Path
    name: str
    """Relative to the SDK, e.g. `checkout._session`; part of the key of every schema."""
    tree: ast.Module
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Local name → (module, name there)."""


class Sources:
    """The installed SDK's source files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._modules: dict[str, Module | None] = {}

    @cached_property
    def sdk_version(self) -> str:
        """The SDK's own version."""
        return self._constant("_version.py", "VERSION")

    @cached_property
    def api_version(self) -> str:
        """The API version that the SDK pins."""
        return self._constant("_api_version.py", "CURRENT")

    def _constant(self, file: str, name: str) -> str:
        match = re.search(rf'{name} = "([^"]+)"', (self.root / file).read_text())
        if match is None:
            raise LookupError(f"{name} is not in {file} of the SDK")
        return match[1]

    def module(self, name: str) -> Module | None:
        """Return a generated module, or None for hand-written ones, which describe no API shapes."""
        if name not in self._modules:
            self._modules[name] = self._read(name)
        return self._modules[name]

    def services(self) -> list[Module]:
        """Return the modules that define v1 operations."""
        paths = (path for path in self.root.rglob("*_service.py") if "v2" not in path.parts)
        names = (".".join(path.relative_to(self.root).with_suffix("").parts) for path in sorted(paths))
        return [module for name in names if (module := self.module(name))]

    def _read(self, name: str) -> Module | None:
        path = self.root.joinpath(*name.split(".")).with_suffix(".py")
        if not path.exists():
            return None
        text = path.read_text()
        if GENERATED not in text:
            return None
        module = Module(path, name, ast.parse(text))
        _index_classes(module, module.tree, "")
        _index_imports(module)
        return module


def _index_classes(module: Module, node: ast.Module | ast.ClassDef, prefix: str) -> None:
    for child in node.body:
        if isinstance(child, ast.ClassDef):
            module.classes[prefix + child.name] = child
            _index_classes(module, child, f"{prefix}{child.name}.")


def _index_imports(module: Module) -> None:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("stripe."):
            source = (node.module or "").removeprefix("stripe.")
            for alias in node.names:
                module.imports[alias.asname or alias.name] = (source, alias.name)
