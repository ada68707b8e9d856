"""A whole stack of its own: PostgreSQL, Redis, Stripe's double and the site's programs, shared with nobody.

The checkout's embedded servers belong to their keeper and to others' tests; these are made from the same
wheels in places of their own. Nothing outlives this process: programs have guards, the servers a witness.
"""

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from common.embedded import Services
from common.embedded.keeper import start_witness
from common.embedded.paths import APP_ROLE, OWNER_ROLE, Places, make_local
from common.embedded.postgres import url as postgres_url
from common.embedded.redis import url as redis_url
from common.translations import compile_translations
from marketplace.demo import programs
from marketplace.demo.children import CHECKOUT, Guarded, Program
from marketplace.demo.ports import is_free
from marketplace.demo.webhooks import ensure_webhooks
from tests.chaos.parts import Death, Part, PostgresPart, ProgramPart, RedisPart

FOLDER = CHECKOUT / ".local" / "chaos"
SITE_PORTS = range(26_700, 26_800)  # above the tests' slots, below what systems hand out to clients
READY_SECONDS = 180.0  # on a machine that is busy with other things
RULE_HOLDS = re.compile(r" 0 +\d+\.\d s$")  # a line of check_books that a reader can do without
# What each program writes once it is of use. To ask the web server would take long when it is busy.
IS_UP = {
    "web": re.compile(r"\] Started worker-2$", re.MULTILINE),
    "worker-payments": re.compile(r" ready\.$", re.MULTILINE),
    "worker-default": re.compile(r" ready\.$", re.MULTILINE),
    "worker-webhooks": re.compile(r" ready\.$", re.MULTILINE),
    "beat": re.compile(r"beat: Starting"),
}


class Stack:
    """Started and stopped once; its parts die and come back meanwhile."""

    def __init__(self) -> None:
        self.folder = FOLDER / "stack"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.where = Places(checkout=self.folder, uid=os.getuid())
        self.mailbox = self.folder / "mailbox"
        self.postgres = PostgresPart(self.where)
        self.redis = RedisPart(self.where)
        self.port = next(port for port in SITE_PORTS if is_free(port))
        self.url = f"http://127.0.0.1:{self.port}"
        self.stripe_url = ""
        self.database_url = postgres_url(self.where, APP_ROLE)
        self.environ: dict[str, str] = {}
        self.site: dict[str, ProgramPart] = {}
        self._sandbox: Guarded | None = None
        self._step: Guarded | None = None

    def start(self, seed: Mapping[str, int]) -> None:
        """From nothing to a site that answers, with the people and listings that `seed` asks for."""
        self._forget_last_run()
        make_local(self.where)
        start_witness(self.where)
        self.postgres.start()
        self.redis.start()
        self._start_sandbox()
        self.environ = self._environment()
        compile_translations()
        self._run("migrate", "manage.py", "migrate", "--verbosity=0", owner=True)
        wanted = [part for name, count in seed.items() for part in (f"--{name}", str(count))]
        self._run("seed", "-m", "tests.chaos.seed", *wanted, "--out", str(self.people_file))
        self.environ |= ensure_webhooks(
            stripe_url=self.stripe_url, secret_key=programs.STRIPE_SECRET_KEY, site_url=self.url, kept=None
        )
        for program in programs.site(self.port):
            self.site[program.name] = self._part(program)
            self.site[program.name].start()
        wait_for(lambda: all(part.is_ready() for part in self.parts.values()), "The site")

    @property
    def people_file(self) -> Path:
        return self.folder / "people.json"

    @property
    def parts(self) -> dict[str, Part]:
        return {"postgresql": self.postgres, "redis": self.redis, **self.site}

    @property
    def deaths(self) -> list[Death]:
        """Every way in which a part of the stack is killed."""
        return [
            *(Death(name, part, part.kill) for name, part in self.site.items()),
            Death("redis, with its memory", self.redis, self.redis.kill_with_memory),
            Death("redis, without its memory", self.redis, self.redis.kill_without_memory),
            Death("postgresql", self.postgres, self.postgres.kill),
        ]

    def own_check(self, command: str) -> str:
        """What one of the product's own checks says is wrong; empty when it finds nothing."""
        code, said = self._end_of(command, "manage.py", command)
        lines = [line for line in said.splitlines() if not RULE_HOLDS.search(line)]
        return "" if code == 0 else "\n    ".join([f"manage.py {command} ended with {code}", *lines[-30:]])

    def stop(self) -> None:
        """End every process. The site is not asked to finish: its work has been judged, or is not wanted."""
        for process in (self._step, self._sandbox):
            if process is not None:
                process.kill()
                process.wait()
        for part in self.site.values():
            part.kill()
        self.redis.stop()
        self.postgres.stop()

    def remove_data(self) -> None:
        shutil.rmtree(self.where.outside, ignore_errors=True)
        shutil.rmtree(self.where.local / "postgres", ignore_errors=True)

    def _forget_last_run(self) -> None:
        """Also stops the servers of a run whose every process was killed."""
        self.redis.stop()
        self.postgres.stop()
        self.remove_data()
        shutil.rmtree(self.folder)
        self.folder.mkdir()

    def _start_sandbox(self) -> None:
        ready = self.folder / "stripe.json"
        command = [
            *(sys.executable, "-m", "stripe_sandbox", "--db", str(self.folder / "stripe.sqlite3")),
            *("--ready-file", str(ready), "--exit-with-parent"),
        ]
        self._sandbox = Guarded(command, os.environ, self.where.log / "stripe.log", stop_seconds=2)
        wait_for(ready.exists, "The Stripe sandbox")
        self.stripe_url = json.loads(ready.read_text())["url"]

    def _environment(self) -> dict[str, str]:
        """The demo's, in places of this run's own."""
        services = Services(
            database_url=self.database_url,
            owner_database_url=postgres_url(self.where, OWNER_ROLE),
            redis_url=redis_url(self.where),
        )
        return programs.environment(services, self.port, self.stripe_url) | {
            "CELERY_BEAT_SCHEDULE": str(self.folder / "celerybeat-schedule"),
            "MAILBOX_DIR": str(self.mailbox),
            "MEDIA_ROOT": str(self.folder / "media"),
        }

    def _part(self, program: Program) -> ProgramPart:
        log = self.where.log / f"{program.name}.log"
        return ProgramPart(program, self.environ, log, IS_UP[program.name])

    def _run(self, name: str, *command: str, owner: bool = False) -> None:
        code, said = self._end_of(name, *command, owner=owner)
        if code != 0:
            raise RuntimeError(f"{name} failed:\n{said[-4000:]}")

    def _end_of(self, name: str, *command: str, owner: bool = False) -> tuple[int, str]:
        """One command's exit code and output."""
        environ = programs.with_owner_role(self.environ) if owner else self.environ
        log = self.where.log / f"{name}.log"
        self._step = step = Guarded([sys.executable, *command], environ, log, stop_seconds=2)
        wait_for(lambda: step.poll() is not None, name)
        self._step = None
        return step.wait(), log.read_text(errors="replace")


def wait_for(condition: Callable[[], bool], what: str, seconds: float = READY_SECONDS) -> None:
    """RuntimeError when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} did not become ready in {seconds:.0f} s.")
        time.sleep(0.1)
