"""Copies of the checkout, and running tests in them. Each copy has a database server of its own."""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.mutants.forks import Run

CHECKOUT = Path(__file__).resolve().parents[2]
TEST = re.compile(r"^def (test_\w+)\(", re.MULTILINE)
FAILED = re.compile(r"^FAILED (?P<file>\S+?)::(?P<test>\w+)(\[.*?\])?(?: - (?P<why>.*))?$", re.MULTILINE)
# Not a test that noticed something, but a program that cannot run, or that was not waited for.
NONSENSE = re.compile(
    r"^E +(NameError|ImportError|SyntaxError|UnboundLocalError|ModuleNotFoundError|Failed: Timeout)",
    re.MULTILINE,
)
TEST_SECONDS, RUN_SECONDS = 300, 900
# A good part of a short run is its start, and these take a good part of that.
LEFT_OUT = [f"-pno:{plugin}" for plugin in ("cacheprovider", "playwright", "xdist", "hypothesispytest")]
OPTIONS = ["-q", "-x", "--no-header", "-rf", f"--timeout={TEST_SECONDS}", *LEFT_OUT]


@dataclass(frozen=True)
class Outcome:
    """`failed` names the first test that failed, and `why`; `trouble` says why the run tells nothing."""

    failed: str
    seconds: float
    why: str = ""
    trouble: str = ""

    @property
    def is_green(self) -> bool:
        return not self.failed and not self.trouble


@dataclass(frozen=True)
class Copy:
    """A copy of the checkout, and the process in it that forks for runs of tests."""

    path: Path
    forks: "subprocess.Popen[str]"


@contextmanager
def workshop() -> Iterator[Copy]:
    """A copy of these files, and of nothing else; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="promptfair-mutants-"))
    path = folder / "checkout"
    try:
        for name in files():
            target = path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, target)
        (path / ".venv").symlink_to((CHECKOUT / ".venv").resolve())
        with _forks(path) as forks:
            yield Copy(path, forks)
    finally:
        _python(path, "-c", "from common.embedded.wipe import wipe_services; wipe_services()")
        _python(
            path,
            "-c",
            "import shutil; from common.embedded.paths import places; shutil.rmtree(places().outside, True)",
        )
        shutil.rmtree(folder, ignore_errors=True)


def run(
    copy: Copy, tests: Sequence[str], *, sql: str = "", before: Mapping[Path, str] | None = None
) -> Outcome:
    """Run tests in a copy, up to the first that fails.

    `sql` is run on the database first; `before` says how files read that are now changed. A fork may not have
    every change, so it is believed that a protection is missed, and not that it is not.
    """
    began = time.monotonic()
    environ = {"MUTANT_SQL": sql, "COLUMNS": "250"}
    outcome = _outcome(*_forked(copy, tests, environ, before or {}), began)
    if outcome.trouble or (outcome.is_green and (sql or before)):
        done = _python(copy.path, "-m", "pytest", *OPTIONS, *tests, **environ)
        outcome = _outcome(done.returncode, done.stdout + done.stderr, began)
    return outcome


def _outcome(code: int, output: str, began: float) -> Outcome:
    seconds = time.monotonic() - began
    found = FAILED.search(output)
    if code == 0:
        return Outcome("", seconds)
    if code != 1 or found is None:
        return Outcome("", seconds, trouble=_end_of(output) or f"ended with {code}")
    trouble = _end_of(output) if NONSENSE.search(output) else ""
    return Outcome(found["test"], seconds, found["why"] or "", trouble)


@contextmanager
def _forks(path: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [str(path / ".venv" / "bin" / "python"), "-m", "tests.mutants.forks"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=path, env=_environ(path), text=True, **pipes) as process:
        yield process


def _forked(
    copy: Copy, tests: Sequence[str], environ: Mapping[str, str], before: Mapping[Path, str]
) -> tuple[int, str]:
    """The exit code of pytest, and what it wrote."""
    output = copy.path.parent / "output"
    wanted = Run(
        [*OPTIONS, *tests],
        str(output),
        RUN_SECONDS,
        dict(environ),
        {str(path): text for path, text in before.items()},
    )
    assert copy.forks.stdin
    assert copy.forks.stdout
    print(wanted, file=copy.forks.stdin, flush=True)
    code = copy.forks.stdout.readline()
    return int(code or -1), output.read_text(encoding="utf-8", errors="replace") if output.exists() else ""


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


@cache
def files() -> list[str]:
    """All that git knows of the checkout or would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=CHECKOUT, capture_output=True, check=True, text=True).stdout
    return [name for name in listed.split("\0") if name and (CHECKOUT / name).is_file()]


def _python(path: Path, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(
            [str(path / ".venv" / "bin" / "python"), *arguments],
            cwd=path,
            env=_environ(path) | more,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return subprocess.CompletedProcess(arguments, 124, f"{error.stdout}", f"longer than {RUN_SECONDS} s")


def _environ(path: Path) -> dict[str, str]:
    ours = ("PYTEST_", "PYTHON", "DATABASE_", "REDIS_", "STRIPE_", "CELERY_")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return environ | {"PYTHONPYCACHEPREFIX": str(path.parent / "bytecode")}


def _end_of(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-25:])
