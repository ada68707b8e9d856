"""Real processes for a test session: web, worker, Stripe sandbox. None outlives the session."""

import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from shutil import which

from marketplace.demo import programs
from marketplace.demo.children import Guarded
from marketplace.demo.webhooks import ensure_webhooks
from tests.stripe_sandbox.process import SandboxProcess
from tests.support.environment import Slot


class Process:
    """A program that ends with the test session, its output in a file of the slot's folder."""

    def __init__(self, slot: Slot, name: str, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self.name = name
        self.log_path = slot.folder / f"{name}.log"
        self.log_path.write_bytes(b"")
        self._process = Guarded(command, environ, self.log_path, stop_seconds=8)

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    @property
    def group(self) -> int:
        """The process group of the program and all it starts."""
        return self._process.group

    def wait_until(self, condition: Callable[[], bool], seconds: float = 40) -> None:
        """Wait for the process to be of use; AssertionError with its output when it never is."""
        deadline = time.monotonic() + seconds
        while not condition():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise AssertionError(f"{self.name} does not come up:\n{self.log[-6000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL, as the kernel or an operator would."""
        self._process.kill()

    def stop(self) -> None:
        self._process.ask_to_stop()
        self._process.wait()


def process_environment(slot: Slot, database_url: str, **more: str) -> dict[str, str]:
    """What web and worker are started with: config.settings on this slot's test database."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return environ | {
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONUNBUFFERED": "1",
        **more,
    }


def start_worker(slot: Slot, environ: Mapping[str, str]) -> Process:
    """One worker for all queues: what the queues are apart for, throughput, is no matter here."""
    worker = Process(
        slot,
        "worker",
        [
            *(sys.executable, "-m", "celery", "-A", "config", "worker", "-Q", "payments,default,webhooks"),
            *("--concurrency", "2", "--loglevel", "INFO", "--hostname", f"test-{slot.number}@%h"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ],
        environ,
    )
    worker.wait_until(lambda: " ready." in worker.log)
    return worker


def start_web(slot: Slot, environ: Mapping[str, str]) -> Process:
    """granian as in production, but for the port."""
    web = Process(
        slot,
        "web",
        [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "config.wsgi:application"),
            *("--host", "127.0.0.1", "--port", str(slot.site_port), "--workers", "2"),
            *("--blocking-threads", "8"),
        ],
        environ,
    )
    web.wait_until(lambda: answers(f"{slot.site_url}/healthz"))
    return web


def start_mcp(slot: Slot, environ: Mapping[str, str]) -> Process:
    """The MCP server, as in production but for the port."""
    server = Process(slot, "mcp", programs.mcp(slot.mcp_port).command, environ)
    server.wait_until(lambda: answers(slot.mcp_url.removesuffix("mcp") + "healthz"))
    return server


def start_sandbox(slot: Slot) -> SandboxProcess:
    """The Stripe double, with an empty database, recording every request, answer and event."""
    for old in slot.folder.glob("stripe.*"):
        old.unlink()
    record = slot.folder / "stripe.jsonl"
    sandbox = SandboxProcess(
        slot.folder / "stripe.sqlite3", record, port=slot.stripe_port, retry_delays="0.3,1,2"
    )
    return sandbox.start()


def answers(url: str) -> bool:
    """Something speaks HTTP there, whatever it says."""
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except urllib.error.HTTPError as error:
        error.close()
        return error.code < 500
    except OSError:
        return False
    return True


def register_webhooks(slot: Slot) -> dict[str, str]:
    """Create both endpoints as an operator does in Stripe's dashboard. Returns their secrets by variable."""
    key = os.environ["STRIPE_SECRET_KEY"]
    return ensure_webhooks(stripe_url=slot.stripe_url, secret_key=key, site_url=slot.site_url, kept=None)


def chromium() -> str | None:
    """CHROMIUM_PATH, or a system's Chromium or Chrome; None leaves it to Playwright's own."""
    named = os.environ.get("CHROMIUM_PATH", "")
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    return named if named and Path(named).exists() else next(filter(None, map(which, names)), None)
