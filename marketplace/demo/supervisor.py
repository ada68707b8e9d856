"""`make demo`: prepare everything, run the site in the foreground, and leave nothing behind.

The supervisor holds a lock while it runs, so a second one is refused. Its children have guards, so they end
with it however it ends; PostgreSQL and Redis stop once nobody holds their lock (common/embedded).
"""

import os
import signal
import sys
import time
import urllib.error
import urllib.request
from types import FrameType

from common.embedded import EmbeddedError, Services, ensure_services, release_services, servers_run
from common.embedded.locks import try_hold_exclusive
from common.embedded.paths import make_local, places
from common.translations import compile_translations
from marketplace.demo import ports, programs, welcome
from marketplace.demo.children import CHECKOUT, LOG_DIR, Child, Guarded
from marketplace.demo.webhooks import ensure_webhooks

LOCAL = programs.LOCAL
LOCK = LOCAL / "run" / "demo.lock"
SEED_COMMAND = CHECKOUT / "marketplace" / "management" / "commands" / "seed_demo.py"
READY_SECONDS = 180.0  # on a machine that is busy with other things
LOOK_EVERY = 0.5
ASK_SERVICES_EVERY = 3.0


class DemoError(Exception):
    """The demo cannot run; the text says what to do."""


class StopRequested(BaseException):
    """Ctrl-C, SIGTERM, or the end of the `make` that started us."""


def run_demo(port: int) -> int:
    """Run until told to stop. Returns the exit code."""
    make_local(places())
    lock = try_hold_exclusive(LOCK)
    if lock is None:
        raise DemoError(
            f"A demo of this checkout runs already: {LOCK.read_text().strip() or 'it is starting'}."
        )
    if not ports.is_free(port):
        raise DemoError(f"Port {port} of 127.0.0.1 is taken. Choose another: make demo PORT={port + 1}")
    LOCK.write_text(f"http://127.0.0.1:{port}, process {os.getpid()}")
    demo = Demo(port)
    _listen_for_stop()
    try:
        demo.prepare()
        demo.watch()
    except StopRequested:
        say("\nStopping …")
    finally:
        _ignore_stop()
        demo.stop()
        LOCK.write_text("")
    return 0


class Demo:
    """One run of the demo."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.began = time.monotonic()
        self.stripe_port = ports.kept_stripe_port()
        self.mcp_port = ports.kept_mcp_port()
        self.stripe_url = f"http://127.0.0.1:{self.stripe_port}"
        self.environ: dict[str, str] = {}
        self.sandbox: Child | None = None
        self.site: list[Child] = []
        self.step: Guarded | None = None
        self.made_parent = os.getppid() if "MAKELEVEL" in os.environ else None

    def prepare(self) -> None:
        services = ensure_services()
        self._done("PostgreSQL and Redis run")
        self._start_sandbox(services)
        self._manage("migrate", "--verbosity=0", owner=True)
        compile_translations()
        self._done("the database is up to date")
        self._wait_for_sandbox()
        if SEED_COMMAND.exists():
            self._manage("seed_demo")
        self.environ |= ensure_webhooks(
            stripe_url=self.stripe_url,
            secret_key=programs.STRIPE_SECRET_KEY,
            site_url=self.url,
            kept=LOCAL / "stripe_webhooks.json",
        )
        self._done("the catalogue is there")
        for program in [*programs.site(self.port), programs.mcp(self.mcp_port)]:
            child = Child(program, self.environ)
            child.start()
            self.site.append(child)
        self._wait_for_site()
        say(welcome.text(self.url, time.monotonic() - self.began))

    def watch(self) -> None:
        """Until stopped: start again what has died, and show what a person should see."""
        asked_at = time.monotonic()
        while True:
            self._look()
            if time.monotonic() - asked_at > ASK_SERVICES_EVERY:
                asked_at = time.monotonic()
                if not servers_run():
                    say("[services] PostgreSQL and Redis are gone; starting them again")
                    ensure_services()
            time.sleep(LOOK_EVERY)

    def stop(self) -> None:
        """Web first, so that nothing new comes in; then those who work; what they need last."""
        self._end_step()
        by_name = {child.name: child for child in [*self.site, *([self.sandbox] if self.sandbox else [])]}
        for names in (
            ["web", "mcp"],
            ["beat"],
            ["worker-payments", "worker-default", "worker-webhooks"],
            ["stripe"],
        ):
            group = [by_name[name] for name in names if name in by_name]
            for child in group:
                child.ask_to_stop()
            for child in group:
                child.wait()
        if release_services():
            say("All stopped.")
        else:
            say("All of the demo stopped; PostgreSQL and Redis stay for others who use them.")

    def _start_sandbox(self, services: Services) -> None:
        self.environ = programs.environment(services, self.port, self.stripe_url)
        self.environ["MCP_URL"] = f"{self.url}/mcp"
        self.environ["MCP_UPSTREAM"] = f"http://127.0.0.1:{self.mcp_port}/mcp"
        programs.SANDBOX_READY.unlink(missing_ok=True)
        self.sandbox = Child(programs.sandbox(self.stripe_port), self.environ)
        self.sandbox.start()

    def _wait_for_sandbox(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not programs.SANDBOX_READY.exists():
            self._look()
            if time.monotonic() > deadline:
                raise DemoError(f"The Stripe sandbox does not start. Its output: {LOG_DIR}/stripe.log")
            time.sleep(0.05)

    def _wait_for_site(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while (reason := unready_reason(self.url)) is not None:
            self._look()
            if time.monotonic() > deadline:
                raise DemoError(f"The site does not become ready ({reason}). Its output: {LOG_DIR}")
            time.sleep(0.1)

    def _look(self) -> None:
        for child in [*self.site, *([self.sandbox] if self.sandbox else [])]:
            for line in child.new_warnings():
                say(f"[{child.name}] {line}")
            died = child.look()
            if died:
                say(f"[{child.name}] {died}")
        if self.made_parent is not None and os.getppid() != self.made_parent:
            raise StopRequested

    def _manage(self, *command: str, owner: bool = False) -> None:
        """One management command, to its end."""
        environ = programs.with_owner_role(self.environ) if owner else self.environ
        log_path = LOG_DIR / f"{command[0]}.log"
        log_path.write_bytes(b"")
        self.step = Guarded([sys.executable, "manage.py", *command], environ, log_path, stop_seconds=2)
        while (code := self.step.poll()) is None:
            self._look()
            time.sleep(0.05)
        self.step = None
        if code != 0:
            output = log_path.read_text(errors="replace")[-4000:]
            raise DemoError(f"manage.py {' '.join(command)} failed:\n{output}")

    def _end_step(self) -> None:
        if self.step is not None:
            self.step.ask_to_stop()
            self.step.wait()

    def _done(self, what: str) -> None:
        say(f"{time.monotonic() - self.began:5.1f} s  {what}")


def unready_reason(url: str) -> str | None:
    """None once the site says it is ready."""
    try:
        urllib.request.urlopen(f"{url}/readyz", timeout=5).close()  # noqa: S310 - our own site
    except urllib.error.HTTPError as error:
        with error:
            return f"{error.code} {error.read(300).decode(errors='replace')}"
    except OSError as error:
        return str(error)
    return None


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _listen_for_stop() -> None:
    def on_signal(_number: int, _frame: FrameType | None) -> None:
        _ignore_stop()
        raise StopRequested

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup make demo
        signal.signal(signal.SIGHUP, on_signal)


def _ignore_stop() -> None:
    """Stopping takes seconds and must not be cut short by a second Ctrl-C."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def main(port: int) -> int:
    """run_demo with errors told in plain words."""
    try:
        return run_demo(port)
    except (DemoError, EmbeddedError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
