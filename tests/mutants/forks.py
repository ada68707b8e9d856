"""A process in a copy that has imported the project, and forks for each run of tests: most of it is imports.

`python -m tests.mutants.forks`; each line it reads is a `Run`, answered by the exit code of pytest. What was
changed inside of functions after they were imported is changed in memory. What only happens at import is not,
so a test that passes here proves nothing; the workshop runs it again in a process of its own.
"""

import gc
import json
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType

import pytest

CANNOT = 77  # something else was changed than what is inside of functions
INSIDE_OF_FUNCTION = 0x1  # CO_OPTIMIZED: neither a module's nor a class's own code


@dataclass(frozen=True)
class Run:
    """`before`: changed files by their full path, as they were imported. All output goes to a file."""

    arguments: list[str]
    output: str
    seconds: int
    environ: dict[str, str] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return json.dumps(asdict(self))


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import_module("django").setup()
    for name in ("config.celery", "config.urls", "tests.factories"):
        import_module(name)
    for line in sys.stdin:
        run = Run(**json.loads(line))
        if (child := os.fork()) == 0:
            sys.exit(_run(run))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _run(run: Run) -> int:
    signal.alarm(run.seconds)
    _redirect(run.output)
    os.environ.update(run.environ)
    return int(pytest.main(run.arguments)) if _change(run.before) else CANNOT


def _redirect(output: str) -> None:
    written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream, target in ((0, os.open(os.devnull, os.O_RDONLY)), (1, written), (2, written)):
        os.dup2(target, stream)


def _change(before: Mapping[str, str]) -> bool:
    """Whether all that is different in these files could be changed in what was imported of them."""
    loaded = {str(getattr(module, "__file__", "")) for module in list(sys.modules.values())}
    for path in loaded.intersection(before):
        old = compile(before[path], path, "exec")
        new = compile(Path(path).read_text(encoding="utf-8"), path, "exec")
        if _outside(old) != _outside(new):
            return False
        by_place = {_place(one): other for one, other in zip(_functions(old), _functions(new), strict=True)}
        for each in gc.get_objects():
            if isinstance(each, FunctionType) and each.__code__.co_filename == path:
                each.__code__ = by_place.get(_place(each.__code__), each.__code__)
    return True


def _outside(code: CodeType) -> tuple[object, ...]:
    """All of a module or class but the insides of its functions."""
    consts = [
        (each.co_name, each.co_varnames[: each.co_argcount], each.co_freevars)
        if isinstance(each, CodeType) and each.co_flags & INSIDE_OF_FUNCTION
        else _outside(each)
        if isinstance(each, CodeType)
        else each
        for each in code.co_consts
    ]
    return code.co_code, code.co_names, repr(consts)


def _functions(code: CodeType) -> Iterator[CodeType]:
    """Those of a module and its classes, in their order; not those within functions, which these make."""
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from [each] if each.co_flags & INSIDE_OF_FUNCTION else _functions(each)


def _place(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


if __name__ == "__main__":
    main()
