"""Derive the contract from the installed SDK, once per version of SDK and generator; kept under `.local/`."""

import hashlib
import importlib.util
import json
import os
from pathlib import Path
from typing import Any

from .operations import find_operations
from .schemas import SchemaBuilder
from .sources import Sources

CACHE = Path(__file__).resolve().parents[2] / ".local" / "stripe_contract"
_GENERATOR = ("generate.py", "operations.py", "schemas.py", "sources.py")


def installed_sdk() -> Path:
    """Return where the SDK is installed, without importing it."""
    spec = importlib.util.find_spec("stripe")
    if spec is None or spec.origin is None:
        raise LookupError("The stripe SDK is not installed")
    return Path(spec.origin).parent


def load(cache: Path = CACHE) -> dict[str, Any]:
    """Return the contract's document, derived now if this version of it is not kept yet."""
    sources = Sources(installed_sdk())
    file = cache / f"{sources.sdk_version}-{_digest()}.json"
    if not file.exists():
        _write(file, derive(sources))
    document: dict[str, Any] = json.loads(file.read_text())
    return document


def derive(sources: Sources) -> dict[str, Any]:
    """Read the SDK and return operations, definitions and the kinds of objects."""
    builder = SchemaBuilder(sources)
    operations = {
        f"{found.verb} {found.path}": {
            "params": found.params,
            "params_required": found.params_required,
            "answer": found.answer,
        }
        for found in find_operations(sources, builder)
    }
    return {
        "sdk_version": sources.sdk_version,
        "api_version": sources.api_version,
        "operations": operations,
        "kinds": _kinds(builder),
        "$defs": builder.definitions,
    }


def _kinds(builder: SchemaBuilder) -> dict[str, str]:
    """Return the definition of each kind of object, by its `object` field (`charge` → `_charge:Charge`)."""
    kinds = {}
    for key, schema in builder.definitions.items():
        names = schema.get("properties", {}).get("object", {}).get("enum", [])
        if len(names) == 1 and "." not in key.split(":")[1]:
            kinds[str(names[0])] = key
    return kinds


def _digest() -> str:
    content = b"".join((Path(__file__).parent / name).read_bytes() for name in _GENERATOR)
    return hashlib.sha256(content).hexdigest()[:12]


def _write(file: Path, document: dict[str, Any]) -> None:
    """Write in one step: several test processes may derive at the same time."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_suffix(f".{os.getpid()}.part")
    temporary.write_text(json.dumps(document, separators=(",", ":"), sort_keys=True))
    temporary.replace(file)
