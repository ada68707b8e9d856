"""Outcomes of earlier runs in .local/mutants: a run that was cut off goes on where it was.

Only what came out as it should is kept. It is believed for as long as the code, what was taken out of it, and
the files of its tests are the same to the letter.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache

from tests.mutants.mutant import Mutant
from tests.mutants.workshop import CHECKOUT, Outcome, files, located

FOLDER = CHECKOUT / ".local" / "mutants"


def key_of_mutant(mutant: Mutant) -> str:
    return _key(repr(mutant.changes), located(mutant.tests))


def key_of_tests(tests: Iterable[str]) -> str:
    """Of tests that run on the code as it is."""
    return _key("", tests)


def kept(key: str) -> Outcome | None:
    path = FOLDER / f"{key}.json"
    return Outcome(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def keep(key: str, outcome: Outcome) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{key}.json").write_text(json.dumps(asdict(outcome)), encoding="utf-8")


def forget() -> None:
    for path in FOLDER.glob("*.json"):
        path.unlink()


def _key(change: str, tests: Iterable[str]) -> str:
    named = sorted(tests)
    parts = [_digest_of_code(), change, *named, *(_digest(name.partition("::")[0]) for name in named)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


@cache
def _digest_of_code() -> str:
    """Of everything but documents, the catalogue, and tests, of which each mutant counts its own."""
    counted = (
        name
        for name in files()
        if not name.startswith(("docs/", "tests/mutants/")) and not name.endswith(".md")
        if not (name.startswith("tests/") and "/test_" in name)
    )
    return hashlib.sha256("\0".join(f"{name} {_digest(name)}" for name in counted).encode()).hexdigest()


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((CHECKOUT / name).read_bytes()).hexdigest()
