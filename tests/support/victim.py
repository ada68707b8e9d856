"""A process that runs tasks and is killed (SIGKILL) at the step it is told.

`python -m tests.support.victim` reads one wish per line, forks for each, and says how the fork ended. A step
is the moment before a statement, before a commit, before a hint is sent, and the end of the task: between any
two of them at most one thing happens that lasts. Django and Celery offer the hooks, our code has none for it.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from tests.support.environment import CHECKOUT

LEFT_OUT = "common_clockoffset"  # read once a second, by whoever is first


class Victim:
    """The test's side of it."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.victim"],
            cwd=CHECKOUT,
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, task: str, *args: Any, die_at: int = 0) -> str | None:
        """Run a task; the step at which it was killed, or None when it came to its end."""
        assert self._process.stdin
        assert self._process.stdout
        wish = {"task": task, "args": [str(value) for value in args], "die_at": die_at}
        self._process.stdin.write(json.dumps(wish) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert answer["signal"] in (0, signal.SIGKILL), answer
        assert answer["code"] == 0, f"{task} failed: {answer}"
        return str(answer["step"]) if answer["signal"] else None

    def stop(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(timeout=10)


class _Steps:
    """Counts in the fork, and ends it."""

    def __init__(self, die_at: int, tell: int) -> None:
        self.left, self.tell = die_at, tell

    def step(self, name: str) -> None:
        self.left -= 1
        if self.left == 0:
            os.write(self.tell, name.encode()[:200])
            os.kill(os.getpid(), signal.SIGKILL)


def _run(wish: dict[str, Any], tell: int) -> None:
    from celery import current_app
    from celery.signals import before_task_publish
    from django.db import connections

    connection: Any = connections["default"]
    steps = _Steps(wish["die_at"], tell)
    commit = connection._commit

    def before_statement(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if LEFT_OUT not in sql:
            steps.step(sql)
        return execute(sql, params, many, context)

    def before_commit() -> None:
        steps.step("COMMIT")
        commit()

    def before_hint(sender: str, **_more: Any) -> None:
        steps.step(f"hint {sender}")

    connection.execute_wrappers.append(before_statement)
    connection._commit = before_commit
    before_task_publish.connect(before_hint)
    current_app.tasks[wish["task"]](*wish["args"])
    steps.step("end")


def _fork(wish: dict[str, Any]) -> dict[str, Any]:
    hear, tell = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(hear)
            _run(wish, tell)
            code = 0
        finally:
            sys.stderr.flush()
            os._exit(code)
    os.close(tell)
    with os.fdopen(hear) as said:
        step = said.read()
    _pid, status = os.waitpid(child, 0)
    killed = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 0
    return {"step": step, "signal": killed, "code": code}


def main() -> None:
    import django

    django.setup()
    from django.db import connections

    from config.celery import app

    app.loader.import_default_modules()
    connections.close_all()  # a fork must not share one
    for line in sys.stdin:
        print(json.dumps(_fork(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
