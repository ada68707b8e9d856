"""Copies of the checkout, and running tests in them. Each copy has a database server of its own."""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
TEST = re.compile(r"^def (test_\w+)\(", re.MULTILINE)
FAILED = re.compile(r"^FAILED (\S+?)::(\w+)(\[.*?\])?(?: - (.*))?$", re.MULTILINE)
# Not a test that noticed something, but a program that cannot run.
NONSENSE = re.compile(
    r"^E +(NameError|ImportError|SyntaxError|UnboundLocalError|ModuleNotFoundError)", re.MULTILINE
)
MOST_SECONDS = 600


@dataclass(frozen=True)
class Outcome:
    """`failed` names the first test that failed; `trouble` says why the run tells nothing."""

    failed: str
    seconds: float
    trouble: str = ""


@contextmanager
def workshop() -> Iterator[Path]:
    """A copy of everything git knows or would add, and of nothing else; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="promptfair-mutants-"))
    copy = folder / "checkout"
    try:
        for name in _files():
            target = copy / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, target)
        (copy / ".venv").symlink_to((CHECKOUT / ".venv").resolve())
        yield copy
    finally:
        _python(copy, "-c", "from common.embedded.wipe import wipe_services; wipe_services()")
        _python(
            copy,
            "-c",
            "import shutil; from common.embedded.paths import places; shutil.rmtree(places().outside, True)",
        )
        shutil.rmtree(folder, ignore_errors=True)


def run(copy: Path, tests: Sequence[str], *, sql: str = "") -> Outcome:
    """Run tests in a copy, up to the first that fails, on a database on which `sql` was run."""
    began = time.monotonic()
    options = ["-q", "-x", "--no-header", "-p", "no:cacheprovider", "-rf", "--timeout", "90"]
    done = _python(copy, "-m", "pytest", *options, *tests, MUTANT_SQL=sql)
    seconds = time.monotonic() - began
    found = FAILED.search(done.stdout)
    if done.returncode == 0:
        return Outcome("", seconds)
    if done.returncode != 1 or found is None:
        return Outcome("", seconds, trouble=_end_of(done.stdout + done.stderr))
    trouble = _end_of(done.stdout) if NONSENSE.search(done.stdout) else ""
    return Outcome(found[2], seconds, trouble)


def located(names: Sequence[str]) -> list[str]:
    """Where tests stand, by their function's name, with or without [parameters]. LookupError if not there."""
    places = []
    for full_name in names:
        name = full_name.partition("[")[0]
        files = functions_of_tests().get(name, [])
        if len(files) != 1:
            raise LookupError(f"There are {len(files)} tests called {name}.")
        places.append(f"{files[0]}::{full_name}")
    return places


@cache
def functions_of_tests() -> dict[str, list[str]]:
    """The files in which a test of a name stands, by name."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((CHECKOUT / "tests").rglob("test_*.py")):
        for name in TEST.findall(path.read_text(encoding="utf-8")):
            found[name].append(str(path.relative_to(CHECKOUT)))
    return found


def _files() -> list[str]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=CHECKOUT, capture_output=True, check=True, text=True).stdout
    return [name for name in listed.split("\0") if name and (CHECKOUT / name).is_file()]


def _python(copy: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    ours = ("PYTEST_", "DATABASE_", "REDIS_", "STRIPE_", "CELERY_")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    try:
        return subprocess.run(
            [str(copy / ".venv" / "bin" / "python"), *arguments],
            cwd=copy,
            env=environ | more,
            capture_output=True,
            text=True,
            timeout=MOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return subprocess.CompletedProcess(arguments, 124, f"{error.stdout}", f"longer than {MOST_SECONDS} s")


def _end_of(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-25:])
